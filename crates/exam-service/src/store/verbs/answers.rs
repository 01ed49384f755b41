//! The batch of saves: the attempts locked and read, one pure decision, one statement that writes, one commit.
//!
//! How a batch is read and written is each database's own (`sqlite/answers.rs` and its like). Everywhere the attempts of
//! the batch are locked before their answers are read, so that of two processes on one database the second one decides
//! on what the first one wrote.

use chrono::{DateTime, Utc};

use super::attempts::{attempt, standing};
use super::sitting::reports;
use crate::exam::{AnswerSheet, AttemptId, StoredAnswer};
use crate::store::batch::{BatchState, Change, Kept};
use crate::store::sql::{Inner, Row, Sql, Transaction, arguments, response, sequence};
use crate::store::{DatabaseStore, SaveOutcome, SaveRequest, StoreError, mysql, postgres, sqlite};

const DOING: &str = "save answers";

/// The evidence. What another process set aside before is there already.
static ADD_HISTORY: Sql = Sql::each(
    "INSERT INTO answer_history
         (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            (value ->> 5) / 1000
     FROM json_each($1) WHERE true
     ON CONFLICT DO NOTHING",
    "INSERT INTO answer_history
         (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
     SELECT kept.attempt, kept.question, kept.sequence, kept.response, kept.flagged, kept.saved_at, kept.is_set_aside,
            kept.audit_number, kept.saved_at DIV 1000
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         attempt VARCHAR(36) PATH '$[0]', question VARCHAR(36) PATH '$[1]', sequence BIGINT PATH '$[2]',
         response MEDIUMTEXT PATH '$[3]', flagged BIGINT PATH '$[4]', saved_at BIGINT PATH '$[5]',
         is_set_aside BIGINT PATH '$[6]', audit_number BIGINT PATH '$[7]')) AS kept
     ON DUPLICATE KEY UPDATE answer_history.sequence = answer_history.sequence",
    "INSERT INTO answer_history
         (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
     SELECT value ->> 0, value ->> 1, (value ->> 2)::bigint, value ->> 3, (value ->> 4)::bigint,
            (value ->> 5)::bigint, (value ->> 6)::bigint, (value ->> 7)::bigint, (value ->> 5)::bigint / 1000
     FROM json_array_elements($1::json)
     ON CONFLICT DO NOTHING",
);
/// Where one cannot go back.
static MOVE: Sql = Sql::each(
    "UPDATE attempts SET furthest = moved.value ->> 1 FROM json_each($1) AS moved WHERE attempts.id = moved.value ->> 0",
    "UPDATE attempts
     JOIN JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]', place BIGINT PATH '$[1]')) AS moved
       ON attempts.id = moved.id
     SET attempts.furthest = moved.place",
    "UPDATE attempts SET furthest = (moved.value ->> 1)::bigint
     FROM json_array_elements($1::json) AS moved WHERE attempts.id = moved.value ->> 0",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_answers(
        &self,
        requests: &[SaveRequest],
        saved_at: DateTime<Utc>,
    ) -> Result<Vec<SaveOutcome>, StoreError> {
        let mut transaction = self.begin_batch(DOING).await?;
        let mut state = self.read_batch(&mut transaction, requests).await?;
        let outcomes: Vec<SaveOutcome> = requests
            .iter()
            .map(|request| state.decide(request, saved_at))
            .collect();
        if !state.has_changes() {
            // Repeats and refusals only.
            transaction.rollback().await?;
            return Ok(outcomes);
        }
        let (changes, history) = (state.changes(), state.history());
        write_saved(&mut transaction, &changes, history, state.moved_json()).await?;
        reports::write(&mut transaction, &state, saved_at).await?;
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// The attempts of the batch and those of their answers that are about to change.
    async fn read_batch(
        &self,
        transaction: &mut Transaction,
        requests: &[SaveRequest],
    ) -> Result<BatchState, StoreError> {
        let rows = match transaction.inner() {
            Inner::Sqlite(inner) => sqlite::answers::read(inner, requests).await,
            Inner::MySql(inner) => mysql::answers::read(inner, requests).await,
            Inner::Postgres(inner) => postgres::answers::read(inner, requests).await,
        }
        .map_err(StoreError::during(DOING))?;
        let mut state = BatchState::default();
        for row in &rows {
            let attempt: AttemptId = row.id(0)?;
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
        self.read_layouts(transaction, &mut state).await?;
        Ok(state)
    }

    /// Adds what one row says of `attempt`.
    async fn add_row(
        &self,
        state: &mut BatchState,
        attempt_id: AttemptId,
        row: &Row,
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
        state.insert(AnswerSheet::new(attempt, standing(row)?, stored), paper);
        Ok(())
    }
}

/// The answer in the last five columns of a batch's rows, if there is one.
fn stored_answer(row: &Row) -> Result<Option<StoredAnswer>, StoreError> {
    let Some(number) = row.optional_integer(14)? else {
        return Ok(None);
    };
    Ok(Some(StoredAnswer {
        question_id: row.id(13)?,
        sequence: sequence(number)?,
        response: response(row.text(15)?)?,
        flagged: row.flag(16)?,
        saved_at: row.time(17)?,
    }))
}

/// Writes what changed: the answers, the evidence, and how far somebody came (`[[attempt, place], ..]` as JSON).
pub(super) async fn write_saved(
    transaction: &mut Transaction,
    changes: &[Change<'_>],
    history: &[Kept],
    moved: Option<String>,
) -> Result<(), StoreError> {
    if !changes.is_empty() {
        let expected = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        let written = match transaction.inner() {
            Inner::Sqlite(inner) => sqlite::answers::write(inner, changes).await,
            // It counts otherwise, and fails as a whole instead.
            Inner::MySql(inner) => mysql::answers::write(inner, changes)
                .await
                .map(|()| expected),
            Inner::Postgres(inner) => postgres::answers::write(inner, changes).await,
        }
        .map_err(StoreError::during(DOING))?;
        if written != expected {
            return Err(StoreError::Corrupt(format!(
                "{written} answers were written where {expected} were accepted"
            )));
        }
    }
    if !history.is_empty() {
        let values = arguments![Kept::json(history)];
        transaction.execute(&ADD_HISTORY, values).await?;
    }
    if let Some(moved) = moved {
        transaction.execute(&MOVE, arguments![moved]).await?;
    }
    Ok(())
}
