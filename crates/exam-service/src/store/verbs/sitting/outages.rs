//! Time in which nobody was served: noticed by whoever serves next, and given back once.

use chrono::{DateTime, TimeDelta, Utc};

use super::actions::exam_time;
use super::measures::{Order, carry_out};
use crate::exam::invigilation::Measure;
use crate::exam::rules::ExamRules;
use crate::exam::timing::GRACE;
use crate::exam::{AttemptId, ExamId};
use crate::store::sitting::{Outage, Target};
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::{DatabaseStore, StoreError};

/// What is shorter is no outage: a deploy, a slow disk, a page that tries again.
const SHORTEST: TimeDelta = TimeDelta::seconds(30);
/// What is longer is no interruption of an exam any more: whether it goes on is for staff to say.
const LONGEST: TimeDelta = TimeDelta::hours(4);

/// Of several processes one finds the gap, and closes it.
static LAST: Sql = select_locked!("SELECT beat_at FROM serving WHERE id = 1");
static BEAT: Sql = Sql::same("UPDATE serving SET beat_at = $1 WHERE id = 1");
static OPEN: Sql = Sql::same(
    "SELECT exam_id, id FROM attempts
     WHERE submitted_at IS NULL AND (deadline_at >= $1 OR paused_at IS NOT NULL) ORDER BY exam_id, id",
);
static EXAM: Sql =
    Sql::same("SELECT starts_at, ends_at, duration_seconds, rules FROM exams WHERE id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_serving(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Option<Outage>, StoreError> {
        let mut transaction = self.begin_write("note that students are served").await?;
        let last = transaction.one(&LAST, arguments![]).await?.time(0)?;
        // A clock that was set back says nothing.
        if now <= last {
            transaction.rollback().await?;
            return Ok(None);
        }
        let is_first = last == DateTime::UNIX_EPOCH;
        let outage = if is_first || now - last <= SHORTEST {
            None
        } else {
            find_outage(&mut transaction, last, now).await?
        };
        transaction.execute(&BEAT, arguments![now]).await?;
        transaction.commit().await?;
        Ok(outage)
    }
}

/// Gives back the time since `from`; `None` when nobody sat an exam then.
async fn find_outage(
    transaction: &mut Transaction,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Outage>, StoreError> {
    let rows = transaction.all(&OPEN, arguments![from - GRACE]).await?;
    let open = rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?)));
    let open = open.collect::<Result<Vec<(ExamId, AttemptId)>, StoreError>>()?;
    if open.is_empty() {
        return Ok(None);
    }
    let is_left_to_staff = now - from > LONGEST;
    let mut given_back = 0;
    if !is_left_to_staff {
        for of_exam in open.chunk_by(|one, next| one.0 == next.0) {
            given_back += give_back(transaction, of_exam, from, now).await?;
        }
    }
    Ok(Some(Outage {
        from,
        given_back,
        is_left_to_staff,
    }))
}

/// Gives it back to attempts of one exam, if that exam wants it; to how many.
async fn give_back(
    transaction: &mut Transaction,
    of_exam: &[(ExamId, AttemptId)],
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let Some((exam, _)) = of_exam.first().copied() else {
        return Ok(0);
    };
    let row = transaction.one(&EXAM, arguments![exam]).await?;
    let rules: ExamRules = row.json(3, "the rules of an exam")?;
    if !rules.gives_back_outages {
        return Ok(0);
    }
    let attempts: Vec<AttemptId> = of_exam.iter().map(|(_, attempt)| *attempt).collect();
    let seconds = (now - from).num_seconds();
    let message = format!(
        "The exam server could not be reached for {} min {} s. You get that time back.",
        seconds / 60,
        seconds % 60
    );
    let order = Order {
        actor: None,
        exam,
        time: exam_time(&row)?,
        target: &Target::Attempts(attempts.clone()),
        measure: Some(Measure::GiveBackOutage(from)),
        message: Some(&message),
        reason: None,
        now,
    };
    Ok(carry_out(transaction, &order, &attempts).await?.changed)
}
