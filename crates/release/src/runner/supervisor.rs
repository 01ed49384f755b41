//! Two colours as programs of supervisor: `exam-service-blue` and `exam-service-green`.

use std::time::Duration;

use provision::connections::quote;

use super::follow::{Place, file_script};
use super::{Runner, RunnerState};
use crate::host::{Host, StepError, USUAL, said};
use crate::target::Target;
use crate::target::layout::Slot;

/// Longer than all of supervisor's attempts at a start, and than it takes to kill.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Supervisor;

fn program(slot: Slot) -> String {
    format!("exam-service-{slot}")
}

/// Runs `verb` and returns what supervisor says of the program afterwards.
fn tell(host: &mut Host<'_>, slot: Slot, verb: &str) -> Result<(RunnerState, String), StepError> {
    let output = host.run(
        &tell_script(host.target, slot, verb),
        "",
        // Supervisor waits for the drain before it kills.
        PATIENCE + host.target.drain_limit(),
    )?;
    Ok((parse_state(&output.text()), said(&output)))
}

fn tell_script(target: &Target, slot: Slot, verb: &str) -> String {
    let ctl = &target.supervisorctl;
    let program = quote(&program(slot)).clone();
    format!("{ctl} {verb} {program} >&2; timeout 20 {ctl} status {program} 2>&1 | tail -n 1")
}

pub(crate) fn parse_state(line: &str) -> RunnerState {
    let line = line.lines().last().unwrap_or_default().trim();
    match line.split_whitespace().nth(1) {
        Some("RUNNING" | "STOPPING") => RunnerState::Running,
        Some("STARTING" | "BACKOFF") => RunnerState::Starting,
        Some("STOPPED" | "EXITED" | "FATAL") => RunnerState::Stopped(line.to_owned()),
        _ => RunnerState::Unknown(line.to_owned()),
    }
}

impl Runner for Supervisor {
    fn start(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        match tell(host, slot, "start")? {
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
        match tell(host, slot, "stop")? {
            (RunnerState::Stopped(_), _) => Ok(()),
            (_, said) => Err(StepError::Failed(format!(
                "{} does not stop: {said}",
                program(slot)
            ))),
        }
    }

    fn start_script(&self, target: &Target, slot: Slot) -> Option<String> {
        Some(tell_script(target, slot, "start"))
    }

    fn stop_script(&self, target: &Target, slot: Slot) -> Option<String> {
        Some(tell_script(target, slot, "stop"))
    }

    /// One call for all slots: each starts a Python interpreter.
    fn states(&self, host: &mut Host<'_>, slots: &[Slot]) -> Result<Vec<RunnerState>, StepError> {
        let programs: Vec<String> = slots.iter().map(|slot| program(*slot)).collect();
        let ctl = &host.target.supervisorctl;
        let script = format!("timeout 20 {ctl} status {} 2>&1; true", programs.join(" "));
        let text = host.run(&script, "", USUAL)?.text();
        Ok(programs
            .iter()
            .map(|program| parse_state(line_of(&text, program)))
            .collect())
    }

    fn follow_script(&self, _target: &Target, slot: Slot, place: &Place) -> String {
        // As the template of the program has it; `supervisorctl tail` would not say where it stands.
        let path = format!("/var/log/supervisor/{}.log", program(slot));
        file_script(&path, place)
    }

    fn log(&self, host: &mut Host<'_>, slot: Slot, lines: usize) -> Result<String, StepError> {
        // Errors are in the same log: `redirect_stderr=true`.
        let script = format!(
            "timeout 20 {} tail -{} {} 2>/dev/null | tail -n {lines}",
            host.target.supervisorctl,
            lines * 400,
            program(slot)
        );
        Ok(host.run(&script, "", USUAL)?.text())
    }
}

/// What is said of one program; where it is not named, all that is said.
fn line_of<'t>(text: &'t str, program: &str) -> &'t str {
    let names = |line: &&str| {
        let name = line.split_whitespace().next().unwrap_or_default();
        name.trim_end_matches(':') == program
    };
    text.lines().find(names).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_of_supervisor_are_understood() {
        let running = |line: &str| parse_state(line) == RunnerState::Running;
        assert!(running(
            "exam-service-blue   RUNNING   pid 12, uptime 0:00:05"
        ));
        for line in [
            "exam-service-blue   STARTING",
            "exam-service-blue   BACKOFF   Exited too quickly (process log may have details)",
        ] {
            assert_eq!(parse_state(line), RunnerState::Starting, "{line}");
        }
        for line in [
            "exam-service-blue   FATAL   Exited too quickly (process log may have details)",
            "exam-service-blue   EXITED   Nov 20 02:08 PM",
            "exam-service-blue   STOPPED   Not started",
        ] {
            assert!(
                matches!(parse_state(line), RunnerState::Stopped(_)),
                "{line}"
            );
        }
        for line in [
            "exam-service-blue: ERROR (no such process)",
            "unix:///x.sock no such file",
            "",
        ] {
            assert!(
                matches!(parse_state(line), RunnerState::Unknown(_)),
                "{line}"
            );
        }
    }
}
