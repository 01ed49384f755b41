//! Carries out one plan: note, do, and on any failure take everything back.

use crate::error::DeployError;
use crate::event::DeployEvent;
use crate::host::StepError;
use crate::host::session::Session;
use crate::journal::{Begin, Entry, Outcome};
use crate::runner::gather_log;
use crate::steps::Step;
use crate::steps::perform::{Work, apply_step};
use crate::steps::undo::undo_steps;

const LOG_LINES: usize = 15;
const REASON_MAX_CHARS: usize = 1000;
const ADVICE: &str = "look at `examctl status` and `examctl logs`, mend what is named above, then run the same command again: it goes on from the journal";

/// Does `steps` after `done`, then notes that the release is good; or undoes all of them.
pub(crate) fn execute(
    session: &mut Session<'_>,
    deploy: &str,
    work: &Work<'_>,
    done: &[Step],
    steps: &[Step],
) -> Result<(), DeployError> {
    let mut reached = done.to_vec();
    for &step in steps {
        reached.push(step);
        if let Err(error) = attempt(session, deploy, work, step) {
            return Err(give_up(session, deploy, work, &reached, error));
        }
    }
    let end = Entry::End {
        outcome: Outcome::Good,
    };
    if let Err(error) = session.append(deploy, end) {
        return Err(lost(session, "the end", error));
    }
    session.emit(DeployEvent::Finished {
        release: work.begin.release.clone(),
        outcome: "good".to_owned(),
    });
    Ok(())
}

fn attempt(
    session: &mut Session<'_>,
    deploy: &str,
    work: &Work<'_>,
    step: Step,
) -> Result<(), StepError> {
    let interruptible = work.interruptible && step.is_interruptible();
    pause_here(session, step);
    if interruptible && session.options.is_interrupted() {
        return Err(StepError::Interrupted);
    }
    session.append(deploy, Entry::Step { step })?;
    let result = session.phase(step.name(), |session| {
        let work = Work {
            interruptible,
            ..*work
        };
        apply_step(session, &work, step)
    });
    match result {
        // A program that the same Ctrl-C ended is not at fault.
        Err(StepError::Failed(_) | StepError::Gate(_))
            if interruptible && session.options.is_interrupted() =>
        {
            Err(StepError::Interrupted)
        }
        other => other,
    }
}

/// Where a test asked to stand still, it does so until it is interrupted or killed.
fn pause_here(session: &mut Session<'_>, step: Step) {
    if session.options.pause_before_step.as_deref() != Some(step.name()) {
        return;
    }
    session.note(format!("paused before {step}"));
    while !session.options.is_interrupted() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Adds the end of the service's own log for the person who deploys: it may hold what is none of the
/// business of everybody who reads the journal.
fn with_log(session: &mut Session<'_>, work: &Work<'_>, step: Step, error: StepError) -> StepError {
    let reason = match error {
        StepError::Gate(reason) if step != Step::CheckSettings => reason,
        other => return other,
    };
    StepError::Gate(
        match gather_log(&mut session.host, work.begin.to, LOG_LINES) {
            Ok(log) if !log.is_empty() => {
                format!(
                    "{reason}\n  the end of its log:\n    {}",
                    log.replace('\n', "\n    ")
                )
            }
            _ => reason,
        },
    )
}

/// Undoes what was reached and says how that went.
fn give_up(
    session: &mut Session<'_>,
    deploy: &str,
    work: &Work<'_>,
    reached: &[Step],
    error: StepError,
) -> DeployError {
    let step = reached.last().copied().unwrap_or(Step::Upload);
    let host = session.host.target.host.clone();
    if let StepError::LockLost(_) = error {
        return lost(session, step.name(), error);
    }
    // Only a gate speaks of the release; the rest of the host, the network or the moment.
    let blame = matches!(error, StepError::Gate(_));
    let reason: String = error.reason().chars().take(REASON_MAX_CHARS).collect();
    let undo = Entry::Undo {
        step,
        reason,
        blame,
    };
    if let Err(unwritten) = session.append(deploy, undo) {
        return lost(session, step.name(), pick_connection(error, unwritten));
    }
    let error = with_log(session, work, step, error);
    let mut backwards = reached.to_vec();
    backwards.reverse();
    let failures = match undo_steps(session, work.begin, &backwards) {
        Ok(failures) => failures,
        Err(lock_lost) => return lost(session, step.name(), lock_lost),
    };
    if !failures.is_empty() {
        let reason = format!("step `{step}` failed: {}", error.reason());
        return DeployError::NeedsAttention {
            host,
            reason,
            failures,
            advice: ADVICE.to_owned(),
        };
    }
    if let Err(unwritten) = session.append(
        deploy,
        Entry::End {
            outcome: Outcome::Undone,
        },
    ) {
        return lost(session, step.name(), unwritten);
    }
    let release = work.begin.release.clone();
    session.emit(DeployEvent::Finished {
        release: release.clone(),
        outcome: "undone".to_owned(),
    });
    let after = what_is_left(work);
    let step = step.name();
    match error {
        StepError::Interrupted => DeployError::Interrupted { host, step, after },
        StepError::Gate(reason) => DeployError::GateFailed {
            host,
            release,
            step,
            reason,
            after,
        },
        error => DeployError::StepFailed {
            host,
            step,
            reason: error.reason(),
            after,
        },
    }
}

/// Undoes an interrupted deploy of an earlier run.
pub(crate) fn undo_unfinished(
    session: &mut Session<'_>,
    deploy: &str,
    begin: &Begin,
    steps: &[Step],
    undo_is_noted: bool,
) -> Result<(), DeployError> {
    let step = steps.first().copied().unwrap_or(Step::Upload);
    let host = session.host.target.host.clone();
    if !undo_is_noted {
        let undo = Entry::Undo {
            step,
            reason: "it was interrupted".to_owned(),
            blame: false,
        };
        session
            .append(deploy, undo)
            .map_err(|error| lost(session, "recover", error))?;
    }
    let failures = undo_steps(session, begin, steps)
        .map_err(|lock_lost| lost(session, "recover", lock_lost))?;
    if !failures.is_empty() {
        let reason = format!("release {} was interrupted at `{step}`", begin.release);
        return Err(DeployError::NeedsAttention {
            host,
            reason,
            failures,
            advice: ADVICE.to_owned(),
        });
    }
    let end = Entry::End {
        outcome: Outcome::Undone,
    };
    session
        .append(deploy, end)
        .map_err(|error| lost(session, "recover", error))
}

fn what_is_left(work: &Work<'_>) -> String {
    match (&work.begin.previous, work.begin.was_serving) {
        (Some(previous), true) => {
            format!("Everything is undone; release {previous} serves as before.")
        }
        _ => "Everything is undone; no release served before, and none does now.".to_owned(),
    }
}

/// The end of what this process can do: the journal says where the next run goes on.
fn lost(session: &Session<'_>, step: &'static str, error: StepError) -> DeployError {
    let host = session.host.target.host.clone();
    match error {
        StepError::Connection(source) => DeployError::Lost { host, step, source },
        StepError::LockLost(owner) => DeployError::LockLost { host, step, owner },
        error => DeployError::NeedsAttention {
            host,
            reason: format!("stopped at `{step}`: {}", error.reason()),
            failures: vec!["nothing was undone".to_owned()],
            advice: ADVICE.to_owned(),
        },
    }
}

/// The error that says more about a host that is gone.
fn pick_connection(first: StepError, second: StepError) -> StepError {
    if matches!(first, StepError::Connection(_)) {
        first
    } else {
        second
    }
}
