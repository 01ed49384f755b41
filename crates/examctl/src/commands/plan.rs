//! `examctl plan`, `drift` and `apply`: the same walk, printed the same way.

use std::time::Duration;

use provision::engine::{
    self, Event, FailureKind, HostReport, Recap, RunOptions, ShownChange, Steps,
};

use crate::cli::{Apply, Plan, PlaybookRun};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{Outcome, Paint, Printer};

use super::{approved, check};

pub(super) fn plan(arguments: &Plan, printer: &Printer) -> Result<Outcome, Failure> {
    let options = check::options(&arguments.playbook)?;
    let checked = check::checked(&arguments.playbook, &options)?;
    let mut steps = Steps::default();
    let recap = engine::plan(&checked, &options, &mut |event| {
        steps.note(&event);
        show(&event, printer);
    });
    let outcome = outcome(&recap, printer, "to change");
    if let (Some(path), ExitCode::Done) = (&arguments.out, outcome.code) {
        approved::keep(path, &arguments.playbook, &checked, &recap, steps, printer)?;
    }
    Ok(pending_if(arguments.detailed_exitcode, outcome, &recap))
}

/// As a plan, said as what it is: the hosts are not what the playbook says.
pub(super) fn drift(arguments: &PlaybookRun, printer: &Printer) -> Result<Outcome, Failure> {
    let options = check::options(arguments)?;
    let checked = check::checked(arguments, &options)?;
    printer.data(&format!(
        "drift from {}",
        printer.paint().strong(checked.name())
    ));
    let recap = engine::plan(&checked, &options, &mut |event| show(&event, printer));
    let outcome = outcome(&recap, printer, "drifted");
    Ok(pending_if(true, outcome, &recap))
}

fn pending_if(asked: bool, outcome: Outcome, recap: &Recap) -> Outcome {
    let pending = recap.changed() + recap.undecided() > 0;
    let code = match outcome.code {
        ExitCode::Done if pending && asked => ExitCode::Pending,
        code => code,
    };
    Outcome { code, ..outcome }
}

pub(super) fn apply(arguments: &Apply, printer: &Printer) -> Result<Outcome, Failure> {
    let (checked, options) = if let Some(path) = &arguments.plan {
        approved::load(path, &arguments.playbook)?
    } else {
        let options = check::options(&arguments.playbook)?;
        (check::checked(&arguments.playbook, &options)?, options)
    };
    let options = RunOptions {
        interrupt: interrupt::flag()?,
        revert_after: Duration::from_secs(arguments.revert_after.into()),
        ..options
    };
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
        Event::TaskWarned { task, warning, .. } => {
            format!(
                "  {} {task}\n{}",
                paint.changed("warning"),
                indent(warning, 4)
            )
        }
        Event::TaskUnchanged { task, .. } if verbose => format!("  {} {task}", paint.faint("=")),
        Event::TaskSkipped { task, because, .. } if verbose => {
            format!("  {} {task}: skipped, {because}", paint.faint("-"))
        }
        Event::TaskRetried {
            task,
            attempt,
            attempts,
            wait_ms,
            error,
            ..
        } => format!(
            "  {} {task}: waiting {} s, then attempt {attempt} of {attempts}: {}",
            paint.changed("!"),
            Duration::from_millis(*wait_ms).as_secs(),
            error.lines().next().unwrap_or_default()
        ),
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
        if let Some(script) = &host.restore_script {
            printer.data(&format!(
                "   replaced files are kept; to put them back, run on {}: {script} [PATH ...]",
                host.host
            ));
        }
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
        .field("not_started", recap.not_started())
}

fn host_line(host: &HostReport, paint: &Paint, changed: &str) -> String {
    let verdict = match host.failure.as_ref().map(|failure| failure.kind) {
        None => paint.good("ok"),
        Some(FailureKind::Unreachable) => {
            return format!("{} {}", paint.bad("not reached"), paint.strong(&host.host));
        }
        Some(FailureKind::NotStarted) => {
            return format!("{} {}", paint.bad("not begun"), paint.strong(&host.host));
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
        FailureKind::Interrupted => {
            "run the same command again: what is done stays done, and handlers that are owed run then"
        }
        FailureKind::Locked | FailureKind::Outdated => {
            "wait until that run has ended and run the same command again"
        }
        FailureKind::NotStarted => {
            "mend the hosts that failed and run the same command again, or allow more failures with 'max_fail'"
        }
        FailureKind::Lost => {
            "look whether the host is up and run the same command again: what is done stays done, what was begun \
             is looked at anew, and handlers that are owed run then"
        }
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
        // Another host's failure is the reason.
        (code, FailureKind::NotStarted) => code,
        (_, FailureKind::Interrupted) | (ExitCode::Interrupted, _) => ExitCode::Interrupted,
        (ExitCode::Done | ExitCode::Unreachable, kind) if kind.is_unreachable() => {
            ExitCode::Unreachable
        }
        (ExitCode::Locked, kind) if kind.is_unreachable() => ExitCode::Locked,
        (ExitCode::Done | ExitCode::Unreachable | ExitCode::Locked, FailureKind::Locked) => {
            ExitCode::Locked
        }
        _ => ExitCode::Failed,
    }
}
