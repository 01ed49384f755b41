//! `examctl deploy`: one release, host after host; the first that fails stops the rest.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use release::{DeployError, DeployEvent, DeployOptions, Deployed, GateFigure, GateVerdict, deploy};

use crate::cli::{Deploy, Global};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{Outcome, Paint, Printer};

use super::site;

pub(super) fn run(
    arguments: &Deploy,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    confirm_during_exam(arguments.during_exam, global)?;
    let artifact = super::release::open(&arguments.artifact)?;
    let hosts = site::hosts(&arguments.hosts)?;
    let mut options = options()?;
    options.during_exam = arguments.during_exam;
    options.bake = arguments.proving.bake;
    options.allow_contract = arguments.proving.allow_contract;
    options
        .pause_before_step
        .clone_from(&arguments.pause_before);
    let targets = hosts
        .iter()
        .map(site::target)
        .collect::<Result<Vec<_>, _>>()?;
    let mut changed = 0;
    for (host, target) in hosts.iter().zip(&targets) {
        heading(&host.name, &artifact.manifest.id, printer);
        let mut connection = site::connect(host, &arguments.hosts)?;
        let deployed = deploy(
            connection.as_mut(),
            target,
            &artifact,
            &options,
            &mut |event| show(&event, printer),
        )
        .map_err(|error| failure(&error))?;
        finished(&deployed, printer);
        changed += i32::from(deployed.changed);
    }
    Ok(Outcome::done()
        .field("release", artifact.manifest.id.clone())
        .field("hosts", hosts.len())
        .field("changed", changed)
        .field("failed", 0))
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

pub(super) fn heading(host: &str, release: &str, printer: &Printer) {
    printer.progress(&printer.paint().strong(&format!("{host}: {release}")));
}

/// One event of a deploy or rollback.
pub(super) fn show(event: &DeployEvent, printer: &Printer) {
    printer.record("deploy_event", &serde_json::json!({ "event": event }));
    let paint = printer.paint();
    let line = match event {
        DeployEvent::StepStarted { .. }
        | DeployEvent::Progress { .. }
        | DeployEvent::Finished { .. } => return,
        DeployEvent::StepDone { step, took_ms } => {
            let took = paint.faint(&format!(
                "{:>7.2} s",
                Duration::from_millis(*took_ms).as_secs_f64()
            ));
            format!("  {} {step:<15} {took}", paint.good("ok"))
        }
        DeployEvent::StepFailed { step, reason } => {
            format!("  {} {step:<15} {reason}", paint.bad("failed"))
        }
        DeployEvent::Undoing { step } => format!("  {} {step}", paint.changed("undoing")),
        DeployEvent::Undone { step } => format!("  {} {step}", paint.changed("undone")),
        DeployEvent::Gate { figure, .. } => gate_line(figure, paint),
        DeployEvent::Note { text } => format!("  {text}"),
    };
    printer.progress(line.trim_end());
}

/// A figure beside its limit; what was not judged says so.
fn gate_line(figure: &GateFigure, paint: &Paint) -> String {
    let word = figure.verdict.word();
    let word = match figure.verdict {
        GateVerdict::Passed => paint.good(word),
        GateVerdict::Failed => paint.bad(word),
        GateVerdict::NotJudged => paint.changed(word),
    };
    format!(
        "     {:<18} {} (limit: {}) {word}",
        figure.name, figure.value, figure.limit
    )
}

pub(super) fn finished(deployed: &Deployed, printer: &Printer) {
    printer.record("deployed", deployed);
    let paint = printer.paint();
    let line = if deployed.changed {
        let previous = deployed.previous.as_deref().map_or_else(String::new, |id| {
            format!(
                " (before: {id}{})",
                if deployed.warm { ", still warm" } else { "" }
            )
        });
        format!(
            "{} {} serves {}{previous}",
            paint.good("done"),
            deployed.host,
            deployed.release
        )
    } else {
        format!(
            "{} {} serves {} already; nothing was changed",
            paint.good("done"),
            deployed.host,
            deployed.release
        )
    };
    printer.data(&line);
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
