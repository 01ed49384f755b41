//! What the database really is and holds, for those who check it from outside of a running service.

use super::SqliteStore;
use super::canaries::CANARY_EXAM;
use super::values::{column, optional_time, time};
use crate::exam::ExamId;
use crate::store::{StoreError, StoredAnswerLine};

impl SqliteStore {
    /// The version of the database engine.
    ///
    /// # Errors
    /// When the file is no database or cannot be read.
    pub async fn read_version(&self) -> Result<String, StoreError> {
        // The schema is read as well: the version alone would be known without any file.
        let row = sqlx::query("SELECT sqlite_version(), (SELECT count(*) FROM sqlite_schema)")
            .fetch_one(&self.readers)
            .await
            .map_err(StoreError::during("read the database"))?;
        column(&row, 0)
    }

    /// How many accounts `seed-demo` made.
    ///
    /// # Errors
    /// When the database cannot be read, or has no tables yet.
    pub async fn count_demo_accounts(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT count(*) FROM users WHERE is_demo = 1")
            .fetch_one(&self.readers)
            .await
            .map_err(StoreError::during("count the demo accounts"))?;
        column(&row, 0)
    }

    /// Every stored answer of a student, of one exam or of all, ordered by attempt and question.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stored_answers(
        &self,
        exam: Option<ExamId>,
    ) -> Result<Vec<StoredAnswerLine>, StoreError> {
        let rows = sqlx::query(
            "SELECT n.attempt_id, u.login, n.question_id, n.sequence, n.response, n.saved_at, a.submitted_at
             FROM answers n
             JOIN attempts a ON a.id = n.attempt_id
             JOIN users u ON u.id = a.user_id
             WHERE (?1 IS NULL OR a.exam_id = ?1) AND a.exam_id <> ?2
             ORDER BY n.attempt_id, n.question_id",
        )
        .bind(exam.map(|exam| exam.to_string()))
        .bind(CANARY_EXAM)
        .fetch_all(&self.readers)
        .await
        .map_err(StoreError::during("read the stored answers"))?;
        rows.iter()
            .map(|row| {
                Ok(StoredAnswerLine {
                    attempt_id: column(row, 0)?,
                    login: column(row, 1)?,
                    question_id: column(row, 2)?,
                    sequence: column(row, 3)?,
                    response: column(row, 4)?,
                    saved_at: time(row, 5)?,
                    submitted_at: optional_time(row, 6)?,
                })
            })
            .collect()
    }
}
