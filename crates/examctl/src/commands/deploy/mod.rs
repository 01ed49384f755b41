//! `examctl deploy`: one release to all hosts of a run, canaries first.

mod dry_run;
mod fleet;
mod recap;
mod show;
mod telling;

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use release::report::ReleaseReport;
use release::{DeployError, DeployOptions, Generator, Wish};

use crate::cli::{Deploy, Global};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{Outcome, Printer};

pub(super) use self::fleet::{Job, run as run_fleet};
pub(super) use self::recap::table;
pub(super) use self::show::{finished, heading, show};
use super::site;

pub(super) fn run(
    arguments: &Deploy,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    if !arguments.fleet.dry_run {
        confirm_during_exam(arguments.during_exam, global)?;
    }
    let targets = site::hosts(&arguments.hosts)?
        .iter()
        .map(site::target)
        .collect::<Result<Vec<_>, _>>()?;
    let artifact = super::release::open_trusted(&arguments.artifact, &targets, printer)?;
    let mut options = options()?;
    options.during_exam = arguments.during_exam;
    options.retry_failed = arguments.retry_failed;
    options.bake = arguments.proving.bake;
    options.load_gate.clone_from(&arguments.proving.load_gate);
    let waits_for_load = |target| options.load_profile(target).is_some();
    if targets.iter().any(waits_for_load) {
        options.generator = Some(Arc::new(generator()?));
    }
    options.allow_contract = arguments.proving.allow_contract;
    options
        .pause_before_step
        .clone_from(&arguments.pause_before);
    let job = Job {
        wish: Wish::Deploy(&artifact),
        release: Some(ReleaseReport::of(&artifact)),
        hosts: &arguments.hosts,
        fleet: &arguments.fleet,
        options,
    };
    run_fleet(&job, printer)
}

/// Whoever switches under open attempts says so twice: by the flag, and here or by `--yes`.
pub(super) fn confirm_during_exam(during_exam: bool, global: &Global) -> Result<(), Failure> {
    const WORD: &str = "during exam";
    if !during_exam || global.yes {
        return Ok(());
    }
    let refused = |reason: &str| {
        Failure::invalid(format!("--during-exam was not confirmed: {reason}"))
            .hint("add --yes, or leave the flag out to be refused while attempts are open")
    };
    if !std::io::stdin().is_terminal() {
        return Err(refused("there is nobody to ask"));
    }
    let question = format!("Students may be writing. Type `{WORD}` to switch all the same: ");
    let mut answer = String::new();
    std::io::stderr()
        .write_all(question.as_bytes())
        .and_then(|()| std::io::stdin().read_line(&mut answer))
        .map_err(|error| refused(&error.to_string()))?;
    if answer.trim() == WORD {
        return Ok(());
    }
    Err(refused("that was something else"))
}

/// Options with this user's name and Ctrl-C connected.
pub(super) fn options() -> Result<DeployOptions, Failure> {
    let mut options = DeployOptions::new(site::who());
    options.interrupt = Arc::clone(&interrupt::flag()?);
    Ok(options)
}

/// What makes load on hosts: this very program.
fn generator() -> Result<Generator, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::failed(format!(
            "this program cannot be sent to hosts as the load generator, since it does not find itself: {error}"
        ))
        .hint("deploy without this gate: --load-gate off")
    })?;
    Generator::read(&program).map_err(|error| Failure::failed(error.to_string()))
}

pub(super) fn failure(error: &DeployError) -> Failure {
    let code = match error.exit_code() {
        2 => ExitCode::Invalid,
        4 => ExitCode::Gate,
        5 => ExitCode::Unreachable,
        6 => ExitCode::Locked,
        130 => ExitCode::Interrupted,
        _ => ExitCode::Failed,
    };
    Failure::new(code, error.to_string())
}
