//! Attempts whose time is over, handed in for their students: in bounded batches, by as many processes as like.

use chrono::{DateTime, Utc};

use crate::exam::AttemptId;
use crate::exam::timing::{GRACE, SETTLING};
use crate::store::sql::{Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

/// What another process has in hand is left to it.
static FIND: Sql = Sql::each(
    "SELECT id FROM attempts WHERE submitted_at IS NULL AND paused_at IS NULL AND deadline_at < $1
     ORDER BY deadline_at LIMIT $2",
    "SELECT id FROM attempts WHERE submitted_at IS NULL AND paused_at IS NULL AND deadline_at < $1
     ORDER BY deadline_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    "SELECT id FROM attempts WHERE submitted_at IS NULL AND paused_at IS NULL AND deadline_at < $1
     ORDER BY deadline_at LIMIT $2 FOR UPDATE SKIP LOCKED",
);
static SUBMIT: Sql = Sql::each(
    "UPDATE attempts SET submitted_at = deadline_at
     FROM json_each($1) AS overdue WHERE attempts.id = overdue.value AND submitted_at IS NULL",
    "UPDATE attempts JOIN JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS overdue ON attempts.id = overdue.id
     SET attempts.submitted_at = attempts.deadline_at WHERE attempts.submitted_at IS NULL",
    "UPDATE attempts SET submitted_at = deadline_at
     WHERE id IN (SELECT json_array_elements_text($1::json)) AND submitted_at IS NULL",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_overdue(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let settled_before = now - GRACE - SETTLING;
        let mut transaction = self.begin_write("hand in what is over").await?;
        let rows = transaction
            .all(&FIND, arguments![settled_before, limit])
            .await?;
        let ids = rows.iter().map(|row| row.id(0));
        let ids = ids.collect::<Result<Vec<AttemptId>, _>>()?;
        if ids.is_empty() {
            transaction.rollback().await?;
            return Ok(0);
        }
        let over = serde_json::json!(ids).to_string();
        let submitted = transaction.execute(&SUBMIT, arguments![over]).await?;
        transaction.commit().await?;
        Ok(submitted)
    }
}
