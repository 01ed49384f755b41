//! The batch of saves in `SQLite`: one read, one pure decision, one statement, one commit.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use super::attempts::attempt;
use super::values::{column, id, response, sequence, time};
use crate::exam::{AnswerSheet, AttemptId, StoredAnswer};
use crate::store::batch::BatchState;
use crate::store::{SaveOutcome, SaveRequest, StoreError};

const DOING: &str = "save answers";

/// One row per wanted answer; the attempt's columns repeat, the answer's are null when there is none yet.
/// `CROSS JOIN` keeps the wanted list as the outer loop.
const READ: &str = "
SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at,
       n.question_id, n.sequence, n.response, n.flagged, n.saved_at
FROM json_each(?1) AS wanted
CROSS JOIN attempts a ON a.id = wanted.value ->> 0
LEFT JOIN answers n ON n.attempt_id = a.id AND n.question_id = wanted.value ->> 1";

/// The guard on `sequence` repeats the rule inside the database: nothing can put an older save over a newer one.
const UPSERT: &str = "
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1) WHERE true
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET sequence = excluded.sequence, response = excluded.response, flagged = excluded.flagged, saved_at = excluded.saved_at
WHERE excluded.sequence > answers.sequence";

impl SqliteStore {
    pub(super) async fn write_answers(
        &self,
        requests: &[SaveRequest],
        saved_at: DateTime<Utc>,
    ) -> Result<Vec<SaveOutcome>, StoreError> {
        let mut transaction = self.begin_urgent_write(DOING).await?;
        let mut state = self.read_batch(&mut transaction, requests).await?;
        let outcomes: Vec<SaveOutcome> = requests
            .iter()
            .map(|request| state.decide(request, saved_at))
            .collect();
        if write_changes(&mut transaction, &state).await? {
            transaction
                .commit()
                .await
                .map_err(StoreError::at_commit(DOING))?;
        } else {
            transaction
                .rollback()
                .await
                .map_err(StoreError::during(DOING))?;
        }
        Ok(outcomes)
    }

    /// The attempts of the batch and those of their answers that are about to change.
    async fn read_batch(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        requests: &[SaveRequest],
    ) -> Result<BatchState, StoreError> {
        let rows = sqlx::query(READ)
            .bind(wanted(requests))
            .fetch_all(&mut **transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        let mut state = BatchState::default();
        for row in &rows {
            let attempt: AttemptId = id(row, 0)?;
            if state.is_damaged(attempt) {
                continue;
            }
            match self.add_row(&mut state, attempt, row).await {
                Err(StoreError::Corrupt(what)) => {
                    tracing::error!(what, %attempt, "an attempt is damaged: its answers cannot be saved");
                    state.mark_damaged(attempt);
                }
                added => added?,
            }
        }
        Ok(state)
    }

    /// Adds what one row says of `attempt`.
    async fn add_row(
        &self,
        state: &mut BatchState,
        attempt_id: AttemptId,
        row: &SqliteRow,
    ) -> Result<(), StoreError> {
        let stored = stored_answer(row)?;
        if let Some(sheet) = state.sheet_mut(attempt_id) {
            if let Some(answer) = stored {
                sheet.insert_stored(answer);
            }
            return Ok(());
        }
        let attempt = attempt(row)?;
        let paper = self.paper_of(&attempt).await?;
        state.insert(AnswerSheet::new(attempt, stored), paper);
        Ok(())
    }
}

/// The answer in the last five columns of [`READ`], if there is one.
fn stored_answer(row: &SqliteRow) -> Result<Option<StoredAnswer>, StoreError> {
    let Some(number) = column::<Option<i64>, _>(row, 6)? else {
        return Ok(None);
    };
    Ok(Some(StoredAnswer {
        question_id: id(row, 5)?,
        sequence: sequence(number)?,
        response: response(column(row, 7)?)?,
        flagged: column(row, 8)?,
        saved_at: time(row, 9)?,
    }))
}

/// `[[attempt, question], ..]` as JSON. Identifiers need no escaping.
fn wanted(requests: &[SaveRequest]) -> String {
    let mut pairs = Vec::with_capacity(requests.len());
    for request in requests {
        if request.answers.is_empty() {
            // Still asks whether the attempt is there.
            pairs.push(format!("[\"{}\",\"\"]", request.attempt));
        }
        pairs.extend(
            request
                .answers
                .iter()
                .map(|it| format!("[\"{}\",\"{}\"]", request.attempt, it.question_id)),
        );
    }
    format!("[{}]", pairs.join(","))
}

/// Writes what changed; `false` when nothing did (repeats and refusals only).
async fn write_changes(
    transaction: &mut Transaction<'_, Sqlite>,
    state: &BatchState,
) -> Result<bool, StoreError> {
    let rows: Vec<_> = state
        .changes()
        .map(|(attempt, answer)| {
            (
                attempt,
                answer.question_id,
                answer.sequence.get(),
                answer.response.to_text(),
                i64::from(answer.flagged),
                answer.saved_at.timestamp_millis(),
            )
        })
        .collect();
    if rows.is_empty() {
        return Ok(false);
    }
    let expected = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let rows_text = serde_json::to_string(&rows)
        .map_err(|error| StoreError::Corrupt(format!("a batch of answers: {error}")))?;
    let written = sqlx::query(UPSERT)
        .bind(rows_text)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::during(DOING))?
        .rows_affected();
    if written == expected {
        Ok(true)
    } else {
        Err(StoreError::Corrupt(format!(
            "{written} answers were written where {expected} were accepted"
        )))
    }
}
