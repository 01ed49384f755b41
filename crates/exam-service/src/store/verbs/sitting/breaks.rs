//! Breaks: begun and ended by the student, and ended for the clock when what was granted is used up.

use chrono::{DateTime, Utc};

use super::actions::exam_time;
use super::reports::add_events;
use super::{measures, targets};
use crate::exam::event::{Event, EventKind};
use crate::exam::invigilation::{Case, ExamTime, Measure};
use crate::exam::timing::{Accommodation, BreaksLeft, Grants};
use crate::exam::{AttemptId, EventId, UserId};
use crate::store::batch::event_row;
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{BreakOutcome, BreakStep, DatabaseStore, StoreError};

static EXAM: Sql = Sql::same(
    "SELECT e.starts_at, e.ends_at, e.duration_seconds, e.rules
     FROM attempts a JOIN exams e ON e.id = a.exam_id WHERE a.id = $1 AND a.user_id = $2",
);
static USED_UP: Sql = Sql::same(
    "SELECT a.id, a.user_id, a.break_ends_at FROM attempts a
     WHERE a.break_ends_at <= $1 AND a.paused_at IS NOT NULL AND a.submitted_at IS NULL
     ORDER BY a.id LIMIT $2",
);

/// Of most attempts nothing: few have anything granted.
static GRANTED: Sql = Sql::same(
    "SELECT e.starts_at, e.ends_at, e.duration_seconds, e.rules, a.started_at, a.grants, c.accommodation
     FROM attempts a
     JOIN candidates c ON c.exam_id = a.exam_id AND c.user_id = a.user_id
     JOIN exams e ON e.id = a.exam_id
     WHERE a.id = $1 AND c.accommodation IS NOT NULL",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_breaks_left(
        &self,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Result<Option<BreaksLeft>, StoreError> {
        let reading = self.reading("look up what breaks are left");
        let Some(row) = reading.optional(&GRANTED, arguments![attempt]).await? else {
            return Ok(None);
        };
        let accommodation: Accommodation = row.json(6, "an accommodation")?;
        let grants: Grants = row.json_or_default(5, "the time credits of an attempt")?;
        Ok(exam_time(&row)?.breaks_left(row.time(4)?, accommodation, &grants, now))
    }

    pub(in crate::store) async fn write_break(
        &self,
        attempt: AttemptId,
        user: UserId,
        step: BreakStep,
        now: DateTime<Utc>,
    ) -> Result<Option<BreakOutcome>, StoreError> {
        let (measure, kind) = match step {
            BreakStep::Begin => (Measure::BeginBreak, EventKind::BreakBegun),
            BreakStep::End => (Measure::EndBreak, EventKind::BreakEnded),
        };
        let mut transaction = self.begin_write("begin or end a break").await?;
        let Some((case, time)) = read_case(&mut transaction, attempt, user).await? else {
            return Ok(None);
        };
        let next = case.after(measure, &time, now);
        let outcome = BreakOutcome {
            is_changed: next.is_some(),
            left: next.as_ref().unwrap_or(&case).breaks_left(&time, now),
        };
        if let Some(next) = next {
            write(&mut transaction, &next, (kind, now), now).await?;
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(Some(outcome))
    }

    pub(in crate::store) async fn write_used_up_breaks(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let reading = self.reading("look for breaks that are used up");
        let mut ended = 0;
        for row in reading.all(&USED_UP, arguments![now, limit]).await? {
            let (attempt, user, used_up_at) = (row.id(0)?, row.id(1)?, row.time(2)?);
            let mut transaction = self.begin_write("end a break that is used up").await?;
            let found = read_case(&mut transaction, attempt, user).await?;
            let next = found.and_then(|(case, time)| case.after(Measure::UseUpBreak, &time, now));
            if let Some(next) = next {
                let noted = (EventKind::BreakUsedUp, used_up_at);
                write(&mut transaction, &next, noted, now).await?;
                transaction.commit().await?;
                ended += 1;
            } else {
                // Its student, or another process, was faster.
                transaction.rollback().await?;
            }
        }
        Ok(ended)
    }
}

/// What the time of an attempt follows from, locked.
async fn read_case(
    transaction: &mut Transaction,
    attempt: AttemptId,
    user: UserId,
) -> Result<Option<(Case, ExamTime)>, StoreError> {
    let wanted = arguments![attempt, user];
    let Some(row) = transaction.optional(&EXAM, wanted).await? else {
        return Ok(None);
    };
    let time = exam_time(&row)?;
    let cases = targets::lock(transaction, &[attempt]).await?;
    Ok(cases.into_iter().next().map(|case| (case, time)))
}

async fn write(
    transaction: &mut Transaction,
    case: &Case,
    (kind, occurred_at): (EventKind, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // Its student knows, and has nothing to confirm.
    measures::write(transaction, std::iter::once(case), 0).await?;
    let event = Event {
        id: EventId::generate(),
        kind,
        occurred_at,
    };
    let events = serde_json::json!([event_row(case.attempt.id, &event)]).to_string();
    add_events(transaction, events, now).await
}
