//! The log of what staff did: a line is added in the transaction that does it.

mod reading;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::exam::audit::{AuditLine, Deed};
use crate::exam::{AttemptId, CourseId, ExamId, UserId};
use crate::store::sql::{Sql, Transaction, arguments, select_locked};
use crate::store::{DatabaseStore, Staff, StoreError};

static HEAD: Sql = select_locked!("SELECT number, hash FROM audit_head WHERE id = 1");
static ADD: Sql = Sql::same(
    "INSERT INTO audit_log (number, happened_at, actor_id, action, subject_kind, subject_id, exam_id, course_id, detail,
                            previous_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
);
static MOVE_HEAD: Sql = Sql::same("UPDATE audit_head SET number = $1, hash = $2 WHERE id = 1");
static ADD_ATTEMPTS: Sql = Sql::each(
    "INSERT INTO audit_attempts (attempt_id, number) SELECT value, $2 FROM json_each($1)",
    "INSERT INTO audit_attempts (attempt_id, number)
     SELECT concerned.id, $2 FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS concerned",
    "INSERT INTO audit_attempts (attempt_id, number) SELECT json_array_elements_text($1::json), $2",
);

/// A line to be added to the log.
pub(in crate::store) struct Entry {
    deed: Deed,
    /// `None`: the service itself.
    actor: Option<UserId>,
    at: DateTime<Utc>,
    subject: Option<String>,
    exam: Option<ExamId>,
    course: Option<CourseId>,
    detail: Value,
}

impl Staff {
    /// A line for what they did.
    pub(in crate::store) fn did(self, deed: Deed) -> Entry {
        Entry::new(deed, Some(self.user), self.at)
    }
}

impl Entry {
    /// A line for what somebody, or the service by itself, did.
    pub(in crate::store) fn new(deed: Deed, actor: Option<UserId>, at: DateTime<Utc>) -> Self {
        Self {
            deed,
            actor,
            at,
            subject: None,
            exam: None,
            course: None,
            detail: json!({}),
        }
    }

    /// To the thing with this id, of the kind that goes with the deed.
    pub(in crate::store) fn on(mut self, subject: &impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// In this exam.
    pub(in crate::store) fn in_exam(mut self, exam: ExamId) -> Self {
        self.exam = Some(exam);
        self
    }

    /// To this exam itself.
    pub(in crate::store) fn on_exam(self, exam: ExamId) -> Self {
        self.on(&exam).in_exam(exam)
    }

    /// In this course, if in one.
    pub(in crate::store) fn in_course(mut self, course: impl Into<Option<CourseId>>) -> Self {
        self.course = course.into();
        self
    }

    /// How much, and what it was before. No secrets, no answers, no addresses: nobody can take it out again.
    pub(in crate::store) fn with(mut self, detail: impl Into<Value>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds the line; its number. Whoever adds another one waits until the transaction ends, so this is done last, when it
    /// has locked all that it needs: nobody who has the end of the log waits for anything else.
    pub(in crate::store) async fn append(
        self,
        transaction: &mut Transaction,
    ) -> Result<i64, StoreError> {
        let head = transaction.one(&HEAD, arguments![]).await?;
        let previous_hash = head.string(1)?;
        let line = AuditLine {
            number: head.integer(0)? + 1,
            happened_at_ms: self.at.timestamp_millis(),
            actor: self.actor.map(|actor| actor.to_string()),
            action: self.deed.as_str().to_owned(),
            subject_kind: self.deed.subject_kind().to_owned(),
            subject: self.subject,
            exam: self.exam.map(|exam| exam.to_string()),
            course: self.course.map(|course| course.to_string()),
            detail: self.detail.to_string(),
        };
        let hash = line.hash(&previous_hash);
        let values = arguments![
            line.number,
            line.happened_at_ms,
            &line.actor,
            &line.action,
            &line.subject_kind,
            &line.subject,
            &line.exam,
            &line.course,
            &line.detail,
            &previous_hash,
            &hash
        ];
        transaction.execute(&ADD, values).await?;
        transaction
            .execute(&MOVE_HEAD, arguments![line.number, &hash])
            .await?;
        Ok(line.number)
    }
}

impl DatabaseStore {
    pub(in crate::store) async fn write_deed(
        &self,
        staff: Staff,
        deed: Deed,
        detail: &Value,
    ) -> Result<i64, StoreError> {
        let mut transaction = self.begin_write("write down what staff do").await?;
        let entry = staff.did(deed).with(detail.clone());
        let number = entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(number)
    }
}

/// Notes which attempts a line is about. They are locked already.
pub(in crate::store) async fn add_attempts(
    transaction: &mut Transaction,
    number: i64,
    attempts: &[AttemptId],
) -> Result<(), StoreError> {
    let attempts = json!(attempts).to_string();
    transaction
        .execute(&ADD_ATTEMPTS, arguments![attempts, number])
        .await?;
    Ok(())
}
