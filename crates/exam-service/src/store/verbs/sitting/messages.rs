//! What invigilators say to those who sit an exam.

use chrono::{DateTime, Utc};

use crate::exam::timing::Accommodation;
use crate::exam::{AttemptId, ExamId, MessageId};
use crate::store::sitting::{Message, Target, Told};
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{DatabaseStore, StoreError};

static ADD: Sql = Sql::same(
    "INSERT INTO exam_messages (id, exam_id, is_to_all, body, sent_at) VALUES ($1, $2, $3, $4, $5)",
);
static ADDRESS: Sql = Sql::each(
    "INSERT INTO message_attempts (attempt_id, message_id) SELECT value, $2 FROM json_each($1)",
    "INSERT INTO message_attempts (attempt_id, message_id)
     SELECT told.id, $2 FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS told",
    "INSERT INTO message_attempts (attempt_id, message_id) SELECT json_array_elements_text($1::json), $2",
);
/// One row without a message where nothing was said.
static OF_ATTEMPT: Sql = Sql::same(
    "SELECT m.id, m.body, m.sent_at, c.accommodation
     FROM attempts a
     JOIN candidates c ON c.exam_id = a.exam_id AND c.user_id = a.user_id
     LEFT JOIN exam_messages m
            ON m.exam_id = a.exam_id
           AND (m.is_to_all = 1
                OR EXISTS (SELECT 1 FROM message_attempts t WHERE t.attempt_id = a.id AND t.message_id = m.id))
     WHERE a.id = $1
     ORDER BY m.sent_at DESC, m.id DESC LIMIT 100",
);

/// Says something to the students of these attempts; what is said to all, those hear as well who start later.
pub(super) async fn say(
    transaction: &mut Transaction,
    exam: ExamId,
    (target, attempts): (&Target, &[AttemptId]),
    body: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let id = MessageId::generate();
    let is_to_all = *target == Target::All;
    let values = arguments![id, exam, i64::from(is_to_all), body, now];
    transaction.execute(&ADD, values).await?;
    if !is_to_all {
        let attempts = serde_json::json!(attempts).to_string();
        transaction
            .execute(&ADDRESS, arguments![attempts, id])
            .await?;
    }
    Ok(())
}

impl DatabaseStore {
    pub(in crate::store) async fn read_messages(
        &self,
        attempt: AttemptId,
    ) -> Result<Told, StoreError> {
        let reading = self.reading("read the messages to a student");
        let rows = reading.all(&OF_ATTEMPT, arguments![attempt]).await?;
        let mut told = Told::default();
        for row in rows.iter().rev() {
            let granted: Accommodation = row.json_or_default(3, "an accommodation")?;
            told.has_breaks = granted.break_seconds > 0;
            if let Some(id) = row.optional_id(0)? {
                told.messages.push(Message {
                    id,
                    body: row.string(1)?,
                    sent_at: row.time(2)?,
                });
            }
        }
        Ok(told)
    }
}
