//! Two colours as instances of one template unit: `exam-service@blue` and `exam-service@green`.

use std::time::Duration;

use provision::connections::quote;

use super::follow::{Place, journal_script};
use super::{Runner, RunnerState};
use crate::host::{Host, StepError, USUAL, said};
use crate::target::Target;
use crate::target::layout::Slot;

/// Longer than `systemctl` waits for a program to be started.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Systemd;

fn unit(slot: Slot) -> String {
    format!("exam-service@{slot}.service")
}

/// What [`parse_state`] reads, one unit after the other.
fn show_script(slots: &[Slot]) -> String {
    let units: Vec<String> = slots.iter().map(|slot| quote(&unit(*slot))).collect();
    format!(
        "systemctl show --property=Id,LoadState,ActiveState,SubState,Result,ConditionResult {}",
        units.join(" ")
    )
}

/// Runs `verb` and returns what systemd says of the unit afterwards.
fn tell(host: &mut Host<'_>, slot: Slot, verb: &str) -> Result<(RunnerState, String), StepError> {
    let limit = PATIENCE + host.target.drain_limit();
    let output = host.run(&tell_script(slot, verb), "", limit)?;
    Ok((parse_state(&output.text()), said(&output)))
}

fn tell_script(slot: Slot, verb: &str) -> String {
    let (unit, show) = (quote(&unit(slot)), show_script(&[slot]));
    // The limit on starts is for crashes, not for releases.
    format!("systemctl reset-failed {unit} 2>/dev/null; systemctl {verb} {unit} >&2; {show}")
}

fn parse_state(text: &str) -> RunnerState {
    let of = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
    };
    let line = format!(
        "{} {} ({}), result {}",
        of("Id"),
        of("ActiveState"),
        of("SubState"),
        of("Result")
    );
    match (of("LoadState"), of("ActiveState"), of("SubState")) {
        ("loaded", "active" | "deactivating" | "reloading", _) => RunnerState::Running,
        // Among them `auto-restart`: it fell, and is started again.
        ("loaded", "activating", _) => RunnerState::Starting,
        ("loaded", "inactive" | "failed", _) => RunnerState::Stopped(line),
        ("not-found", ..) => RunnerState::Unknown(format!("{} does not exist", of("Id"))),
        _ => RunnerState::Unknown(if text.is_empty() {
            "systemctl says nothing".to_owned()
        } else {
            line
        }),
    }
}

impl Runner for Systemd {
    fn start(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        match tell(host, slot, "start")? {
            (RunnerState::Running | RunnerState::Starting, _) => Ok(()),
            (RunnerState::Stopped(_), said) => Err(StepError::Gate(format!(
                "{} does not stay up: {said}",
                unit(slot)
            ))),
            // systemd itself is at fault, not what it should start.
            (RunnerState::Unknown(_), said) => Err(StepError::Failed(format!(
                "{} cannot be started: {said}",
                unit(slot)
            ))),
        }
    }

    fn stop(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        match tell(host, slot, "stop")? {
            (RunnerState::Stopped(_), _) => Ok(()),
            (_, said) => Err(StepError::Failed(format!(
                "{} does not stop: {said}",
                unit(slot)
            ))),
        }
    }

    fn start_script(&self, _target: &Target, slot: Slot) -> Option<String> {
        Some(tell_script(slot, "start"))
    }

    fn stop_script(&self, _target: &Target, slot: Slot) -> Option<String> {
        Some(tell_script(slot, "stop"))
    }

    fn states(&self, host: &mut Host<'_>, slots: &[Slot]) -> Result<Vec<RunnerState>, StepError> {
        let output = host.run(&show_script(slots), "", USUAL)?;
        let text = output.text();
        let blocks: Vec<&str> = text.split("\n\n").collect();
        Ok((0..slots.len())
            .map(|number| parse_state(blocks.get(number).unwrap_or(&"")))
            .collect())
    }

    fn follow_script(&self, _target: &Target, slot: Slot, place: &Place) -> String {
        journal_script(&unit(slot), place)
    }

    fn log(&self, host: &mut Host<'_>, slot: Slot, lines: usize) -> Result<String, StepError> {
        let script = format!(
            "timeout 20 journalctl --no-pager --output=cat --lines={lines} --unit={} 2>/dev/null; true",
            quote(&unit(slot))
        );
        Ok(host.run(&script, "", USUAL)?.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `load/active/sub`, and what it means.
    fn state(words: &str) -> &'static str {
        let mut words = words.split('/');
        let mut next = || words.next().unwrap_or_default();
        let text = format!(
            "Id=exam-service@blue.service\nLoadState={}\nActiveState={}\nSubState={}\nResult=success\n",
            next(),
            next(),
            next()
        );
        match parse_state(&text) {
            RunnerState::Running => "running",
            RunnerState::Starting => "starting",
            RunnerState::Stopped(_) => "stopped",
            RunnerState::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn the_states_of_systemd_are_understood() {
        for (words, expected) in [
            ("loaded/active/running", "running"),
            ("loaded/deactivating/stop-sigterm", "running"),
            ("loaded/activating/auto-restart", "starting"),
            ("loaded/inactive/dead", "stopped"),
            ("loaded/failed/failed", "stopped"),
            ("not-found/inactive/dead", "unknown"),
            ("masked/inactive/dead", "unknown"),
        ] {
            assert_eq!(state(words), expected, "{words}");
        }
        assert_eq!(
            parse_state(""),
            RunnerState::Unknown("systemctl says nothing".to_owned())
        );
    }
}
