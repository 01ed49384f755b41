//! `examctl load run`: a run from its profile to its verdict.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use goose_scenarios::{
    Chaos, Credentials, LeadOptions, LoadError, Overrides, Password, Permission, ProfileSource,
    Report, StoredSource, lead, new_run_id, render_table,
};

use crate::cli::LoadRun;
use crate::commands::seeded::Seeded;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, chain};
use crate::interrupt;
use crate::output::{Outcome, Printer};

use super::generators::Generators;
use super::keep::Kept;
use super::live::View;

pub(super) fn run(arguments: &LoadRun, printer: &Printer) -> Result<Outcome, Failure> {
    let seeded = Seeded::load(&arguments.students)?;
    let source = find(&arguments.profile)?;
    let run_id = run_id(arguments.run_id.as_deref(), &arguments.profile)?;
    let options = options(arguments, source, &run_id, seeded)?;
    // What is wrong with a profile is said before any folder is made or any host is met.
    options
        .source
        .parse(&options.overrides)
        .map_err(|error| Failure::invalid(chain(&error)))?;
    let kept = Kept::create(&arguments.kept.results, &run_id)?;
    let generators = match &arguments.from {
        None => Generators::local(kept.folder())?,
        Some(hosts) => {
            Generators::on_hosts(hosts, &arguments.hosts, &run_id, kept.folder(), printer)?
        }
    };
    let report = run_and_close(&options, generators, printer).inspect_err(|_| kept.discard())?;
    let outcome = show(&report, printer);
    match kept.write(&report) {
        Ok(()) => printer.progress(&format!("kept in {}", kept.folder().display())),
        // The verdict of a run that is no pass is graver than a file that is missing.
        Err(failure) if report.exit_code != 0 => printer.progress(&failure.message),
        Err(failure) => return Err(failure),
    }
    Ok(outcome.field("run_id", run_id))
}

fn find(profile: &str) -> Result<ProfileSource, Failure> {
    ProfileSource::find(profile).map_err(|error| Failure::invalid(chain(&error)))
}

/// What is given, or a new one; it is a folder's name.
fn run_id(given: Option<&str>, profile: &str) -> Result<String, Failure> {
    let Some(given) = given else {
        let stem = Path::new(profile)
            .file_stem()
            .and_then(std::ffi::OsStr::to_str);
        return Ok(new_run_id(stem.unwrap_or("run")));
    };
    let is_name = (1..=64).contains(&given.len())
        && given
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if is_name {
        return Ok(given.to_owned());
    }
    Err(Failure::invalid(format!(
        "--run-id {given}: use 1 to 64 letters, digits and hyphens"
    )))
}

fn options(
    arguments: &LoadRun,
    source: ProfileSource,
    run_id: &str,
    seeded: Seeded,
) -> Result<LeadOptions, Failure> {
    let by_command = arguments
        .service_binary
        .as_ref()
        .zip(arguments.service_env_file.as_ref());
    let shell = |command: &String| Chaos {
        argv: vec!["sh".to_owned(), "-c".to_owned(), command.clone()],
    };
    Ok(LeadOptions {
        run_id: run_id.to_owned(),
        source,
        overrides: Overrides {
            users: arguments.users,
            seed: arguments.seed,
        },
        target: arguments.target.clone(),
        stored_source: by_command.map_or(StoredSource::Http, |(binary, env_file)| {
            stored_answers(binary, env_file, &seeded.exam_id)
        }),
        exam_id: Some(seeded.exam_id),
        credentials: Credentials {
            logins: seeded.students,
            password: Password::new(seeded.password),
        },
        permission: Permission {
            production: arguments.production.clone(),
            beside_exams: arguments.beside_exams,
        },
        chaos: arguments.kill.as_ref().map(shell),
        restart: arguments.restart.as_ref().map(shell),
        metrics_url: arguments
            .metrics
            .clone()
            .or_else(|| own_metrics(&arguments.target)),
        interrupt: interrupt::flag()?,
    })
}

/// The service shows its metrics to its own machine alone.
fn own_metrics(target: &str) -> Option<String> {
    let host = target.strip_prefix("http://")?;
    let is_here = ["127.", "localhost", "[::1]"]
        .iter()
        .any(|name| host.starts_with(name));
    is_here.then(|| format!("{}/metrics", target.trim_end_matches('/')))
}

/// The command that prints the stored answers of an exam straight from the database.
fn stored_answers(binary: &Path, env_file: &Path, exam: &str) -> StoredSource {
    let text = |path: &Path| path.display().to_string();
    let words = [
        "--env-file",
        &text(env_file),
        "stored-answers",
        "--exam",
        exam,
    ];
    let mut argv = vec![text(binary)];
    argv.extend(words.map(str::to_owned));
    StoredSource::Command {
        argv,
        environment: Vec::new(),
    }
}

fn run_and_close(
    options: &LeadOptions,
    mut generators: Generators,
    printer: &Printer,
) -> Result<Report, Failure> {
    let view = View::new(printer);
    let outcome = lead(options, generators.links(), &mut |live| view.show(&live));
    view.finish();
    generators.close(printer);
    outcome.map_err(|error| failure(&error))
}

fn failure(error: &LoadError) -> Failure {
    let code = match error.exit_code() {
        2 => ExitCode::Invalid,
        7 => ExitCode::Inconclusive,
        _ => ExitCode::Failed,
    };
    Failure::new(code, chain(error))
}

/// Prints the verdict and returns the exit code that it stands for.
fn show(report: &Report, printer: &Printer) -> Outcome {
    printer.record("load_report", report);
    printer.data(&render_table(report));
    let code = match report.exit_code {
        0 => ExitCode::Done,
        4 => ExitCode::Gate,
        7 => ExitCode::Inconclusive,
        8 => ExitCode::Correctness,
        _ => ExitCode::Failed,
    };
    let json = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
    Outcome::with(code)
        .field("verdict", json(serde_json::to_value(report.verdict)))
        .field(
            "correctness",
            json(serde_json::to_value(&report.correctness)),
        )
}

/// What the demo shows: `smoke` against the server that it made.
pub(in crate::commands) struct Demonstration<'a> {
    pub(in crate::commands) target: String,
    pub(in crate::commands) seeded: Seeded,
    pub(in crate::commands) service: &'a Path,
    pub(in crate::commands) env_file: &'a Path,
    /// Where ledger and report are kept.
    pub(in crate::commands) results: &'a Path,
    pub(in crate::commands) interrupt: Arc<AtomicBool>,
}

/// A run of `smoke` for people who look on.
pub(in crate::commands) fn demonstrate(
    demonstration: Demonstration<'_>,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    let Demonstration { seeded, target, .. } = demonstration;
    let run_id = new_run_id("smoke");
    let kept = Kept::create(demonstration.results, &run_id)?;
    let options = LeadOptions {
        run_id,
        source: find("smoke")?,
        overrides: Overrides::default(),
        metrics_url: own_metrics(&target),
        target,
        stored_source: stored_answers(
            demonstration.service,
            demonstration.env_file,
            &seeded.exam_id,
        ),
        exam_id: Some(seeded.exam_id),
        credentials: Credentials {
            logins: seeded.students,
            password: Password::new(seeded.password),
        },
        permission: Permission::default(),
        chaos: None,
        restart: None,
        interrupt: demonstration.interrupt,
    };
    let report = run_and_close(&options, Generators::local(kept.folder())?, printer)?;
    kept.write(&report)?;
    Ok(show(&report, printer))
}
