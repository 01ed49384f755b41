//! `migrate`: bring the schema up to date, or say how far it is.

use std::io::Write;
use std::path::Path;

use super::{CommandError, print_line};
use crate::settings::DatabaseSettings;
use crate::store::{DatabaseStore, MigrationStatus, Store as _};

/// How `migrate` was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Migrate {
    /// Only say how far the schema is.
    pub status_only: bool,
    /// Also apply steps that take something away.
    pub allow_contract: bool,
}

/// Migrates, or with `status_only` changes nothing, and prints one JSON object.
///
/// # Errors
/// When the database cannot be opened, a step may not run or fails.
pub async fn migrate(
    settings: &DatabaseSettings,
    asked: Migrate,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let is_there = settings.database.file().is_none_or(Path::exists);
    let status = if asked.status_only && !is_there {
        // Looking must not create the file.
        MigrationStatus::of_empty_database()
    } else if asked.status_only {
        let store = DatabaseStore::open_read_only(&settings.database).await?;
        let status = store.migration_status().await?;
        store.close().await?;
        status
    } else {
        let store = DatabaseStore::open(&settings.database, settings.telemetry.environment).await?;
        let status = store.migrate(asked.allow_contract).await;
        store.close().await?;
        status?
    };
    print_line(output, &serde_json::json!(status).to_string())
}
