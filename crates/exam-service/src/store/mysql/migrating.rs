//! Migrations where a change of a table cannot be undone: one process at a time, and a step that stopped is repeated.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::mysql::MySqlConnection;
use sqlx::{MySqlPool, Row as _};

use crate::store::StoreError;

/// How long another process that migrates is waited for, in seconds.
const WAIT_SECONDS: u32 = 60;

/// Of this database, on a server that may have several; a name has room for 64 characters.
const LOCK: &str = "SELECT GET_LOCK(CONCAT('exam-service ', SHA1(database())), ?)";
/// Only once we hold the lock: until then it may be the step that another process is at.
const FORGET_STOPPED: &str = "DELETE FROM _sqlx_migrations WHERE success = FALSE";
const HAS_TABLE: &str = "
SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = '_sqlx_migrations'";

/// Runs the migrations. The lock goes with the connection, whatever happens.
pub(in crate::store) async fn run(
    pool: &MySqlPool,
    migrator: &mut Migrator,
) -> Result<Result<(), MigrateError>, StoreError> {
    const DOING: &str = "begin to migrate the database";
    let doing = StoreError::during(DOING);
    let mut connection = pool.acquire().await.map_err(&doing)?.detach();
    if !lock(&mut connection).await.map_err(&doing)? {
        return Err(StoreError::MigrationUnderWay {
            seconds: WAIT_SECONDS,
        });
    }
    let table = sqlx::query(HAS_TABLE).fetch_optional(&mut connection).await;
    if table.map_err(&doing)?.is_some() {
        let forgetting = sqlx::query(FORGET_STOPPED).execute(&mut connection).await;
        forgetting.map_err(&doing)?;
    }
    // Its own lock asks for an endless wait in words that MariaDB does not know.
    migrator.set_locking(false);
    Ok(migrator.run_direct(None, &mut connection, false).await)
}

async fn lock(connection: &mut MySqlConnection) -> sqlx::Result<bool> {
    let query = sqlx::query(LOCK).bind(WAIT_SECONDS);
    let row = query.fetch_one(connection).await?;
    let got: Option<i64> = row.try_get(0)?;
    Ok(got == Some(1))
}
