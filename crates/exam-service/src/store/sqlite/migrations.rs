//! The schema: its steps in order, compiled in, and how far a database has come.

use std::collections::BTreeSet;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Row as _, SqlSafeStr as _};

use super::SqliteStore;
use crate::store::migration_plan::{Step, check_steps};
use crate::store::{MigrationStatus, StoreError};

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(Step {
            name: $name,
            sql: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
        }),*]
    };
}

/// Every step. They only ever add, so that the version before can still run; what takes something away says so.
const MIGRATIONS: &[Step] = migrations![
    "0001_accounts",
    "0002_exams",
    "0003_attempts",
    "0004_refresh_successors",
    "0005_canary"
];

impl SqliteStore {
    /// Applies what is pending, each step in a transaction of its own. Steps of a newer version that are already there
    /// are left alone. Steps that take something away run only with `allow_contract`.
    ///
    /// # Errors
    /// When a step may not run (nothing is changed then), when one fails (it is then undone), or when one that was
    /// applied reads differently now.
    pub async fn migrate(&self, allow_contract: bool) -> Result<MigrationStatus, StoreError> {
        self.apply_steps(MIGRATIONS, allow_contract).await
    }

    async fn apply_steps(
        &self,
        steps: &[Step],
        allow_contract: bool,
    ) -> Result<MigrationStatus, StoreError> {
        let before = self.read_status_of(steps).await?;
        let pending: Vec<Step> = steps
            .iter()
            .filter(|step| before.pending.iter().any(|name| name == step.name))
            .copied()
            .collect();
        check_steps(&pending, allow_contract).map_err(StoreError::MigrationRefused)?;
        let mut migrator = Migrator::with_migrations(steps.iter().map(migration).collect());
        migrator.set_ignore_missing(true);
        let ran = migrator.run(&self.writer).await;
        let after = self.read_status_of(steps).await?;
        match ran {
            Ok(()) => Ok(after),
            Err(MigrateError::ExecuteMigration(source, version)) => {
                Err(StoreError::MigrationFailed {
                    name: name_of(steps, version),
                    applied: before
                        .pending
                        .into_iter()
                        .filter(|name| after.applied.contains(name))
                        .collect(),
                    source,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn read_migration_status(&self) -> Result<MigrationStatus, StoreError> {
        self.read_status_of(MIGRATIONS).await
    }

    async fn read_status_of(&self, steps: &[Step]) -> Result<MigrationStatus, StoreError> {
        const DOING: &str = "read which migrations are applied";
        let table = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::during(DOING))?;
        let mut applied = BTreeSet::new();
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
                applied.insert(format!("{version:04}_{description}"));
            }
        }
        Ok(status(steps, applied))
    }
}

impl MigrationStatus {
    /// The status of a database that does not exist yet.
    pub fn of_empty_database() -> Self {
        status(MIGRATIONS, BTreeSet::new())
    }
}

/// How a database with these steps applied stands to the steps that are known here.
fn status(steps: &[Step], applied: BTreeSet<String>) -> MigrationStatus {
    let pending: Vec<&Step> = steps
        .iter()
        .filter(|step| !applied.contains(step.name))
        .collect();
    MigrationStatus {
        pending: pending.iter().map(|step| step.name.to_owned()).collect(),
        pending_steps: pending.iter().map(|step| step.pending()).collect(),
        unknown: applied
            .iter()
            .filter(|name| !steps.iter().any(|step| step.name == name.as_str()))
            .cloned()
            .collect(),
        applied: applied.into_iter().collect(),
    }
}

fn name_of(steps: &[Step], version: i64) -> String {
    let step = steps.iter().find(|step| migration(step).version == version);
    step.map_or_else(|| version.to_string(), |step| step.name.to_owned())
}

fn migration(step: &Step) -> Migration {
    let (number, description) = step.name.split_once('_').unwrap_or((step.name, ""));
    // The names are literals above; a test keeps them numbered.
    let version = number.parse().unwrap_or_default();
    Migration::new(
        version,
        description.into(),
        MigrationType::Simple,
        step.sql.into_sql_str(),
        false,
    )
}

#[cfg(test)]
#[path = "migrations_tests.rs"]
mod tests;
