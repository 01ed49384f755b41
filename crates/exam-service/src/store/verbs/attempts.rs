//! Attempts: started, read and handed in, each in one transaction.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::canaries::CANARY_EXAM;
use crate::exam::timing::{self, GRACE};
use crate::exam::{Attempt, AttemptId, ExamId, Layout, Paper, Phase, StoredAnswer, UserId};
use crate::store::sql::{
    InsertNew, Row, Sql, Transaction, arguments, insert_new, response, select_locked, sequence,
};
use crate::store::{AttemptRecord, DatabaseStore, StartOutcome, StartRequest, StoreError};

static FIND: Sql = Sql::same(
    "SELECT id, user_id, exam_id, deadline_at, submitted_at, started_at, layout
     FROM attempts WHERE id = $1 AND user_id = $2",
);
static FIND_LOCKED: Sql = select_locked!(
    "SELECT id, user_id, exam_id, deadline_at, submitted_at, started_at, layout
     FROM attempts WHERE id = $1 AND user_id = $2"
);
static FIND_OF_EXAM: Sql = Sql::same("SELECT id FROM attempts WHERE exam_id = $1 AND user_id = $2");
static ANSWERS: Sql = Sql::same(
    "SELECT question_id, sequence, response, flagged, saved_at FROM answers WHERE attempt_id = $1
     ORDER BY question_id",
);
static IS_CANDIDATE: Sql =
    Sql::same("SELECT user_id FROM candidates WHERE exam_id = $1 AND user_id = $2");
static WINDOW: Sql = Sql::same("SELECT starts_at, ends_at FROM exams WHERE id = $1");
static INSERT: InsertNew = insert_new!(
    "INSERT INTO attempts (id, exam_id, user_id, started_at, deadline_at, layout) VALUES ($1, $2, $3, $4, $5, $6)"
);
static SUBMIT: Sql =
    Sql::same("UPDATE attempts SET submitted_at = $2 WHERE id = $1 AND submitted_at IS NULL");
static COUNT_OPEN: Sql = Sql::same(
    "SELECT count(*) FROM attempts WHERE submitted_at IS NULL AND deadline_at >= $1 AND exam_id <> $2",
);

/// An attempt's row, before its paper and answers are added.
struct AttemptRow {
    attempt: Attempt,
    started_at: DateTime<Utc>,
    layout: Layout,
}

