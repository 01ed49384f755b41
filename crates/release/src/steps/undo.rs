//! How is each step taken back? Every one may be taken back twice, or without having been done.

use std::time::{Duration, Instant};

use crate::backup::restore::in_place::{undo_close, undo_restore};
use crate::event::DeployEvent;
use crate::host::session::Session;
use crate::host::{StepError, USUAL};
use crate::journal::Begin;
use crate::runner::runner_of;
use crate::steps::Step;
use crate::steps::load::undo_load;
use crate::steps::migrate::end_own_maintenance;
use crate::steps::perform::{apply_active, apply_link};
use crate::steps::upload::clean_script;
use crate::target::layout::Slot;

const POLL: Duration = Duration::from_millis(250);
pub(crate) const CONTROL: Duration = Duration::from_secs(15);

/// Takes back the steps in the order given (the latest first), goes on past failures, and makes
/// sure that what served before serves again. Returns what did not work.
///
/// Once the new release may be the public one, the old one opens its port before anything else: where
/// it cannot, nothing is taken back and the new one goes on serving.
///
/// # Errors
/// Where somebody else holds the lock by now: then nothing more is done.
pub(crate) fn undo_steps(
    session: &mut Session<'_>,
    begin: &Begin,
    steps: &[Step],
) -> Result<Vec<String>, StepError> {
    let mut failures = Vec::new();
    if serves_first(begin, steps) {
        renew(session)?;
        if let Err(error) = still_ours(promote_old(session, begin))? {
            return Ok(vec![format!(
                "the old release does not come back, so {} stays as it is: {}",
                begin.to,
                error.reason()
            )]);
        }
    }
    for step in steps.iter().filter(|step| step.has_undo()) {
        session.emit(DeployEvent::Undoing {
            step: step.name().to_owned(),
        });
        renew(session)?;
        // With one slot, students reach what was started at once.
        let opens = if begin.to == Slot::Single {
            Step::Start
        } else {
            Step::Activate
        };
        let was_public = steps.contains(&opens);
        match still_ours(undo_step(session, begin, *step, was_public))? {
            Ok(()) => session.emit(DeployEvent::Undone {
                step: step.name().to_owned(),
            }),
            Err(error) => {
                let (name, reason) = (step.name().to_owned(), error.reason());
                failures.push(format!("{name}: {reason}"));
                session.emit(DeployEvent::StepFailed { step: name, reason });
            }
        }
    }
    if begin.was_serving
        && let Err(error) = still_ours(wait_until_serving(session, begin))?
    {
        failures.push(error.reason());
    }
    if let Some(from) = begin.from.filter(|_| steps.contains(&Step::Migrate))
        && let Err(error) = still_ours(end_own_maintenance(&mut session.host, from))?
    {
        failures.push(format!(
            "maintenance is still on (`examctl maintenance off` ends it): {}",
            error.reason()
        ));
    }
    Ok(failures)
}

/// A full disk may refuse the new lease: then the present one has to do.
fn renew(session: &mut Session<'_>) -> Result<(), StepError> {
    still_ours(session.renew(Duration::ZERO)).map(Result::unwrap_or_default)
}

/// Tells the loss of the lock, which ends everything, from a failure that is gone on past.
fn still_ours(result: Result<(), StepError>) -> Result<Result<(), StepError>, StepError> {
    match result {
        Err(StepError::LockLost(owner)) => Err(StepError::LockLost(owner)),
        other => Ok(other),
    }
}

/// Whether the old release must be public before the new one may be closed.
fn serves_first(begin: &Begin, steps: &[Step]) -> bool {
    // In a restore the old one may not run before its database is back in place.
    let is_restore = begin.restore.is_some();
    begin.was_serving && begin.to != Slot::Single && !is_restore && steps.contains(&Step::Activate)
}

