//! Two colours as programs of supervisor: `exam-service-blue` and `exam-service-green`.

use std::time::Duration;

use provision::connections::quote;

use super::{Runner, RunnerState};
use crate::host::{Host, StepError, said};
use crate::layout::Slot;
use crate::target::Target;

/// Longer than all of supervisor's attempts at a start, and than it takes to kill.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Supervisor;

fn program(slot: Slot) -> String {
    format!("exam-service-{slot}")
}

impl Supervisor {
    /// Runs `verb` and returns what supervisor says of the program afterwards.
    fn tell(
        &self,
        host: &mut Host<'_>,
        slot: Slot,
        verb: &str,
    ) -> Result<(RunnerState, String), StepError> {
        let ctl = &host.target.supervisorctl;
        let program = quote(&program(slot)).clone();
        let state = self.state_script(host.target, slot);
        let output = host.run(
            &format!("{ctl} {verb} {program} >&2; {state}"),
            "",
            // Supervisor waits for the drain before it kills.
            PATIENCE + host.target.drain_limit(),
        )?;
        Ok((self.parse_state(&output.text()), said(&output)))
    }
}

impl Runner for Supervisor {
    fn start(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        match self.tell(host, slot, "start")? {
            (RunnerState::Running | RunnerState::Starting, _) => Ok(()),
            (RunnerState::Stopped(_), said) => Err(StepError::Gate(format!(
                "{} does not stay up: {said}",
                program(slot)
            ))),
            // Supervisor itself is at fault, not what it should start.
            (RunnerState::Unknown(_), said) => Err(StepError::Failed(format!(
                "{} cannot be started: {said}",
                program(slot)
            ))),
        }
    }

    fn stop(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        match self.tell(host, slot, "stop")? {
            (RunnerState::Stopped(_), _) => Ok(()),
            (_, said) => Err(StepError::Failed(format!(
                "{} does not stop: {said}",
                program(slot)
            ))),
        }
    }

    fn state_script(&self, target: &Target, slot: Slot) -> String {
        format!(
            "timeout 20 {} status {} 2>&1 | tail -n 1",
            target.supervisorctl,
            program(slot)
        )
    }

    /// One call for both colours: each starts a Python interpreter.
    fn states_script(&self, target: &Target) -> String {
        let programs: Vec<String> = target.slots().iter().map(|slot| program(*slot)).collect();
        format!(
            "timeout 20 {} status {} 2>&1 | sed -e 's/^exam-service-\\([a-z]*\\)/runner \\1 &/' -e t -e 's/^/runner_error /'",
            target.supervisorctl,
            programs.join(" ")
        )
    }

    fn parse_state(&self, line: &str) -> RunnerState {
        let line = line.lines().last().unwrap_or_default().trim();
        match line.split_whitespace().nth(1) {
            Some("RUNNING" | "STOPPING") => RunnerState::Running,
            Some("STARTING" | "BACKOFF") => RunnerState::Starting,
            Some("STOPPED" | "EXITED" | "FATAL") => RunnerState::Stopped(line.to_owned()),
            _ => RunnerState::Unknown(line.to_owned()),
        }
    }

    fn log_script(&self, target: &Target, slot: Slot, lines: usize) -> String {
        // Errors are in the same log: `redirect_stderr=true`.
        format!(
            "timeout 20 {} tail -{} {} 2>/dev/null | tail -n {lines}",
            target.supervisorctl,
            lines * 400,
            program(slot)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_of_supervisor_are_understood() {
        let running = |line: &str| Supervisor.parse_state(line) == RunnerState::Running;
        assert!(running(
            "exam-service-blue   RUNNING   pid 12, uptime 0:00:05"
        ));
        for line in [
            "exam-service-blue   STARTING",
            "exam-service-blue   BACKOFF   Exited too quickly (process log may have details)",
        ] {
            assert_eq!(
                Supervisor.parse_state(line),
                RunnerState::Starting,
                "{line}"
            );
        }
        for line in [
            "exam-service-blue   FATAL   Exited too quickly (process log may have details)",
            "exam-service-blue   EXITED   Nov 20 02:08 PM",
            "exam-service-blue   STOPPED   Not started",
        ] {
            assert!(
                matches!(Supervisor.parse_state(line), RunnerState::Stopped(_)),
                "{line}"
            );
        }
        for line in [
            "exam-service-blue: ERROR (no such process)",
            "unix:///x.sock no such file",
            "",
        ] {
            assert!(
                matches!(Supervisor.parse_state(line), RunnerState::Unknown(_)),
                "{line}"
            );
        }
    }
}