impl DatabaseStore {
    pub(in crate::store) async fn write_start(
        &self,
        request: StartRequest,
    ) -> Result<StartOutcome, StoreError> {
        let Some(paper) = self.read_paper(request.exam).await? else {
            return Ok(StartOutcome::NotFound);
        };
        let mut transaction = self.begin_write("start an attempt").await?;
        if find_attempt_of(&mut transaction, &request).await?.is_some() {
            transaction.rollback().await?;
            return self.resume(&request).await;
        }
        let (exam, user) = (request.exam, request.user);
        let candidate = transaction
            .optional(&IS_CANDIDATE, arguments![exam, user])
            .await?;
        if candidate.is_none() {
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
                owner: user,
                exam_id: exam,
                deadline_at: timing::deadline(request.now, paper.duration, window.1),
                submitted_at: None,
            },
            started_at: request.now,
            layout: Layout::shuffled(&paper, request.seed)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        };
        if !insert_attempt(&mut transaction, &row).await? {
            // The same student was faster elsewhere.
            transaction.rollback().await?;
            return self.resume(&request).await;
        }
        transaction.commit().await?;
        Ok(StartOutcome::Started(record(row, paper, Vec::new())))
    }

    /// The attempt that is there. An overdue one is closed by the ordinary read, outside of any transaction of a start.
    async fn resume(&self, request: &StartRequest) -> Result<StartOutcome, StoreError> {
        let reading = self.reading("read an attempt");
        let found = reading
            .optional(&FIND_OF_EXAM, arguments![request.exam, request.user])
            .await?;
        let Some(row) = found else {
            return Ok(StartOutcome::NotFound);
        };
        let record = self
            .read_attempt(row.id(0)?, request.user, request.now)
            .await?;
        Ok(record.map_or(StartOutcome::NotFound, StartOutcome::Resumed))
    }

    pub(in crate::store) async fn read_attempt(
        &self,
        attempt: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        let reading = self.reading("read an attempt");
        let Some(row) = reading.optional(&FIND, arguments![attempt, user]).await? else {
            return Ok(None);
        };
        let row = attempt_row(&row)?;
        // Not sooner: a save that was received in time may still wait, and closing would refuse it.
        if row.attempt.phase(now) == Phase::Overdue
            && timing::is_settled(now, row.attempt.deadline_at)
        {
            return self.write_submission(attempt, user, now).await;
        }
        let answers = stored_answers(&reading.all(&ANSWERS, arguments![attempt]).await?)?;
        let paper = self.paper_of(&row.attempt).await?;
        Ok(Some(record(row, paper, answers)))
    }

    pub(in crate::store) async fn write_submission(
        &self,
        attempt: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        let mut transaction = self.begin_write("hand in an attempt").await?;
        let found = transaction
            .optional(&FIND_LOCKED, arguments![attempt, user])
            .await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let mut row = attempt_row(&row)?;
        let answers = stored_answers(&transaction.all(&ANSWERS, arguments![attempt]).await?)?;
        if row.attempt.submitted_at.is_none() {
            let submitted_at = row.attempt.submission_time(now);
            transaction
                .execute(&SUBMIT, arguments![attempt, submitted_at])
                .await?;
            transaction.commit().await?;
            row.attempt.submitted_at = Some(submitted_at);
        } else {
            transaction.rollback().await?;
        }
        let paper = self.paper_of(&row.attempt).await?;
        Ok(Some(record(row, paper, answers)))
    }

    pub(in crate::store) async fn read_open_attempts(
        &self,
        now: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        let reading = self.reading("count the open attempts");
        let row = reading
            .one(&COUNT_OPEN, arguments![now - GRACE, CANARY_EXAM])
            .await?;
        row.integer(0)
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

async fn find_attempt_of(
    transaction: &mut Transaction,
    request: &StartRequest,
) -> Result<Option<Row>, StoreError> {
    transaction
        .optional(&FIND_OF_EXAM, arguments![request.exam, request.user])
        .await
}

fn attempt_row(row: &Row) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        attempt: attempt(row)?,
        started_at: row.time(5)?,
        layout: layout(row.text(6)?)?,
    })
}

/// The order of an attempt, as it is stored.
pub(super) fn layout(text: &str) -> Result<Layout, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("the layout of an attempt: {error}")))
}

/// An attempt from the columns id, `user_id`, `exam_id`, `deadline_at`, `submitted_at`.
pub(super) fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: row.id(0)?,
        owner: row.id(1)?,
        exam_id: row.id(2)?,
        deadline_at: row.time(3)?,
        submitted_at: row.optional_time(4)?,
    })
}

fn stored_answers(rows: &[Row]) -> Result<Vec<StoredAnswer>, StoreError> {
    rows.iter().map(stored_answer).collect()
}

/// An answer from the columns `question_id`, sequence, response, flagged, `saved_at`.
pub(super) fn stored_answer(row: &Row) -> Result<StoredAnswer, StoreError> {
    Ok(StoredAnswer {
        question_id: row.id(0)?,
        sequence: sequence(row.integer(1)?)?,
        response: response(row.text(2)?)?,
        flagged: row.flag(3)?,
        saved_at: row.time(4)?,
    })
}

/// The exam's window as it is now: unlike the questions it may be moved after publication.
async fn read_window(
    transaction: &mut Transaction,
    paper: &Paper,
) -> Result<(DateTime<Utc>, DateTime<Utc>), StoreError> {
    let exam: ExamId = paper.exam_id;
    let row = transaction.one(&WINDOW, arguments![exam]).await?;
    Ok((row.time(0)?, row.time(1)?))
}

/// `false` when the student has an attempt already.
async fn insert_attempt(
    transaction: &mut Transaction,
    row: &AttemptRow,
) -> Result<bool, StoreError> {
    let layout = serde_json::to_string(&row.layout)
        .map_err(|error| StoreError::Corrupt(format!("the layout of an attempt: {error}")))?;
    let attempt = &row.attempt;
    let values = arguments![
        attempt.id,
        attempt.exam_id,
        attempt.owner,
        row.started_at,
        attempt.deadline_at,
        layout
    ];
    transaction.insert_new(&INSERT, values).await
}
