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
/// From the table that says which answers are wanted: the answers of one exam are found without reading those of all.
macro_rules! answers {
    ($tables:literal, $which:literal) => {
        Sql::same(concat!(
            "SELECT n.attempt_id, u.login, n.question_id, n.sequence, n.response, n.saved_at, a.submitted_at FROM ",
            $tables,
            " JOIN users u ON u.id = a.user_id WHERE ",
            $which,
            " ORDER BY n.attempt_id, n.question_id"
        ))
    };
}
static ANSWERS: Sql = answers!(
    "answers n JOIN attempts a ON a.id = n.attempt_id",
    "a.exam_id <> $1"
);
static ANSWERS_OF_EXAM: Sql = answers!(
    "attempts a JOIN answers n ON n.attempt_id = a.id",
    "a.exam_id <> $1 AND a.exam_id = $2"
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
        let rows = match exam {
            Some(exam) => {
                let wanted = arguments![CANARY_EXAM, exam];
                reading.all(&ANSWERS_OF_EXAM, wanted).await?
            }
            None => reading.all(&ANSWERS, arguments![CANARY_EXAM]).await?,
        };
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
