//! Requests that must not act twice: the first one leaves its reply, in the transaction in which it acts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exam::UserId;
use crate::store::sql::{InsertNew, Sql, Transaction, arguments, insert_new};
use crate::store::{DatabaseStore, StoreError};

static CLAIM: InsertNew = insert_new!(
    "INSERT INTO idempotent_replies (actor_id, request_key, request_hash, created_at) VALUES ($1, $2, $3, $4)"
);
static KEEP: Sql =
    Sql::same("UPDATE idempotent_replies SET reply = $3 WHERE actor_id = $1 AND request_key = $2");
static FIND: Sql = Sql::same(
    "SELECT request_hash, reply FROM idempotent_replies WHERE actor_id = $1 AND request_key = $2",
);

/// A request with a name of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) actor: UserId,
    pub(super) key: &'a str,
    pub(super) request_hash: &'a str,
}

/// What became of a request that came before.
pub(super) enum Earlier<T> {
    /// It was this one.
    Same(T),
    /// It was another one.
    Other,
}

impl Named<'_> {
    /// Whether it comes for the first time. Who brings the same at the same time waits until the first one is done.
    pub(super) async fn claim(
        self,
        transaction: &mut Transaction,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let values = arguments![self.actor, self.key, self.request_hash, now];
        transaction.insert_new(&CLAIM, values).await
    }

    /// Keeps the reply for whoever asks again.
    pub(super) async fn keep(
        self,
        transaction: &mut Transaction,
        reply: &impl Serialize,
    ) -> Result<(), StoreError> {
        let reply = serde_json::to_string(reply)
            .map_err(|error| StoreError::Corrupt(format!("a reply: {error}")))?;
        transaction
            .execute(&KEEP, arguments![self.actor, self.key, reply])
            .await?;
        Ok(())
    }
}

impl DatabaseStore {
    /// What became of a request whose key was claimed before.
    pub(super) async fn read_earlier<T: DeserializeOwned>(
        &self,
        named: Named<'_>,
    ) -> Result<Earlier<T>, StoreError> {
        let reading = self.reading("look up an earlier reply");
        let row = reading
            .one(&FIND, arguments![named.actor, named.key])
            .await?;
        if row.text(0)? == named.request_hash {
            row.json(1, "an earlier reply").map(Earlier::Same)
        } else {
            Ok(Earlier::Other)
        }
    }
}
