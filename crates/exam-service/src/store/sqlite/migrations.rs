//! The schema: its steps in order, compiled in, and how far a database has come.

use std::collections::BTreeSet;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Row as _, SqlSafeStr as _};

use super::SqliteStore;
use crate::store::{MigrationStatus, StoreError};

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")))),*]
    };
}

/// Name and text of every step. They only ever add, so that the version before can still run.
const MIGRATIONS: &[(&str, &str)] = migrations![
    "0001_accounts",
    "0002_exams",
    "0003_attempts",
    "0004_refresh_successors",
    "0005_canary"
];

impl SqliteStore {
    /// Applies what is pending. Steps of a newer version that are already there are left alone.
    ///
    /// # Errors
    /// When a step fails (it is then undone), or when one that was applied reads differently now.
    pub async fn migrate(&self) -> Result<MigrationStatus, StoreError> {
        let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect());
        migrator.set_ignore_missing(true);
        migrator.run(&self.writer).await?;
        self.read_migration_status().await
    }

    pub(super) async fn read_migration_status(&self) -> Result<MigrationStatus, StoreError> {
        const DOING: &str = "read which migrations are applied";
        let table = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::during(DOING))?;
        let mut versions = BTreeSet::new();
        if table.is_some() {
            let rows = sqlx::query(
                "SELECT version, description FROM _sqlx_migrations WHERE success ORDER BY version",
            )
            .fetch_all(&self.readers)
            .await
            .map_err(StoreError::during(DOING))?;
            for row in rows {
                let version: i64 = row.try_get(0).map_err(StoreError::during(DOING))?;
                let description: String = row.try_get(1).map_err(StoreError::during(DOING))?;
                versions.insert(format!("{version:04}_{description}"));
            }
        }
        let pending = MIGRATIONS
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !versions.contains(*name));
        Ok(MigrationStatus {
            pending: pending.map(str::to_owned).collect(),
            applied: versions.into_iter().collect(),
        })
    }
}

impl MigrationStatus {
    /// The status of a database that does not exist yet.
    pub fn of_empty_database() -> Self {
        let pending = MIGRATIONS
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        Self {
            applied: Vec::new(),
            pending,
        }
    }
}

fn migration((name, sql): &(&'static str, &'static str)) -> Migration {
    let (number, description) = name.split_once('_').unwrap_or((name, ""));
    // The names are literals above; a test keeps them numbered.
    let version = number.parse().unwrap_or_default();
    Migration::new(
        version,
        description.into(),
        MigrationType::Simple,
        (*sql).into_sql_str(),
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps() {
        for (index, step) in MIGRATIONS.iter().enumerate() {
            assert_eq!(
                migration(step).version,
                i64::try_from(index).unwrap() + 1,
                "{}",
                step.0
            );
        }
    }

    #[test]
    fn every_file_in_the_directory_is_applied() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS
            .iter()
            .map(|(name, _)| format!("{name}.sql"))
            .collect();
        assert_eq!(files, listed);
    }
}
