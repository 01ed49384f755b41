//! Attempts in `SQLite`: started, read and handed in, each in one transaction.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteStore;
use super::canaries::CANARY_EXAM;
use super::values::{column, id, optional_time, response, sequence, time};
use crate::exam::timing::{self, GRACE};
use crate::exam::{Attempt, AttemptId, ExamId, Layout, Paper, Phase, StoredAnswer, UserId};
use crate::store::{AttemptRecord, StartOutcome, StartRequest, StoreError};

/// An attempt's row, before its paper and answers are added.
struct AttemptRow {
    attempt: Attempt,
    started_at: DateTime<Utc>,
    layout: Layout,
}

impl SqliteStore {
    pub(super) async fn write_start(
        &self,
        request: StartRequest,
    ) -> Result<StartOutcome, StoreError> {
        const DOING: &str = "start an attempt";
        let Some(paper) = self.read_paper(request.exam).await? else {
            return Ok(StartOutcome::NotFound);
        };
        let mut transaction = self.begin_write(DOING).await?;
        if let Some(row) = find_attempt_of(&mut transaction, request.exam, request.user).await? {
            // Overdue attempts are closed by the ordinary read, outside of this transaction.
            transaction
                .rollback()
                .await
                .map_err(StoreError::during(DOING))?;
            let record = self
                .read_attempt(row.attempt.id, request.user, request.now)
                .await?;
            return Ok(record.map_or(StartOutcome::NotFound, StartOutcome::Resumed));
        }
        if !is_candidate(&mut transaction, request.exam, request.user).await? {
            return Ok(StartOutcome::NotFound);
        }
        let window = read_window(&mut transaction, &paper).await?;
        if request.now < window.0 || request.now >= window.1 {
            return Ok(StartOutcome::NotOpen {
                starts_at: window.0,
                ends_at: window.1,
            });
        }
        let row = AttemptRow {
            attempt: Attempt {
                id: AttemptId::generate(),
                owner: request.user,
                exam_id: request.exam,
                deadline_at: timing::deadline(request.now, paper.duration, window.1),
                submitted_at: None,
            },
            started_at: request.now,
            layout: Layout::shuffled(&paper, request.seed)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        };
        insert_attempt(&mut transaction, &row).await?;
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))?;
        Ok(StartOutcome::Started(record(row, paper, Vec::new())))
    }

    pub(super) async fn read_attempt(
        &self,
        attempt: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        const DOING: &str = "read an attempt";
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(StoreError::during(DOING))?;
        let Some(row) = find_attempt(&mut connection, attempt, user).await? else {
            return Ok(None);
        };
        // Not sooner: a save that was received in time may still wait, and closing would refuse it.
        if row.attempt.phase(now) == Phase::Overdue
            && timing::is_settled(now, row.attempt.deadline_at)
        {
            drop(connection);
            return self.write_submission(attempt, user, now).await;
        }
        let answers = find_answers(&mut connection, attempt).await?;
        drop(connection);
        let paper = self.paper_of(&row.attempt).await?;
        Ok(Some(record(row, paper, answers)))
    }

    pub(super) async fn write_submission(
        &self,
        attempt: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        const DOING: &str = "hand in an attempt";
        let mut transaction = self.begin_write(DOING).await?;
        let Some(mut row) = find_attempt(&mut transaction, attempt, user).await? else {
            return Ok(None);
        };
        let answers = find_answers(&mut transaction, attempt).await?;
        if row.attempt.submitted_at.is_none() {
            let submitted_at = row.attempt.submission_time(now);
            sqlx::query(
                "UPDATE attempts SET submitted_at = ?2 WHERE id = ?1 AND submitted_at IS NULL",
            )
            .bind(attempt.to_string())
            .bind(submitted_at.timestamp_millis())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
            transaction
                .commit()
                .await
                .map_err(StoreError::at_commit(DOING))?;
            row.attempt.submitted_at = Some(submitted_at);
        } else {
            transaction
                .rollback()
                .await
                .map_err(StoreError::during(DOING))?;
        }
        let paper = self.paper_of(&row.attempt).await?;
        Ok(Some(record(row, paper, answers)))
    }

    pub(super) async fn read_open_attempts(&self, now: DateTime<Utc>) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FROM attempts WHERE submitted_at IS NULL AND deadline_at >= ?1 AND exam_id <> ?2",
        )
        .bind((now - GRACE).timestamp_millis())
        .bind(CANARY_EXAM)
        .fetch_one(&self.readers)
        .await
        .map_err(StoreError::during("count the open attempts"))?;
        column(&row, 0)
    }

    /// The paper of an attempt; that it exists is a foreign key.
    pub(super) async fn paper_of(&self, attempt: &Attempt) -> Result<Arc<Paper>, StoreError> {
        let paper = self.read_paper(attempt.exam_id).await?;
        paper.ok_or_else(|| StoreError::Corrupt(format!("attempt {} has no exam", attempt.id)))
    }
}

