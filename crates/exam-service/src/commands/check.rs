//! `check`: can this release run with these settings, on this database? Nothing is changed by asking.

use std::io::Write;
use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;

use super::{CommandError, print_line};
use crate::clock::Clock;
use crate::settings::{Database, DatabaseSettings, Environment, Problems, Settings, Variables};
use crate::store::{DatabaseStore, Store as _, StoreError, Weakness};

/// A load run takes hours; what is older was forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::days(1);

/// What `check --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    /// Settings that cannot be used; with one of them nothing starts.
    problems: Vec<String>,
    /// Settings that work, but not the way an exam wants it.
    warnings: Vec<String>,
    app_env: &'static str,
    database: DatabaseReport,
}

/// How it stands with the database.
#[derive(Debug, Serialize)]
struct DatabaseReport {
    kind: &'static str,
    version: Option<String>,
    reachable: bool,
    /// Why it is not, or what else there is to know.
    reason: Option<String>,
}

/// Checks the settings, and those of the database if it can be reached; reports every problem at once.
///
/// # Errors
/// The problems.
pub async fn check(variables: &Variables) -> Result<(), CommandError> {
    let settings = Settings::from_variables(variables)?;
    let (_, weaknesses) = probe(&settings.database).await;
    if weaknesses.is_empty() || !settings.telemetry.environment.refuses_weak_databases() {
        return Ok(());
    }
    Err(CommandError::Store(StoreError::WeakDurability {
        database: settings.database.to_string(),
        weaknesses,
    }))
}

/// As [`check`], with the database, as one JSON object.
///
/// # Errors
/// [`CommandError::Settings`] after a report with problems, [`CommandError::Unreachable`] after one without a database.
pub async fn check_json(variables: &Variables, output: &mut dyn Write) -> Result<(), CommandError> {
    let checked = Settings::from_variables(variables);
    let environment = Settings::environment_of(variables);
    let mut problems = checked.as_ref().err().map_or_else(Vec::new, listed);
    let mut warnings = checked
        .as_ref()
        .map_or_else(|_| Vec::new(), Settings::warnings);
    // Whatever else is wrong: everything is to be put right in one go.
    let (database, weaknesses) = match DatabaseSettings::from_variables(variables) {
        Ok(settings) => {
            if environment == Environment::Production {
                warnings.extend(demo_accounts(&settings.database).await);
            }
            warnings.extend(forgotten_load_runs(&settings.database).await);
            probe(&settings.database).await
        }
        Err(_) => (DatabaseReport::not_asked(), Vec::new()),
    };
    let told = weaknesses
        .iter()
        .map(|weakness| format!("the database could lose an acknowledged answer: {weakness}"));
    if environment.refuses_weak_databases() {
        problems.extend(told);
    } else {
        warnings.extend(told);
    }
    let is_reachable = database.reachable;
    let is_refused = !problems.is_empty();
    let report = Report {
        problems,
        warnings,
        app_env: environment.as_str(),
        database,
    };
    print_line(output, &serde_json::json!(report).to_string())?;
    checked?;
    if is_refused {
        Err(CommandError::Weak)
    } else if is_reachable {
        Ok(())
    } else {
        Err(CommandError::Unreachable)
    }
}

impl DatabaseReport {
    fn not_asked() -> Self {
        Self {
            kind: "unknown",
            version: None,
            reachable: false,
            reason: Some("not asked: its settings are among the problems".to_owned()),
        }
    }
}

fn listed(problems: &Problems) -> Vec<String> {
    problems
        .iter()
        .map(|problem| format!("{} {}", problem.variable, problem.message))
        .collect()
}

/// Whether the database can be reached, and what makes it unsafe.
async fn probe(database: &Database) -> (DatabaseReport, Vec<Weakness>) {
    let report = |version, reachable, reason| DatabaseReport {
        kind: database.kind(),
        version,
        reachable,
        reason,
    };
    if let Some(file) = database.file() {
        match look_at(file) {
            Found::File => {}
            Found::NoneYet(reason) => return (report(None, true, Some(reason)), Vec::new()),
            Found::Unusable(reason) => return (report(None, false, Some(reason)), Vec::new()),
        }
    }
    match read_version(database).await {
        Ok((version, weaknesses)) => (report(Some(version), true, None), weaknesses),
        Err(error) => (report(None, false, Some(error.to_string())), Vec::new()),
    }
}

/// What there is where the database file should be.
enum Found {
    /// A file that can be written to.
    File,
    /// Nothing, and a folder in which `migrate` makes it.
    NoneYet(String),
    /// Nothing that could be used.
    Unusable(String),
}

fn look_at(file: &Path) -> Found {
    if !file.exists() {
        let folder = file.parent().unwrap_or(file);
        return if folder.is_dir() {
            Found::NoneYet(format!(
                "{} is not there yet: migrate makes it",
                file.display()
            ))
        } else {
            Found::Unusable(format!("the folder {} does not exist", folder.display()))
        };
    }
    match std::fs::OpenOptions::new().write(true).open(file) {
        Ok(_) => Found::File,
        Err(error) => Found::Unusable(format!("{} cannot be written to: {error}", file.display())),
    }
}

async fn read_version(database: &Database) -> Result<(String, Vec<Weakness>), StoreError> {
    let store = DatabaseStore::open_read_only(database).await?;
    let version = store.read_version().await;
    store.close().await?;
    Ok((version?, store.weaknesses().to_vec()))
}

/// A warning for the accounts of `seed-demo`, whose password many people know.
async fn demo_accounts(database: &Database) -> Option<String> {
    let count = counted(database, async |store| store.count_demo_accounts().await).await?;
    (count > 0).then(|| {
        format!("APP_ENV is production, but the database has {count} accounts of seed-demo, with one password for all")
    })
}

/// A warning for load runs that nobody has taken away.
async fn forgotten_load_runs(database: &Database) -> Option<String> {
    let before = Clock::System.now() - FORGOTTEN;
    let count = counted(database, async |store| {
        store.count_load_accounts(before).await
    })
    .await?;
    (count > 0).then(|| {
        format!(
            "the database has {count} accounts of load runs that are older than a day. Take them away, when no load run \
             needs them: exam-service load purge --all"
        )
    })
}

/// What is counted; a database that has no tables yet, or cannot say, has none.
async fn counted(
    database: &Database,
    count: impl AsyncFnOnce(&DatabaseStore) -> Result<i64, StoreError>,
) -> Option<i64> {
    if database.file().is_some_and(|file| !file.exists()) {
        return None;
    }
    let store = DatabaseStore::open_read_only(database).await.ok()?;
    let count = count(&store).await.unwrap_or_default();
    store.close().await.ok()?;
    Some(count)
}
