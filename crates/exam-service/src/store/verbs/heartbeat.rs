//! Whether the database reads and commits, tried.

use chrono::{DateTime, Utc};

use crate::store::sql::{Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

static READ: Sql = Sql::same("SELECT beat_at FROM heartbeat WHERE id = 1");
static BEAT: Sql = Sql::same("UPDATE heartbeat SET beat_at = $1 WHERE id = 1");

impl DatabaseStore {
    pub(in crate::store) async fn write_heartbeat(
        &self,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let reading = self.reading("read the database");
        reading.one(&READ, arguments![]).await?;
        let mut transaction = self.begin_probe("commit a heartbeat").await?;
        transaction.execute(&BEAT, arguments![now]).await?;
        transaction.commit().await
    }
}
