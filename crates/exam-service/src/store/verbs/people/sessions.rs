//! The sessions of an account.

use chrono::{DateTime, Utc};

use crate::exam::{SessionId, UserId};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::{DatabaseStore, SessionListing, StoreError};

static LIST: Sql = Sql::same(
    "SELECT f.id, f.created_at, f.last_used_at, f.address, f.browser FROM refresh_families f
     WHERE f.user_id = $1 AND f.revoked_at IS NULL
       AND EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.family_id = f.id AND t.expires_at > $2)
     ORDER BY f.id DESC LIMIT 100",
);
static ENDED: Sql = Sql::same(
    "SELECT id, revoked_at FROM refresh_families WHERE revoked_at > $1 ORDER BY revoked_at LIMIT $2",
);
static END_ONE: Sql = Sql::same(
    "UPDATE refresh_families SET revoked_at = coalesce(revoked_at, $3) WHERE user_id = $1 AND id = $2",
);
/// Every session of an account but one.
pub(super) static END_ALL_BUT: Sql = Sql::same(
    "UPDATE refresh_families SET revoked_at = coalesce(revoked_at, $3) WHERE user_id = $1 AND id <> $2",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_sessions(
        &self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionListing>, StoreError> {
        let reading = self.reading("list sessions");
        let rows = reading.all(&LIST, arguments![user, now]).await?;
        rows.iter().map(listing).collect()
    }

    pub(in crate::store) async fn read_ended_sessions(
        &self,
        since: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(SessionId, DateTime<Utc>)>, StoreError> {
        let reading = self.reading("look for sessions that were ended");
        let rows = reading.all(&ENDED, arguments![since, limit]).await?;
        rows.iter()
            .map(|row| Ok((row.id(0)?, row.time(1)?)))
            .collect()
    }

    pub(in crate::store) async fn write_sessions_end(
        &self,
        user: UserId,
        only: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write("end sessions").await?;
        let ended = if let Some(session) = only {
            let values = arguments![user, session, now];
            transaction.execute(&END_ONE, values).await?
        } else {
            let values = arguments![user, "", now];
            transaction.execute(&END_ALL_BUT, values).await?
        };
        transaction.commit().await?;
        Ok(ended)
    }
}

fn listing(row: &Row) -> Result<SessionListing, StoreError> {
    Ok(SessionListing {
        id: row.id(0)?,
        opened_at: row.time(1)?,
        last_used_at: row.optional_time(2)?,
        address: row.optional_text(3)?.map(str::to_owned),
        browser: row.optional_text(4)?.map(str::to_owned),
    })
}
