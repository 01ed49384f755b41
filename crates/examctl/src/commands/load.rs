//! `examctl load run`: the generator in a process of its own, its report judged and shown here.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use goose_scenarios::{
    Credentials, LoadError, Overrides, Password, Profile, Progress, Report, RunOptions,
    StoredSource, render_junit, render_page, render_table, run_profile,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::cli::LoadRun;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, chain};
use crate::interrupt;
use crate::output::{Outcome, Printer};

use super::seeded::Seeded;

/// What the worker is told on standard input; the password travels nowhere else.
#[derive(Deserialize, Serialize)]
pub(super) struct Orders {
    pub(super) profile: String,
    pub(super) users: Option<u32>,
    pub(super) target_url: String,
    pub(super) exam_id: Option<String>,
    pub(super) logins: Vec<String>,
    pub(super) password: String,
    pub(super) ledger_path: PathBuf,
    /// Program and arguments that print what is stored; without it the server is asked over HTTP.
    pub(super) stored_answers_command: Option<Vec<String>>,
}

/// What the worker says on standard output, one object a line.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Message {
    Progress(Progress),
    Report(Box<Report>),
    Refused { message: String, exit_code: u8 },
}

pub(super) fn run(arguments: &LoadRun, printer: &Printer) -> Result<Outcome, Failure> {
    let seeded = Seeded::load(&arguments.students)?;
    let kept = [&arguments.report, &arguments.html, &arguments.junit];
    kept.into_iter()
        .flatten()
        .try_for_each(|path| check_place(path))?;
    let stored_answers_command = arguments
        .service_binary
        .as_ref()
        .zip(arguments.service_env_file.as_ref())
        .map(|(binary, env_file)| stored_answers(binary, env_file));
    let orders = Orders {
        profile: arguments.profile.clone(),
        users: arguments.users,
        target_url: arguments.target.clone(),
        exam_id: Some(seeded.exam_id),
        logins: seeded.students,
        password: seeded.password,
        ledger_path: arguments.ledger.clone(),
        stored_answers_command,
    };
    interrupt::flag()?;
    let report = run_worker(&orders, printer)?;
    let outcome = show(&report, printer);
    match keep_all(&report, arguments) {
        // The verdict of a run that is no pass is graver than a file that is missing.
        Err(failure) if report.exit_code != 0 => {
            printer.progress(&failure.message);
            Ok(outcome)
        }
        result => result.map(|()| outcome),
    }
}

/// Refuses before the run what would only fail after it.
fn check_place(path: &Path) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() && !path.is_dir() {
        return Ok(());
    }
    let shown = path.display();
    let text = format!("{shown} cannot be written: name a file in a folder that is there");
    Err(Failure::new(ExitCode::Invalid, text))
}

fn keep_all(report: &Report, arguments: &LoadRun) -> Result<(), Failure> {
    keep(arguments.report.as_deref(), || {
        serde_json::to_string_pretty(report).map_err(|error| error.to_string())
    })?;
    keep(arguments.html.as_deref(), || {
        render_page(report).map_err(|error| error.to_string())
    })?;
    keep(arguments.junit.as_deref(), || Ok(render_junit(report)))
}

/// Writes a form of the report, if it is wanted.
fn keep(
    path: Option<&Path>,
    render: impl FnOnce() -> Result<String, String>,
) -> Result<(), Failure> {
    let Some(path) = path else {
        return Ok(());
    };
    render()
        .and_then(|text| std::fs::write(path, text).map_err(|error| error.to_string()))
        .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))
}

/// The command that prints the stored answers straight from the database.
pub(super) fn stored_answers(binary: &Path, env_file: &Path) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    vec![
        text(binary),
        "--env-file".to_owned(),
        text(env_file),
        "stored-answers".to_owned(),
    ]
}