fn record(row: AttemptRow, paper: Arc<Paper>, answers: Vec<StoredAnswer>) -> AttemptRecord {
    AttemptRecord {
        attempt: row.attempt,
        started_at: row.started_at,
        layout: row.layout,
        paper,
        answers,
    }
}

async fn find_attempt(
    connection: &mut SqliteConnection,
    attempt: AttemptId,
    user: UserId,
) -> Result<Option<AttemptRow>, StoreError> {
    sqlx::query(
        "SELECT id, user_id, exam_id, deadline_at, submitted_at, started_at, layout
         FROM attempts WHERE id = ?1 AND user_id = ?2",
    )
    .bind(attempt.to_string())
    .bind(user.to_string())
    .fetch_optional(connection)
    .await
    .map_err(StoreError::during("read an attempt"))?
    .map(|row| attempt_row(&row))
    .transpose()
}

async fn find_attempt_of(
    connection: &mut SqliteConnection,
    exam: ExamId,
    user: UserId,
) -> Result<Option<AttemptRow>, StoreError> {
    sqlx::query(
        "SELECT id, user_id, exam_id, deadline_at, submitted_at, started_at, layout
         FROM attempts WHERE exam_id = ?1 AND user_id = ?2",
    )
    .bind(exam.to_string())
    .bind(user.to_string())
    .fetch_optional(connection)
    .await
    .map_err(StoreError::during("read an attempt"))?
    .map(|row| attempt_row(&row))
    .transpose()
}

fn attempt_row(row: &SqliteRow) -> Result<AttemptRow, StoreError> {
    let layout: &str = column(row, 6)?;
    Ok(AttemptRow {
        attempt: attempt(row)?,
        started_at: time(row, 5)?,
        layout: serde_json::from_str(layout)
            .map_err(|error| StoreError::Corrupt(format!("the layout of an attempt: {error}")))?,
    })
}

/// An attempt from the columns id, `user_id`, `exam_id`, `deadline_at`, `submitted_at`.
pub(super) fn attempt(row: &SqliteRow) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: id(row, 0)?,
        owner: id(row, 1)?,
        exam_id: id(row, 2)?,
        deadline_at: time(row, 3)?,
        submitted_at: optional_time(row, 4)?,
    })
}

async fn find_answers(
    connection: &mut SqliteConnection,
    attempt: AttemptId,
) -> Result<Vec<StoredAnswer>, StoreError> {
    let rows = sqlx::query(
        "SELECT question_id, sequence, response, flagged, saved_at FROM answers WHERE attempt_id = ?1
         ORDER BY question_id",
    )
    .bind(attempt.to_string())
    .fetch_all(connection)
    .await
    .map_err(StoreError::during("read the answers of an attempt"))?;
    rows.iter()
        .map(|row| {
            Ok(StoredAnswer {
                question_id: id(row, 0)?,
                sequence: sequence(column(row, 1)?)?,
                response: response(column(row, 2)?)?,
                flagged: column(row, 3)?,
                saved_at: time(row, 4)?,
            })
        })
        .collect()
}

async fn is_candidate(
    connection: &mut SqliteConnection,
    exam: ExamId,
    user: UserId,
) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT 1 FROM candidates WHERE exam_id = ?1 AND user_id = ?2")
        .bind(exam.to_string())
        .bind(user.to_string())
        .fetch_optional(connection)
        .await
        .map_err(StoreError::during(
            "check whether a student may sit an exam",
        ))?;
    Ok(found.is_some())
}

/// The exam's window as it is now: unlike the questions it may be moved after publication.
async fn read_window(
    connection: &mut SqliteConnection,
    paper: &Paper,
) -> Result<(DateTime<Utc>, DateTime<Utc>), StoreError> {
    let row = sqlx::query("SELECT starts_at, ends_at FROM exams WHERE id = ?1")
        .bind(paper.exam_id.to_string())
        .fetch_one(connection)
        .await
        .map_err(StoreError::during("read the window of an exam"))?;
    Ok((time(&row, 0)?, time(&row, 1)?))
}

async fn insert_attempt(
    connection: &mut SqliteConnection,
    row: &AttemptRow,
) -> Result<(), StoreError> {
    let layout = serde_json::to_string(&row.layout)
        .map_err(|error| StoreError::Corrupt(format!("the layout of an attempt: {error}")))?;
    sqlx::query(
        "INSERT INTO attempts (id, exam_id, user_id, started_at, deadline_at, layout) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(row.attempt.id.to_string())
    .bind(row.attempt.exam_id.to_string())
    .bind(row.attempt.owner.to_string())
    .bind(row.started_at.timestamp_millis())
    .bind(row.attempt.deadline_at.timestamp_millis())
    .bind(layout)
    .execute(connection)
    .await
    .map_err(StoreError::during("start an attempt"))?;
    Ok(())
}
