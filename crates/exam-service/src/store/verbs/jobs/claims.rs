//! Who does which job: one worker at a time has it, for as long as its lease.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::jobs::{Claim, TryOutcome, Work};
use crate::store::sql::{Sql, Transaction, arguments};
use crate::store::{DatabaseStore, StoreError};

/// Without a lock: an idle worker keeps nobody from writing.
static IS_ANY_DUE: Sql = Sql::same(
    "SELECT id FROM jobs
     WHERE dead_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) LIMIT 1",
);
/// Two workers that ask at the same time get different jobs: a row that the other one has locked is skipped, and in
/// `SQLite` one of them waits.
static FIND: Sql = Sql::each(
    "SELECT id, kind, payload, tries FROM jobs
     WHERE dead_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
     ORDER BY due_at, id LIMIT 1",
    "SELECT id, kind, payload, tries FROM jobs
     WHERE dead_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
     ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
    "SELECT id, kind, payload, tries FROM jobs
     WHERE dead_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
     ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
);
static TAKE: Sql =
    Sql::same("UPDATE jobs SET leased_until = $2, lease = $3, tries = tries + 1 WHERE id = $1");
static REMOVE: Sql = Sql::same("DELETE FROM jobs WHERE id = $1 AND lease = $2");
static AGAIN: Sql = Sql::same(
    "UPDATE jobs SET leased_until = NULL, lease = NULL, due_at = $3, last_error = $4 WHERE id = $1 AND lease = $2",
);
static BURY: Sql = Sql::same(
    "UPDATE jobs SET leased_until = NULL, lease = NULL, dead_at = $3, last_error = $4 WHERE id = $1 AND lease = $2",
);

impl DatabaseStore {
    pub(in crate::store) async fn write_claim(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Claim>, StoreError> {
        let reading = self.reading("look for work");
        if reading
            .optional(&IS_ANY_DUE, arguments![now])
            .await?
            .is_none()
        {
            return Ok(None);
        }
        let mut transaction = self.begin_write("take a job").await?;
        let Some(row) = transaction.optional(&FIND, arguments![now]).await? else {
            return Ok(None);
        };
        let (id, lease): (Uuid, Uuid) = (row.id(0)?, Uuid::new_v4());
        let values = arguments![id.to_string(), until, lease.to_string()];
        transaction.execute(&TAKE, values).await?;
        transaction.commit().await?;
        Ok(Some(Claim {
            id,
            lease,
            work: work(row.text(1)?, row.text(2)?),
            tries: row.integer(3)? + 1,
        }))
    }

    pub(in crate::store) async fn write_outcome(
        &self,
        claim: &Claim,
        outcome: TryOutcome,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("end a job").await?;
        let is_ours = end(&mut transaction, claim, &outcome).await?;
        transaction.commit().await?;
        Ok(is_ours)
    }
}

/// Ends a claim within a transaction; `false` when it is over already.
pub(super) async fn end(
    transaction: &mut Transaction,
    claim: &Claim,
    outcome: &TryOutcome,
) -> Result<bool, StoreError> {
    let (id, lease) = (claim.id.to_string(), claim.lease.to_string());
    let rows = match outcome {
        TryOutcome::Done => transaction.execute(&REMOVE, arguments![id, lease]).await?,
        TryOutcome::Again { due_at, error } => {
            let values = arguments![id, lease, *due_at, error];
            transaction.execute(&AGAIN, values).await?
        }
        TryOutcome::Dead { at, error } => {
            let values = arguments![id, lease, *at, error];
            transaction.execute(&BURY, values).await?
        }
    };
    Ok(rows > 0)
}

/// What a row asks for, if this version knows it.
pub(super) fn work(kind: &str, payload: &str) -> Option<Work> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    serde_json::from_value(json!({ "kind": kind, "payload": payload })).ok()
}
