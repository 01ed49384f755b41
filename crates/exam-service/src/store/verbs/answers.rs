//! The batch of saves: the attempts locked and read, one pure decision, one statement that writes, one commit.
//!
//! How a batch is read and written is each database's own (`sqlite/answers.rs` and its like). Everywhere the attempts of
//! the batch are locked before their answers are read, so that of two processes on one database the second one decides
//! on what the first one wrote.

use chrono::{DateTime, Utc};

use super::attempts::attempt;
use crate::exam::{AnswerSheet, AttemptId, StoredAnswer};
use crate::store::batch::BatchState;
use crate::store::sql::{Inner, Row, Transaction, response, sequence};
use crate::store::{DatabaseStore, SaveOutcome, SaveRequest, StoreError, mysql, postgres, sqlite};

const DOING: &str = "save answers";

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
        if write_changes(&mut transaction, &state).await? {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
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
        state.insert(AnswerSheet::new(attempt, stored), paper);
        Ok(())
    }
}

/// The answer in the last five columns of a batch's rows, if there is one.
fn stored_answer(row: &Row) -> Result<Option<StoredAnswer>, StoreError> {
    let Some(number) = row.optional_integer(6)? else {
        return Ok(None);
    };
    Ok(Some(StoredAnswer {
        question_id: row.id(5)?,
        sequence: sequence(number)?,
        response: response(row.text(7)?)?,
        flagged: row.flag(8)?,
        saved_at: row.time(9)?,
    }))
}

/// Writes what changed; `false` when nothing did (repeats and refusals only).
async fn write_changes(
    transaction: &mut Transaction,
    state: &BatchState,
) -> Result<bool, StoreError> {
    let changes = state.changes();
    if changes.is_empty() {
        return Ok(false);
    }
    let expected = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let written = match transaction.inner() {
        Inner::Sqlite(inner) => sqlite::answers::write(inner, &changes).await,
        // It counts otherwise, and fails as a whole instead.
        Inner::MySql(inner) => mysql::answers::write(inner, &changes)
            .await
            .map(|()| expected),
        Inner::Postgres(inner) => postgres::answers::write(inner, &changes).await,
    }
    .map_err(StoreError::during(DOING))?;
    if written == expected {
        Ok(true)
    } else {
        Err(StoreError::Corrupt(format!(
            "{written} answers were written where {expected} were accepted"
        )))
    }
}
