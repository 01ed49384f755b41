//! What invigilators do: each in one transaction, and once for each of their keys.

use chrono::TimeDelta;

use super::idempotency::{Earlier, Named};
use super::measures::{Order, carry_out};
use super::targets;
use crate::exam::ExamId;
use crate::exam::invigilation::ExamTime;
use crate::exam::rules::ExamRules;
use crate::exam::timing::Credit;
use crate::store::Staff;
use crate::store::sitting::{ActionOutcome, ActionRequest};
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::{DatabaseStore, StoreError};

/// An exam, for those whose it is.
static EXAM: Sql = Sql::same(
    "SELECT starts_at, ends_at, duration_seconds, rules FROM exams e
     WHERE e.id = $1
       AND ($2 = 'administrator'
            OR EXISTS (SELECT 1 FROM enrolments n
                       WHERE n.course_id = e.course_id AND n.user_id = $3 AND n.role IN ('lecturer', 'invigilator')))",
);

static CREDIT: Sql = Sql::same(
    "SELECT happened_at, detail FROM audit_log WHERE number = $1 AND exam_id = $2 AND action = 'credit_time'",
);

/// What a line of the log says of a time credit.
#[derive(serde::Deserialize)]
struct CreditDetail {
    seconds: u32,
}

impl DatabaseStore {
    pub(in crate::store) async fn write_action(
        &self,
        request: &ActionRequest,
    ) -> Result<ActionOutcome, StoreError> {
        let mut transaction = self.begin_write("act on attempts").await?;
        let (staff, exam) = (request.staff, request.exam);
        let Some(time) = read_exam_time(&mut transaction, staff, exam).await? else {
            return Ok(ActionOutcome::NotFound);
        };
        let named = Named {
            actor: staff.user,
            key: &request.key,
            request_hash: &request.request_hash,
        };
        if !named.claim(&mut transaction, request.now).await? {
            transaction.rollback().await?;
            return Ok(match self.read_earlier(named).await? {
                Earlier::Same(receipt) => ActionOutcome::Done(receipt),
                Earlier::Other => ActionOutcome::KeyUsedBefore,
            });
        }
        let order = Order {
            actor: Some(staff.user),
            exam,
            time,
            target: &request.target,
            measure: request.measure,
            message: request.message.as_deref(),
            reason: request.reason.as_deref(),
            now: request.now,
        };
        let attempts = targets::find(&mut transaction, exam, &request.target).await?;
        let receipt = carry_out(&mut transaction, &order, &attempts).await?;
        named.keep(&mut transaction, &receipt).await?;
        transaction.commit().await?;
        Ok(ActionOutcome::Done(receipt))
    }
}

impl DatabaseStore {
    pub(in crate::store) async fn read_time_credit(
        &self,
        exam: ExamId,
        line: i64,
    ) -> Result<Option<Credit>, StoreError> {
        let reading = self.reading("look up a time credit");
        let Some(row) = reading.optional(&CREDIT, arguments![line, exam]).await? else {
            return Ok(None);
        };
        let detail: CreditDetail = row.json(1, "a line of the log")?;
        Ok(Some(Credit {
            seconds: detail.seconds,
            given_at: row.time(0)?,
        }))
    }

    pub(in crate::store) async fn read_is_exam_of(
        &self,
        staff: Staff,
        exam: ExamId,
    ) -> Result<bool, StoreError> {
        let reading = self.reading("look up whose an exam is");
        let wanted = arguments![exam, staff.role.as_str(), staff.user];
        Ok(reading.optional(&EXAM, wanted).await?.is_some())
    }
}

pub(super) async fn read_exam_time(
    transaction: &mut Transaction,
    staff: Staff,
    exam: ExamId,
) -> Result<Option<ExamTime>, StoreError> {
    let wanted = arguments![exam, staff.role.as_str(), staff.user];
    let row = transaction.optional(&EXAM, wanted).await?;
    row.as_ref().map(exam_time).transpose()
}

/// From the columns `starts_at`, `ends_at`, `duration_seconds`, rules.
pub(super) fn exam_time(row: &Row) -> Result<ExamTime, StoreError> {
    let rules: ExamRules = row.json(3, "the rules of an exam")?;
    Ok(ExamTime {
        starts_at: row.time(0)?,
        ends_at: row.time(1)?,
        duration: TimeDelta::try_seconds(row.integer(2)?)
            .ok_or_else(|| StoreError::Corrupt("an exam of impossible duration".to_owned()))?,
        late_start: rules.late_start,
    })
}
