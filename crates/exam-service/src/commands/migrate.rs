//! `migrate`: bring the schema up to date, or say how far it is.

use std::io::Write;

use super::{CommandError, print_line};
use crate::settings::DatabaseSettings;
use crate::store::sqlite::SqliteStore;
use crate::store::{MigrationStatus, Store as _};

/// Migrates, or with `status_only` changes nothing, and prints one JSON object.
///
/// # Errors
/// When the database cannot be opened or a step fails.
pub async fn migrate(
    settings: &DatabaseSettings,
    status_only: bool,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let status = if status_only && !settings.database.exists() {
        // Looking must not create the file.
        MigrationStatus::of_empty_database()
    } else if status_only {
        let store = SqliteStore::open_read_only(&settings.database).await?;
        let status = store.migration_status().await?;
        store.close().await?;
        status
    } else {
        let store = SqliteStore::open(&settings.database).await?;
        let status = store.migrate().await?;
        store.close().await?;
        status
    };
    print_line(output, &serde_json::json!(status).to_string())
}
