//! `examctl plan` and `examctl apply`: the same walk, printed the same way.

use std::time::Duration;

use provision::engine::{self, Event, FailureKind, HostReport, Recap, ShownChange};

use crate::cli::{Plan, PlaybookRun};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::check;

pub(super) fn plan(arguments: &Plan, printer: &Printer) -> Result<Outcome, Failure> {
    let options = check::options(&arguments.playbook)?;
    let checked = check::checked(&arguments.playbook, &options)?;
    let recap = engine::plan(&checked, &options, &mut |event| show(&event, printer));
    let pending = recap.changed() + recap.undecided() > 0;
    let outcome = outcome(&recap, printer, "to change");
    let code = match outcome.code {
        ExitCode::Done if pending && arguments.detailed_exitcode => ExitCode::Pending,
        code => code,
    };
    Ok(Outcome { code, ..outcome })
}

pub(super) fn apply(arguments: &PlaybookRun, printer: &Printer) -> Result<Outcome, Failure> {
    let options = check::options(arguments)?;
    let checked = check::checked(arguments, &options)?;
    let recap = engine::apply(&checked, &options, &mut |event| show(&event, printer));
    Ok(outcome(&recap, printer, "changed"))
}

fn show(event: &Event, printer: &Printer) {
    printer.record("provision_event", &serde_json::json!({ "event": event }));
    if let Some(text) = text(event, printer.paint(), printer.is_verbose()) {
        printer.data(&text);
    }
}

/// What a person sees of an event; unchanged tasks only when asked for.
fn text(event: &Event, paint: &Paint, verbose: bool) -> Option<String> {
    Some(match event {
        Event::HostStarted { host, connection } => {
            format!(
                "{} {}",
                paint.strong(host),
                paint.faint(&format!("({connection})"))
            )
        }
        Event::TaskPlanned { task, changes, .. } | Event::TaskApplied { task, changes, .. } => {
            changed(task, changes, paint)
        }
        Event::TaskUndecided { task, because, .. } => {
            format!(
                "  {} {task}: decided when applied, {because}",
                paint.changed("?")
            )
        }
        Event::TaskUnchanged { task, .. } if verbose => format!("  {} {task}", paint.faint("=")),
        Event::TaskSkipped { task, because, .. } if verbose => {
            format!("  {} {task}: skipped, {because}", paint.faint("-"))
        }
        Event::TaskFailed { task, error, .. } => {
            format!("  {} {task}\n{}", paint.bad("failed"), indent(error, 4))
        }
        Event::HandlerPlanned {
            handler, because, ..
        } => {
            format!("  {} handler {handler}: {because}", paint.changed("~"))
        }
        Event::HandlerRan { handler, .. } => format!("  {} handler {handler}", paint.changed("~")),
        Event::TaskUnchanged { .. } | Event::TaskSkipped { .. } | Event::HostFinished { .. } => {
            return None;
        }
    })
}

fn changed(task: &str, changes: &[ShownChange], paint: &Paint) -> String {
    let mut text = format!("  {} {task}", paint.changed("~"));
    for change in changes {
        text = format!("{text}\n      {}", change.summary);
        if let Some(diff) = &change.diff {
            text = format!("{text}\n{}", indent(&paint.diff(diff), 8));
        }
    }
    text
}

fn indent(text: &str, spaces: usize) -> String {
    let lines = text.lines().map(|line| format!("{:spaces$}{line}", ""));
    lines.collect::<Vec<_>>().join("\n")
}

/// The table at the end, and the exit code that it means.
fn outcome(recap: &Recap, printer: &Printer, changed: &str) -> Outcome {
    let mut code = ExitCode::Done;
    for host in &recap.hosts {
        printer.data(&host_line(host, printer.paint(), changed));
        if let Some(failure) = &host.failure {
            code = worse(code, failure.kind);
            let error = printer.paint().bad("error:");
            printer.progress(&format!("{error} {}: {}", host.host, failure.message));
            printer.progress(&format!(
                "{} {}",
                printer.paint().strong("next:"),
                next(failure.kind)
            ));
        }
    }
    Outcome::with(code)
        .field("hosts", recap.hosts.len())
        .field("changed", recap.changed())
        .field("undecided", recap.undecided())
        .field("failed", recap.failed())
}

fn host_line(host: &HostReport, paint: &Paint, changed: &str) -> String {
    let verdict = match host.failure.as_ref().map(|failure| failure.kind) {
        None => paint.good("ok"),
        Some(FailureKind::Unreachable) => {
            return format!("{} {}", paint.bad("not reached"), paint.strong(&host.host));
        }
        Some(_) => paint.bad("failed"),
    };
    let undecided = match host.undecided {
        0 => String::new(),
        count => format!(", {count} decided when applied"),
    };
    format!(
        "{verdict} {}: {} {changed}{undecided}, {} as wanted, {} skipped, {} handlers, {:.2} s",
        paint.strong(&host.host),
        host.changed,
        host.unchanged,
        host.skipped,
        host.handlers,
        Duration::from_millis(host.duration_ms).as_secs_f64(),
    )
}

fn next(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Locked => "wait until that run has ended and run the same command again",
        FailureKind::Unreachable => {
            "nothing was changed there; mend what is named above and run the same command again"
        }
        _ => {
            "mend what is named above and run the same command again: what is done stays done, and handlers \
             that are owed run then"
        }
    }
}

/// A failed task outweighs a lock, and that a host that could not be reached.
fn worse(code: ExitCode, kind: FailureKind) -> ExitCode {
    match (code, kind) {
        (ExitCode::Done | ExitCode::Unreachable, FailureKind::Unreachable) => ExitCode::Unreachable,
        (ExitCode::Done | ExitCode::Unreachable | ExitCode::Locked, FailureKind::Locked)
        | (ExitCode::Locked, FailureKind::Unreachable) => ExitCode::Locked,
        _ => ExitCode::Failed,
    }
}
