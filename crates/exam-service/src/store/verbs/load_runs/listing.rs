//! Which load runs there are, and which of them somebody forgot.

use chrono::{DateTime, Utc};

use super::rows::EXAMS;
use crate::exam::timing::GRACE;
use crate::exam::{ExamId, LoadRun};
use crate::store::sql::{Sql, arguments};
use crate::store::{DatabaseStore, LoadRunListing, StoreError};

static EXAM: Sql = Sql::same("SELECT id, ends_at, starts_at FROM exams WHERE load_run = $1");
static ACCOUNTS: Sql = Sql::same("SELECT count(*), min(created_at) FROM users WHERE load_run = $1");
static ATTEMPTS: Sql = Sql::same(
    "SELECT count(*),
            count(CASE WHEN a.submitted_at IS NULL AND (a.deadline_at >= $2 OR a.paused_at IS NOT NULL) THEN 1 END)
     FROM exams e JOIN attempts a ON a.exam_id = e.id WHERE e.load_run = $1",
);
static COUNT_OLD: Sql =
    Sql::same("SELECT count(*) FROM users WHERE load_run IS NOT NULL AND created_at < $1");

impl DatabaseStore {
    /// Every load run, in the order of their names.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_runs(&self, now: DateTime<Utc>) -> Result<Vec<LoadRunListing>, StoreError> {
        let mut listed = Vec::new();
        for run in self.load_run_names().await? {
            listed.extend(self.list_load_run(run, now).await?);
        }
        Ok(listed)
    }

    /// The exam of a load run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn exam_of_load_run(&self, run: &LoadRun) -> Result<Option<ExamId>, StoreError> {
        let reading = self.reading("look up the exam of a load run");
        let row = reading.optional(&EXAMS, arguments![run.as_str()]).await?;
        row.map(|row| row.id(0)).transpose()
    }

    /// How many load accounts were made before a time.
    ///
    /// # Errors
    /// When the database cannot be read, or knows of no load runs yet.
    pub async fn count_load_accounts(&self, before: DateTime<Utc>) -> Result<i64, StoreError> {
        let reading = self.reading("count the load accounts");
        reading
            .one(&COUNT_OLD, arguments![before])
            .await?
            .integer(0)
    }

    /// One of them; `None` when it has gone since its name was read.
    async fn list_load_run(
        &self,
        run: LoadRun,
        now: DateTime<Utc>,
    ) -> Result<Option<LoadRunListing>, StoreError> {
        let reading = self.reading("list the load runs");
        let accounts = reading.one(&ACCOUNTS, arguments![run.as_str()]).await?;
        let exam = reading.optional(&EXAM, arguments![run.as_str()]).await?;
        let values = arguments![run.as_str(), now - GRACE];
        let attempts = reading.one(&ATTEMPTS, values).await?;
        let made = match &exam {
            Some(row) => Some(row.time(2)?),
            None => accounts.optional_time(1)?,
        };
        let Some(created_at) = made else {
            return Ok(None);
        };
        let exam = exam.map(|row| Ok::<_, StoreError>((row.id(0)?, row.time(1)?)));
        Ok(Some(LoadRunListing {
            run,
            exam: exam.transpose()?,
            created_at,
            accounts: accounts.integer(0)?,
            attempts: attempts.integer(0)?,
            open_attempts: attempts.integer(1)?,
        }))
    }
}
