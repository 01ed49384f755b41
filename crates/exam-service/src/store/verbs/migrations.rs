//! The schema: its steps in order, compiled in, and how far a database has come.

use std::collections::BTreeSet;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::store::migration_plan::{Step, check_repeatable, check_steps};
use crate::store::sql::{Pool, Sql, arguments};
use crate::store::{DatabaseStore, MigrationStatus, StoreError, mysql, postgres};

/// The same steps for every database, each in its own words. They only ever add, so that the version before can still
/// run; what takes something away says so.
macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        pub(super) const SQLITE: &[Step] = migrations!(in "sqlite": $($name),*);
        pub(super) const MYSQL: &[Step] = migrations!(in "mysql": $($name),*);
        pub(super) const POSTGRES: &[Step] = migrations!(in "postgres": $($name),*);
    };
    (in $folder:literal: $($name:literal),*) => {
        &[$(Step {
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $folder, "/", $name, ".sql")),
        }),*]
    };
}

migrations![
    "0001_accounts",
    "0002_courses",
    "0003_exams",
    "0004_attempts",
    "0005_canary",
    "0006_people",
    "0007_bank",
    "0008_sitting",
    "0009_results",
    "0010_jobs",
    "0011_preparation",
    "0012_practice_and_seats",
    "0013_incidents",
    "0014_exam_order",
    "0015_load_accounts",
    "0016_load_exams",
];

static HAS_TABLE: Sql = Sql::each(
    "SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'",
    "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = '_sqlx_migrations'",
    "SELECT 1 WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
);
static APPLIED: Sql =
    Sql::same("SELECT version, description FROM _sqlx_migrations WHERE success ORDER BY version");

impl DatabaseStore {
    /// Applies what is pending, each step in a transaction of its own. Steps of a newer version that are already there
    /// are left alone. Steps that take something away run only with `allow_contract`.
    ///
    /// # Errors
    /// When a step may not run (nothing is changed then), when one fails (it is then undone, but for MySQL, which
    /// cannot), or when one that was applied reads differently now.
    pub async fn migrate(&self, allow_contract: bool) -> Result<MigrationStatus, StoreError> {
        self.apply_steps(self.steps(), allow_contract).await
    }

    /// The shipped steps in the words of this database.
    fn steps(&self) -> &'static [Step] {
        match &self.connections.readers {
            Pool::Sqlite(_) => SQLITE,
            Pool::MySql(_) => MYSQL,
            Pool::Postgres(_) => POSTGRES,
        }
    }

    pub(in crate::store) async fn apply_steps(
        &self,
        steps: &[Step],
        allow_contract: bool,
    ) -> Result<MigrationStatus, StoreError> {
        // Each round ends with a step that another process was faster with, and there are no more of them.
        for _ in steps {
            let before = self.read_status_of(steps).await?;
            let ran = self.run_pending(steps, &before, allow_contract).await?;
            let after = self.read_status_of(steps).await?;
            match ran {
                Ok(()) => return Ok(after),
                Err(_) if after.pending.is_empty() => return Ok(after),
                Err(MigrateError::ExecuteMigration(source, version)) => {
                    let name = name_of(steps, version);
                    if !after.applied.contains(&name) {
                        return Err(self.failed(name, &before, &after, source));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.read_status_of(steps).await
    }

    /// Runs what is pending, if all of it may run.
    async fn run_pending(
        &self,
        steps: &[Step],
        before: &MigrationStatus,
        allow_contract: bool,
    ) -> Result<Result<(), MigrateError>, StoreError> {
        let pending: Vec<Step> = steps
            .iter()
            .filter(|step| before.pending.iter().any(|other| other.name == step.name))
            .copied()
            .collect();
        check_steps(&pending, allow_contract).map_err(StoreError::MigrationRefused)?;
        let mut migrator = Migrator::with_migrations(steps.iter().map(migration).collect());
        migrator.set_ignore_missing(true);
        Ok(match &self.connections.writers {
            Pool::Sqlite(pool) => migrator.run(pool).await,
            Pool::MySql(pool) => {
                check_repeatable(&pending).map_err(StoreError::MigrationRefused)?;
                mysql::migrating::run(pool, &mut migrator).await?
            }
            Pool::Postgres(pool) => postgres::migrate(pool, &migrator).await,
        })
    }

    /// What a step that failed left behind.
    fn failed(
        &self,
        name: String,
        before: &MigrationStatus,
        after: &MigrationStatus,
        source: sqlx::Error,
    ) -> StoreError {
        let applied = before
            .pending
            .iter()
            .map(|step| step.name.clone())
            .filter(|name| after.applied.contains(name))
            .collect();
        match &self.connections.writers {
            Pool::MySql(_) => StoreError::MigrationStopped {
                name,
                applied,
                source,
            },
            Pool::Sqlite(_) | Pool::Postgres(_) => StoreError::MigrationFailed {
                name,
                applied,
                source,
            },
        }
    }

    pub(in crate::store) async fn read_migration_status(
        &self,
    ) -> Result<MigrationStatus, StoreError> {
        self.read_status_of(self.steps()).await
    }

    async fn read_status_of(&self, steps: &[Step]) -> Result<MigrationStatus, StoreError> {
        Ok(status(steps, applied(&self.connections.readers).await?))
    }
}

/// The names of the steps that a database has.
pub(in crate::store) async fn applied(pool: &Pool) -> Result<BTreeSet<String>, StoreError> {
    let reading = pool.reading("read which migrations are applied");
    if reading.optional(&HAS_TABLE, arguments![]).await?.is_none() {
        return Ok(BTreeSet::new());
    }
    let rows = reading.all(&APPLIED, arguments![]).await?;
    rows.iter()
        .map(|row| Ok(format!("{:04}_{}", row.integer(0)?, row.text(1)?)))
        .collect()
}

impl MigrationStatus {
    /// The status of a file that does not exist yet.
    pub fn of_empty_database() -> Self {
        status(SQLITE, BTreeSet::new())
    }
}

/// How a database with these steps applied stands to the steps that are known here.
fn status(steps: &[Step], applied: BTreeSet<String>) -> MigrationStatus {
    MigrationStatus {
        pending: steps
            .iter()
            .filter(|step| !applied.contains(step.name))
            .map(Step::pending)
            .collect(),
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
