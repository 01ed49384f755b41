//! What keeps the service running, and how is it told to start and stop?

pub(crate) mod docker;
pub(crate) mod follow;
mod pid_file;
pub mod process;
mod supervise;
pub(crate) mod supervisor;
mod systemd;

use std::time::{Duration, Instant};

use provision::connections::Connection;

use self::follow::Place;
use crate::error::DeployError;
use crate::host::{Host, StepError};
use crate::target::layout::Slot;
use crate::target::{RunnerKind, Target};

/// What the runner says of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunnerState {
    /// A process is there, or will be: readiness decides.
    Running,
    /// It is on its way up, or tries again and again: nothing may answer yet.
    Starting,
    /// Nothing runs there, and nothing will by itself.
    Stopped(String),
    /// The runner does not know this program at all.
    Unknown(String),
}

/// What the runner says of one slot.
pub(crate) fn gather_state(host: &mut Host<'_>, slot: Slot) -> Result<RunnerState, StepError> {
    let states = runner_of(host.target).states(host, &[slot])?;
    Ok(states
        .into_iter()
        .next()
        .unwrap_or_else(|| RunnerState::Unknown(String::new())))
}

/// One way of keeping a service running.
pub(crate) trait Runner {
    /// Starts what the slot's link names; does nothing where it runs.
    fn start(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError>;

    /// Stops the slot and waits until it is gone; does nothing where it is.
    fn stop(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError>;

    /// What the runner says of each of these slots, in their order.
    fn states(&self, host: &mut Host<'_>, slots: &[Slot]) -> Result<Vec<RunnerState>, StepError>;

    /// The script that [`Self::start`] runs, where that is what it does.
    fn start_script(&self, _target: &Target, _slot: Slot) -> Option<String> {
        None
    }

    /// The script that [`Self::stop`] runs, where that is what it does.
    fn stop_script(&self, _target: &Target, _slot: Slot) -> Option<String> {
        None
    }

    /// Asks for what the service's own log says from a place on, see [`follow`].
    fn follow_script(&self, target: &Target, slot: Slot, place: &Place) -> String;

    /// The last lines of the service's own log.
    fn log(&self, host: &mut Host<'_>, slot: Slot, lines: usize) -> Result<String, StepError>;

    /// Removes what the runner made of releases that have left the host.
    fn forget(&self, _host: &mut Host<'_>, _releases: &[String]) -> Result<(), StepError> {
        Ok(())
    }
}

pub(crate) fn runner_of(target: &Target) -> &'static dyn Runner {
    match target.runner {
        RunnerKind::Supervisor => &supervisor::Supervisor,
        RunnerKind::Systemd => &systemd::Systemd,
        RunnerKind::Docker => &docker::Docker,
        RunnerKind::Process => &process::Process,
    }
}

/// The end of a slot's log; what cannot be read is said instead.
pub(crate) fn gather_log(
    host: &mut Host<'_>,
    slot: Slot,
    lines: usize,
) -> Result<String, StepError> {
    let log = runner_of(host.target).log(host, slot, lines)?;
    Ok(crate::host::last_lines(&log, lines))
}

/// Stops the service of a `process` target; does nothing where it does not run.
pub fn stop_service(connection: &mut dyn Connection, target: &Target) -> Result<(), DeployError> {
    let mut host = Host::new(connection, target);
    for slot in target.slots() {
        runner_of(target)
            .stop(&mut host, *slot)
            .map_err(|error| unfinished(target, "stop", error))?;
    }
    Ok(())
}

/// Starts the release that a `process` target names and waits until it serves; does nothing where
/// it does already.
pub fn start_service(connection: &mut dyn Connection, target: &Target) -> Result<(), DeployError> {
    let mut host = Host::new(connection, target);
    for slot in target.slots() {
        start_and_wait(&mut host, *slot).map_err(|error| unfinished(target, "start", error))?;
    }
    Ok(())
}

fn start_and_wait(host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
    runner_of(host.target).start(host, slot)?;
    let started = Instant::now();
    loop {
        let answer = match host.probe_status(slot)? {
            // Of two colours one waits in standby.
            Ok(status) if status.is_serving() || slot != Slot::Single => return Ok(()),
            Ok(status) => format!("it is {}", status.state),
            Err(reason) => reason,
        };
        if started.elapsed() > host.target.gate {
            return Err(StepError::Failed(format!(
                "it was started, but does not serve: {answer}"
            )));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn unfinished(target: &Target, step: &'static str, error: StepError) -> DeployError {
    match error {
        StepError::Connection(error) => DeployError::Unreachable(error),
        error => DeployError::StepFailed {
            host: target.host.clone(),
            step,
            reason: error.reason(),
            after: "Nothing else was changed.".to_owned(),
        },
    }
}
