//! A database on a PostgreSQL server.

pub(super) mod answers;
mod connect;
mod durability;

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

pub(super) use connect::{open, open_read_only};

/// Runs the migrations. The lock against other processes goes with the connection, whatever happens.
pub(super) async fn migrate(pool: &PgPool, migrator: &Migrator) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?.detach();
    migrator.run_direct(None, &mut connection, false).await
}
