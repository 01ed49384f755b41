//! Attempts: read and handed in, each in one transaction. How one begins is in `sitting/start.rs`.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::canaries::CANARY_EXAM;
use crate::exam::rules::ExamRules;
use crate::exam::timing::GRACE;
use crate::exam::{Attempt, AttemptId, Layout, Paper, Phase, Standing, StoredAnswer, UserId};
use crate::store::sql::{Row, Sql, Transaction, arguments, response, sequence};
use crate::store::{AttemptRecord, DatabaseStore, StoreError};

/// The columns that [`attempt`] and [`standing`] read, then when it was started, its layout and its number.
macro_rules! select_attempt {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, exam_id, deadline_at, submitted_at, paused_at,
                    device_id, held_since, furthest, revision, seen_revision, is_blanked, break_ends_at,
                    started_at, layout, number
             FROM attempts ",
            $rest
        )
    };
}

static FIND: Sql = Sql::same(select_attempt!("WHERE id = $1 AND user_id = $2"));
pub(super) static FIND_LOCKED: Sql = Sql::each(
    select_attempt!("WHERE id = $1 AND user_id = $2"),
    select_attempt!("WHERE id = $1 AND user_id = $2 FOR UPDATE"),
    select_attempt!("WHERE id = $1 AND user_id = $2 FOR UPDATE"),
);
pub(super) static ANSWERS: Sql = Sql::same(
    "SELECT question_id, sequence, response, flagged, saved_at FROM answers WHERE attempt_id = $1
     ORDER BY question_id",
);
static RULES: Sql = Sql::same("SELECT rules FROM exams WHERE id = $1");
static SUBMIT: Sql =
    Sql::same("UPDATE attempts SET submitted_at = $2 WHERE id = $1 AND submitted_at IS NULL");
static COUNT_OPEN: Sql = Sql::same(
    "SELECT count(*) FROM attempts
     WHERE submitted_at IS NULL AND (deadline_at >= $1 OR paused_at IS NOT NULL) AND exam_id <> $2
       AND NOT EXISTS (SELECT 1 FROM exams e WHERE e.id = attempts.exam_id AND e.load_run IS NOT NULL)",
);

/// An attempt's row, before its paper and answers are added.
pub(super) struct AttemptRow {
    pub(super) attempt: Attempt,
    pub(super) standing: Standing,
    pub(super) number: u32,
    pub(super) started_at: DateTime<Utc>,
    pub(super) layout: Layout,
}

impl DatabaseStore {
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
        if row.attempt.phase(now) == Phase::Overdue && row.attempt.is_settled(now) {
            return self.write_submission(attempt, user, now).await;
        }
        let answers = stored_answers(&reading.all(&ANSWERS, arguments![attempt]).await?)?;
        self.record(row, answers).await.map(Some)
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
        // The clock of one that is paused does not run: a page that has not heard of the pause hands in when its own count
        // is over, and would take the rest of the time away.
        if row.attempt.submitted_at.is_none() && row.attempt.paused_at.is_none() {
            let submitted_at = row.attempt.submission_time(now);
            transaction
                .execute(&SUBMIT, arguments![attempt, submitted_at])
                .await?;
            transaction.commit().await?;
            row.attempt.submitted_at = Some(submitted_at);
        } else {
            transaction.rollback().await?;
        }
        self.record(row, answers).await.map(Some)
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

    /// The paper of an attempt that is locked.
    pub(super) async fn paper_within(
        &self,
        transaction: &mut Transaction,
        attempt: &Attempt,
    ) -> Result<Arc<Paper>, StoreError> {
        let paper = self.read_paper_within(transaction, attempt.exam_id);
        paper.await?.ok_or_else(|| without_exam(attempt))
    }
}

impl DatabaseStore {
    /// The row with what belongs to it.
    pub(super) async fn record(
        &self,
        row: AttemptRow,
        answers: Vec<StoredAnswer>,
    ) -> Result<AttemptRecord, StoreError> {
        let exam = row.attempt.exam_id;
        let paper = self.read_paper(exam).await?;
        let paper = paper.ok_or_else(|| without_exam(&row.attempt))?;
        let reading = self.reading("read the rules of an exam");
        let rules: ExamRules = reading
            .one(&RULES, arguments![exam])
            .await?
            .json(0, "the rules of an exam")?;
        Ok(record_with(row, rules, paper, answers))
    }
}

/// That its exam exists is a foreign key.
fn without_exam(attempt: &Attempt) -> StoreError {
    StoreError::Corrupt(format!("attempt {} has no exam", attempt.id))
}

/// The row with what belongs to it.
pub(super) fn record_with(
    row: AttemptRow,
    rules: ExamRules,
    paper: Arc<Paper>,
    answers: Vec<StoredAnswer>,
) -> AttemptRecord {
    AttemptRecord {
        attempt: row.attempt,
        standing: row.standing,
        number: row.number,
        started_at: row.started_at,
        layout: row.layout,
        paper,
        rules,
        answers,
    }
}

pub(super) fn attempt_row(row: &Row) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        attempt: attempt(row)?,
        standing: standing(row)?,
        started_at: row.time(13)?,
        layout: row.json(14, "the layout of an attempt")?,
        number: u32::try_from(row.integer(15)?)
            .map_err(|_| StoreError::Corrupt("an attempt of impossible number".to_owned()))?,
    })
}

/// An attempt from the columns id, `user_id`, `exam_id`, `deadline_at`, `submitted_at`, `paused_at`.
pub(super) fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: row.id(0)?,
        owner: row.id(1)?,
        exam_id: row.id(2)?,
        deadline_at: row.time(3)?,
        submitted_at: row.optional_time(4)?,
        paused_at: row.optional_time(5)?,
    })
}

/// What else decides about saves, from the columns after those: `device_id`, `held_since`, `furthest`, `revision`,
/// `seen_revision`, `is_blanked`, `break_ends_at`.
pub(super) fn standing(row: &Row) -> Result<Standing, StoreError> {
    Ok(Standing {
        device: row.optional_id(6)?,
        held_since: row.optional_time(7)?,
        furthest: row
            .optional_integer(8)?
            .and_then(|place| usize::try_from(place).ok()),
        revision: row.integer(9)?,
        seen_revision: row.integer(10)?,
        is_blanked: row.flag(11)?,
        break_ends_at: row.optional_time(12)?,
    })
}

pub(super) fn stored_answers(rows: &[Row]) -> Result<Vec<StoredAnswer>, StoreError> {
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

pub(super) use select_attempt;