fn undo_step(
    session: &mut Session<'_>,
    begin: &Begin,
    step: Step,
    was_public: bool,
) -> Result<(), StepError> {
    let runner = runner_of(session.host.target);
    match step {
        Step::Upload => {
            let partial = session.host.target.layout().partial(&begin.release);
            session
                .host
                .must_run("remove what was received", &clean_script(&partial))?;
            Ok(())
        }
        Step::Close => undo_close(session, begin),
        Step::Restore => undo_restore(session, begin, was_public),
        Step::Stop => restart_what_was_there(session, begin),
        Step::Link => apply_link(session, begin.to, begin.to_before.as_deref()),
        Step::Start => runner.stop(&mut session.host, begin.to),
        Step::Load => undo_load(session, begin),
        Step::Activate if begin.to == Slot::Single => Ok(()),
        Step::Activate => apply_active(session, begin.from),
        Step::Promote => into_standby(session, begin),
        // The old release was promoted before everything else, see `serves_first`.
        Step::Retire
        | Step::CheckSettings
        | Step::Backup
        | Step::Migrate
        | Step::Keep
        | Step::Gate
        | Step::Smoke
        | Step::Verify
        | Step::Bake => Ok(()),
    }
}

fn restart_what_was_there(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    let runner = runner_of(session.host.target);
    if begin.to == Slot::Single {
        return if begin.was_serving {
            runner.start(&mut session.host, begin.to)
        } else {
            Ok(())
        };
    }
    if begin.to_before.is_some()
        && let Err(error) = runner.start(&mut session.host, begin.to)
    {
        // The idle colour serves nobody: only the warm way back is missing.
        session.note(format!(
            "the release in {} does not start again: {}",
            begin.to,
            error.reason()
        ));
    }
    Ok(())
}

/// The new release closes its public port; one that cannot is stopped.
fn into_standby(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    let limit = session.host.target.drain_limit();
    match session.host.apply_control(begin.to, "standby", limit) {
        Err(StepError::Failed(_)) => {
            runner_of(session.host.target).stop(&mut session.host, begin.to)
        }
        other => other.map(|_| ()),
    }
}

/// The old release opens its public port again, started first if it has gone.
fn promote_old(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    let Some(from) = begin.from.filter(|_| begin.was_serving) else {
        return Ok(());
    };
    runner_of(session.host.target).start(&mut session.host, from)?;
    let started = Instant::now();
    loop {
        match session.host.apply_control(from, "promote", CONTROL) {
            Ok(_) => return Ok(()),
            Err(StepError::Failed(_)) if started.elapsed() < session.host.target.gate => {
                session.pause(POLL, false)?;
            }
            Err(error) => return Err(error),
        }
    }
}

fn wait_until_serving(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    let Some(from) = begin.from else {
        return Ok(());
    };
    let started = Instant::now();
    loop {
        let answer = match session.host.probe_status(from)? {
            Ok(status) if status.is_serving() => return Ok(()),
            Ok(status) => format!("it is {}", status.state),
            Err(reason) => reason,
        };
        if started.elapsed() > session.host.target.gate.max(USUAL / 2) {
            return Err(StepError::Failed(format!(
                "the old release on {from} does not serve: {answer}"
            )));
        }
        session.pause(POLL, false)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::journal;

    #[test]
    fn the_old_release_is_public_before_one_that_was_activated_is_closed() {
        let begin = |change: fn(&mut Begin)| {
            let deploy = journal(&["a: upload"]).unfinished().unwrap();
            let mut begin = *deploy.begin.unwrap();
            change(&mut begin);
            begin
        };
        let activated = [Step::Activate, Step::Smoke, Step::Start];
        assert!(serves_first(&begin(|_| ()), &activated));
        assert!(!serves_first(&begin(|_| ()), &activated[1..]));
        assert!(!serves_first(
            &begin(|begin| begin.was_serving = false),
            &activated
        ));
        assert!(!serves_first(
            &begin(|begin| begin.to = Slot::Single),
            &activated
        ));
    }
}
