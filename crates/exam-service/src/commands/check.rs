//! `check`: can this release run with these settings, on this database? Nothing is changed by asking.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::{CommandError, print_line};
use crate::settings::{DatabaseSettings, Environment, Problems, Settings, Variables};
use crate::store::sqlite::SqliteStore;
use crate::store::{Store as _, StoreError};

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

/// Checks the settings; reports every problem at once.
///
/// # Errors
/// The problems.
pub fn check(variables: &Variables) -> Result<(), CommandError> {
    Settings::from_variables(variables)?;
    Ok(())
}

/// As [`check`], with the database, as one JSON object.
///
/// # Errors
/// [`CommandError::Settings`] after a report with problems, [`CommandError::Unreachable`] after one without a database.
pub async fn check_json(variables: &Variables, output: &mut dyn Write) -> Result<(), CommandError> {
    let checked = Settings::from_variables(variables);
    let environment = Settings::environment_of(variables);
    let problems = checked.as_ref().err().map_or_else(Vec::new, listed);
    let mut warnings = checked
        .as_ref()
        .map_or_else(|_| Vec::new(), Settings::warnings);
    // Whatever else is wrong: everything is to be put right in one go.
    let database = match DatabaseSettings::from_variables(variables) {
        Ok(settings) => {
            if environment == Environment::Production {
                warnings.extend(demo_accounts(&settings.database).await);
            }
            probe(&settings.database).await
        }
        Err(_) => DatabaseReport {
            kind: "sqlite",
            version: None,
            reachable: false,
            reason: Some("not asked: its settings are among the problems".to_owned()),
        },
    };
    let is_reachable = database.reachable;
    let report = Report {
        problems,
        warnings,
        app_env: environment.as_str(),
        database,
    };
    print_line(output, &serde_json::json!(report).to_string())?;
    checked?;
    if is_reachable {
        Ok(())
    } else {
        Err(CommandError::Unreachable)
    }
}

fn listed(problems: &Problems) -> Vec<String> {
    problems
        .iter()
        .map(|problem| format!("{} {}", problem.variable, problem.message))
        .collect()
}

/// Whether the database can be opened and written to. A file that is not there yet is made by `migrate`, if its folder
/// is there.
async fn probe(file: &Path) -> DatabaseReport {
    let report = |version, reachable, reason| DatabaseReport {
        kind: "sqlite",
        version,
        reachable,
        reason,
    };
    if !file.exists() {
        let folder = file.parent().unwrap_or(file);
        return if folder.is_dir() {
            let reason = format!("{} is not there yet: migrate makes it", file.display());
            report(None, true, Some(reason))
        } else {
            let reason = format!("the folder {} does not exist", folder.display());
            report(None, false, Some(reason))
        };
    }
    if let Err(error) = std::fs::OpenOptions::new().write(true).open(file) {
        let reason = format!("{} cannot be written to: {error}", file.display());
        return report(None, false, Some(reason));
    }
    match read_version(file).await {
        Ok(version) => report(Some(version), true, None),
        Err(error) => report(None, false, Some(error.to_string())),
    }
}

async fn read_version(file: &Path) -> Result<String, StoreError> {
    let store = SqliteStore::open_read_only(file).await?;
    let version = store.read_version().await;
    store.close().await?;
    version
}

/// A warning for the accounts of `seed-demo`, whose password many people know. A database that has no tables yet, or
/// cannot say, has none.
async fn demo_accounts(file: &Path) -> Option<String> {
    if !file.exists() {
        return None;
    }
    let store = SqliteStore::open_read_only(file).await.ok()?;
    let count = store.count_demo_accounts().await.unwrap_or_default();
    store.close().await.ok()?;
    (count > 0).then(|| {
        format!("APP_ENV is production, but the database has {count} accounts of seed-demo, with one password for all")
    })
}