/// Prints the verdict and returns the exit code that it stands for.
pub(super) fn show(report: &Report, printer: &Printer) -> Outcome {
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

/// Runs one worker to its end.
pub(super) fn run_worker(orders: &Orders, printer: &Printer) -> Result<Report, Failure> {
    let lost = |error: &dyn std::error::Error| {
        Failure::failed(format!("the load generator could not be run: {error}"))
    };
    let mut worker = spawn_worker().map_err(|error| lost(&error))?;
    let text = serde_json::to_vec(orders).map_err(|error| lost(&error))?;
    if let Some(mut stdin) = worker.stdin.take() {
        stdin.write_all(&text).map_err(|error| lost(&error))?;
    }
    let bar = progress_bar(printer);
    let result = listen(&mut worker, &bar, printer);
    bar.finish_and_clear();
    let status = worker.wait().map_err(|error| lost(&error))?;
    result.unwrap_or_else(|| {
        Err(Failure::new(
            ExitCode::Inconclusive,
            format!("the load generator ended without a report ({status})"),
        ))
    })
}

fn spawn_worker() -> std::io::Result<Child> {
    std::process::Command::new(std::env::current_exe()?)
        .args(["load", "worker"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
}

fn progress_bar(printer: &Printer) -> ProgressBar {
    let bar = ProgressBar::new(1000);
    if !printer.is_human() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("  {bar:30} {msg}") {
        bar.set_style(style);
    }
    bar
}

fn listen(
    worker: &mut Child,
    bar: &ProgressBar,
    printer: &Printer,
) -> Option<Result<Report, Failure>> {
    let stdout = worker.stdout.take()?;
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Message::Progress(progress)) => {
                printer.record("load_progress", &progress);
                bar.set_position(permille(&progress));
                bar.set_message(format!(
                    "{} requests, {} failed, {} saves acknowledged",
                    progress.requests, progress.failed, progress.saves_acknowledged
                ));
            }
            Ok(Message::Report(report)) => return Some(Ok(*report)),
            Ok(Message::Refused { message, exit_code }) => {
                let code = match exit_code {
                    2 => ExitCode::Invalid,
                    7 => ExitCode::Inconclusive,
                    _ => ExitCode::Failed,
                };
                return Some(Err(Failure::new(code, message)));
            }
            // Something in the process wrote a line of its own; it is not ours to judge.
            Err(_) => printer.progress(&line),
        }
    }
    None
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1, in thousandths"
)]
fn permille(progress: &Progress) -> u64 {
    (progress.elapsed_seconds / progress.duration_seconds.max(0.001) * 1000.0).clamp(0.0, 1000.0)
        as u64
}

/// `examctl load worker`: orders on standard input, messages on standard output.
pub(super) fn worker() -> Outcome {
    let message = match order() {
        Ok(report) => Message::Report(Box::new(report)),
        Err((message, exit_code)) => Message::Refused { message, exit_code },
    };
    send(&message);
    Outcome::done()
}

fn order() -> Result<Report, (String, u8)> {
    let invalid = |message: String| (message, ExitCode::Invalid.number());
    let orders: Orders = serde_json::from_reader(std::io::stdin().lock())
        .map_err(|error| invalid(format!("the orders cannot be read: {error}")))?;
    let profile = Profile::load(&orders.profile)
        .and_then(|profile| {
            profile.with_overrides(&Overrides {
                users: orders.users,
                ..Overrides::default()
            })
        })
        .map_err(|error| invalid(chain(&error)))?;
    let options = RunOptions {
        target_url: orders.target_url,
        profile,
        credentials: Credentials {
            logins: orders.logins,
            password: Password::new(orders.password),
        },
        exam_id: orders.exam_id,
        ledger_path: orders.ledger_path,
        stored_source: orders
            .stored_answers_command
            .map_or(StoredSource::Http, |argv| StoredSource::Command {
                argv,
                environment: Vec::new(),
            }),
        interrupt: interrupt::flag().map_err(|failure| (failure.message, failure.code.number()))?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| (format!("no runtime: {error}"), ExitCode::Failed.number()))?;
    runtime
        .block_on(run_profile(options, |progress| {
            send(&Message::Progress(progress));
        }))
        .map_err(|error: LoadError| (chain(&error), error.exit_code()))
}

fn send(message: &Message) {
    let text = serde_json::to_string(message).unwrap_or_default();
    // Where nobody listens any more, the run ends by its own limits.
    writeln!(std::io::stdout().lock(), "{text}").ok();
}
