//! What the database really is and holds, for those who check it from outside of a running service.

use super::canaries::CANARY_EXAM;
use crate::exam::ExamId;
use crate::store::sql::{Sql, arguments};
use crate::store::{DatabaseStore, StoreError, StoredAnswerLine};

/// The schema is read as well: the version alone would be known without any file.
static VERSION: Sql = Sql::each(
    "SELECT sqlite_version(), (SELECT count(*) FROM sqlite_schema)",
    "SELECT version()",
    "SELECT current_setting('server_version')",
);
static COUNT_DEMO: Sql = Sql::same("SELECT count(*) FROM users WHERE is_demo = 1");
static ANSWERS: Sql = Sql::same(
    "SELECT n.attempt_id, u.login, n.question_id, n.sequence, n.response, n.saved_at, a.submitted_at
     FROM answers n
     JOIN attempts a ON a.id = n.attempt_id
     JOIN users u ON u.id = a.user_id
     WHERE ($1 IS NULL OR a.exam_id = $1) AND a.exam_id <> $2
     ORDER BY n.attempt_id, n.question_id",
);

impl DatabaseStore {
    /// The version of the database engine.
    ///
    /// # Errors
    /// When it is no database or cannot be read.
    pub async fn read_version(&self) -> Result<String, StoreError> {
        let reading = self.reading("read the database");
        reading.one(&VERSION, arguments![]).await?.string(0)
    }

    /// How many accounts `seed-demo` made.
    ///
    /// # Errors
    /// When the database cannot be read, or has no tables yet.
    pub async fn count_demo_accounts(&self) -> Result<i64, StoreError> {
        let reading = self.reading("count the demo accounts");
        reading.one(&COUNT_DEMO, arguments![]).await?.integer(0)
    }

    /// Every stored answer of a student, of one exam or of all, ordered by attempt and question.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stored_answers(
        &self,
        exam: Option<ExamId>,
    ) -> Result<Vec<StoredAnswerLine>, StoreError> {
        let reading = self.reading("read the stored answers");
        let rows = reading.all(&ANSWERS, arguments![exam, CANARY_EXAM]).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredAnswerLine {
                    attempt_id: row.string(0)?,
                    login: row.string(1)?,
                    question_id: row.string(2)?,
                    sequence: row.integer(3)?,
                    response: row.string(4)?,
                    saved_at: row.time(5)?,
                    submitted_at: row.optional_time(6)?,
                })
            })
            .collect()
    }
}
