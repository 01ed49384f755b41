//! `load seed`, `load purge` and `load list`: what load runs need of the database, beside the exams of people.
//!
//! Allowed in production, unlike `seed-demo`: what is made is marked, has a password that nobody knows yet, and is good
//! for nothing once its exam is over.

use std::io::Write;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use super::demo::generate_password;
use super::load_exam::load_paper;
use super::{CommandError, print_line};
use crate::clock::Clock;
use crate::exam::LoadRun;
use crate::passwords::hash_password;
use crate::settings::DatabaseSettings;
use crate::store::{DatabaseStore, LoadSeeding, NewLoadRun, Store as _};

/// What is to be made for a load run.
#[derive(Debug, Clone)]
pub struct LoadSeed {
    /// Its name.
    pub run: LoadRun,
    /// How many students.
    pub students: u32,
    /// How many questions.
    pub questions: u32,
    /// For how long the exam is open, and a student may take.
    pub hours: u32,
}

/// Makes the exam and the students of a load run, and prints one JSON object with the logins and the password.
///
/// # Errors
/// When there is a run of this name, or the database cannot be written.
pub async fn load_seed(
    settings: &DatabaseSettings,
    asked: LoadSeed,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let password = generate_password();
    let open_for = TimeDelta::hours(asked.hours.into());
    let new = NewLoadRun {
        paper: load_paper(&asked.run, asked.questions, open_for),
        students: asked.students,
        // One hash for all: hashing for each would take minutes.
        password_hash: hash_password(&password)?,
        now: Clock::System.now(),
        open_for,
        run: asked.run,
    };
    let store = DatabaseStore::open(&settings.database, settings.telemetry.environment).await?;
    let seeded = store.seed_load_run(&new).await;
    store.close().await?;
    let students = logins(&new.run, seeded?)?;
    tracing::info!(run = %new.run, accounts = students.len(), "a load run was made");
    let reply = json!({
        "run": new.run,
        "exam_id": new.paper.exam_id,
        "exam_title": new.paper.title,
        "password": password,
        "students": students,
        // Whoever reads what seed-demo prints looks for one; a load run has none.
        "admin": "",
    });
    print_line(output, &reply.to_string())
}

/// The logins of what was made.
fn logins(run: &LoadRun, seeded: LoadSeeding) -> Result<Vec<String>, CommandError> {
    match seeded {
        LoadSeeding::Made(logins) => Ok(logins),
        LoadSeeding::Exists => Err(CommandError::Usage(format!(
            "there is a load run '{run}' already, with its answers. Choose another --run, or take that one away: \
             exam-service load purge --run {run}"
        ))),
        LoadSeeding::LoginTaken(login) => Err(CommandError::Usage(format!(
            "the login '{login}' belongs to a person, and load run '{run}' would give logins like it. Choose another --run"
        ))),
    }
}

/// Takes one load run away, or all of them, and prints how much that was as one JSON object.
///
/// # Errors
/// When the database cannot be written; what is left can be taken away later.
pub async fn load_purge(
    settings: &DatabaseSettings,
    only: Option<&LoadRun>,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let store = DatabaseStore::open(&settings.database, settings.telemetry.environment).await?;
    let gone = store.purge_load_runs(only, Clock::System.now()).await;
    store.close().await?;
    let gone = gone?;
    tracing::info!(
        runs = gone.runs.len(),
        accounts = gone.accounts,
        attempts = gone.attempts,
        "load runs were taken away"
    );
    print_line(output, &json!(gone).to_string())
}

/// Prints every load run as one JSON object per line.
///
/// # Errors
/// When the database cannot be read or the output is closed.
pub async fn load_list(
    settings: &DatabaseSettings,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let store = DatabaseStore::open_read_only(&settings.database).await?;
    let runs = store.load_runs(Clock::System.now()).await;
    store.close().await?;
    for listed in runs? {
        let (exam_id, ends_at) = listed.exam.unzip();
        let line = json!({
            "run": listed.run,
            "exam_id": exam_id,
            "created_at": written(listed.created_at),
            "ends_at": ends_at.map(written),
            "accounts": listed.accounts,
            "attempts": listed.attempts,
            "open_attempts": listed.open_attempts,
        });
        print_line(output, &line.to_string())?;
    }
    Ok(())
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
