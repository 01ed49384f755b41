//! The batch of saves: the attempts locked and read, one pure decision, one statement that writes, one commit.
//!
//! How a batch is read and written is each database's own (`sqlite/answers.rs` and its like). Everywhere the attempts of
//! the batch are locked before their answers are read, so that of two processes on one database the second one decides
//! on what the first one wrote.

use chrono::{DateTime, Utc};

use super::attempts::{attempt, standing, stored_answer};
use super::sitting::reports;
use crate::exam::{AnswerSheet, AttemptId};
use crate::store::batch::{BatchState, Kept, say_everything};
use crate::store::sql::{Inner, Row, Sql, Transaction, arguments};
use crate::store::{DatabaseStore, SaveOutcome, SaveRequest, StoreError, mysql, postgres, sqlite};

const DOING: &str = "save answers";

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

/// How much of what is stored is read before a batch is decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The attempts. A save that is not newer than what is stored shows when it is written.
    Attempts,
    /// The answers as well.
    Answers,
}

impl DatabaseStore {
    /// Almost every save is newer than what is stored, so this is supposed first, which spares reading it; where it turns
    /// out otherwise, the batch is undone and decided again on what is stored.
    pub(in crate::store) async fn write_answers(
        &self,
        requests: &[SaveRequest],
        saved_at: DateTime<Utc>,
    ) -> Result<Vec<SaveOutcome>, StoreError> {
        if say_everything(requests) {
            let supposed = self.write_batch(requests, saved_at, Reading::Attempts);
            if let Some(outcomes) = supposed.await? {
                return Ok(outcomes);
            }
        }
        let known = self.write_batch(requests, saved_at, Reading::Answers);
        let outcomes = known.await?;
        outcomes.ok_or_else(|| {
            StoreError::Corrupt("an answer changed while its attempt was locked".to_owned())
        })
    }

    /// One transaction; nothing is changed and `None` is the answer where what was read was too little to decide.
    async fn write_batch(
        &self,
        requests: &[SaveRequest],
        saved_at: DateTime<Utc>,
        reading: Reading,
    ) -> Result<Option<Vec<SaveOutcome>>, StoreError> {
        let mut transaction = self.begin_batch(DOING).await?;
        let mut state = self.read_batch(&mut transaction, requests, reading).await?;
        let outcomes: Vec<SaveOutcome> = requests
            .iter()
            .map(|request| state.decide(request, saved_at))
            .collect();
        // Who is refused is told what is stored.
        if reading == Reading::Attempts && outcomes.iter().any(SaveOutcome::has_refusals) {
            transaction.rollback().await?;
            return Ok(None);
        }
        if !state.has_changes() {
            // Repeats and refusals only.
            transaction.rollback().await?;
            return Ok(Some(outcomes));
        }
        if !write_kept(&mut transaction, state.kept(), state.moved_json()).await? {
            transaction.rollback().await?;
            return Ok(None);
        }
        reports::write(&mut transaction, &state, saved_at).await?;
        transaction.commit().await?;
        Ok(Some(outcomes))
    }

    /// The attempts of the batch, locked, and if wanted those of their answers that are about to change.
    async fn read_batch(
        &self,
        transaction: &mut Transaction,
        requests: &[SaveRequest],
        reading: Reading,
    ) -> Result<BatchState, StoreError> {
        let attempts = match transaction.inner() {
            Inner::Sqlite(inner) => sqlite::answers::lock(inner, requests).await,
            Inner::MySql(inner) => mysql::answers::lock(inner, requests).await,
            Inner::Postgres(inner) => postgres::answers::lock(inner, requests).await,
        }
        .map_err(StoreError::during(DOING))?;
        let mut state = BatchState::default();
        for row in &attempts {
            let id = row.id(0)?;
            let added = self.add_attempt(transaction, &mut state, row).await;
            readable(&mut state, id, added)?;
        }
        if reading == Reading::Answers {
            let answers = match transaction.inner() {
                Inner::Sqlite(inner) => sqlite::answers::read(inner, requests).await,
                Inner::MySql(inner) => mysql::answers::read(inner, requests).await,
                Inner::Postgres(inner) => postgres::answers::read(inner, requests).await,
            }
            .map_err(StoreError::during(DOING))?;
            for row in &answers {
                let id = row.id(5)?;
                let added = add_answer(&mut state, id, row);
                readable(&mut state, id, added)?;
            }
        }
        self.read_layouts(transaction, &mut state).await?;
        Ok(state)
    }

    async fn add_attempt(
        &self,
        transaction: &mut Transaction,
        state: &mut BatchState,
        row: &Row,
    ) -> Result<(), StoreError> {
        let attempt = attempt(row)?;
        let paper = self.paper_within(transaction, &attempt).await?;
        state.insert(AnswerSheet::new(attempt, standing(row)?, None), paper);
        Ok(())
    }
}

fn add_answer(state: &mut BatchState, id: AttemptId, row: &Row) -> Result<(), StoreError> {
    let stored = stored_answer(row)?;
    if let Some(sheet) = state.sheet_mut(id) {
        sheet.insert_stored(stored);
    }
    Ok(())
}

/// Gives up on an attempt of which something that was read makes no sense.
fn readable(
    state: &mut BatchState,
    attempt: AttemptId,
    added: Result<(), StoreError>,
) -> Result<(), StoreError> {
    if let Err(StoreError::Corrupt(what)) = added {
        tracing::error!(what, %attempt, "an attempt is damaged: its answers cannot be saved");
        state.mark_damaged(attempt);
        return Ok(());
    }
    added
}

/// Writes what changed: the evidence, the answers, and how far somebody came (`[[attempt, place], ..]` as JSON); whether
/// every answer was newer than what was stored. If not, the transaction has to be given up.
pub(super) async fn write_kept(
    transaction: &mut Transaction,
    kept: &[Kept],
    moved: Option<String>,
) -> Result<bool, StoreError> {
    if !kept.is_empty() {
        let are_newer = match transaction.inner() {
            Inner::Sqlite(inner) => sqlite::answers::write(inner, kept).await,
            Inner::MySql(inner) => mysql::answers::write(inner, kept).await,
            Inner::Postgres(inner) => postgres::answers::write(inner, kept).await,
        }
        .map_err(StoreError::during(DOING))?;
        if !are_newer {
            return Ok(false);
        }
    }
    if let Some(moved) = moved {
        transaction.execute(&MOVE, arguments![moved]).await?;
    }
    Ok(true)
}
