//! How long did the cutover take? Read from the events of a deploy, which steps it has or not.

use std::time::Instant;

use crate::event::DeployEvent;
use crate::target::RunnerKind;

/// The steps that belong to a cutover; what follows (a bake) only watches.
const CUTOVER: &[&str] = &["activate", "promote", "retire", "verify"];

/// Watches one deploy or rollback.
#[derive(Debug)]
pub(super) struct Stopwatch {
    /// With the beginning of this step students may notice.
    begins_with: &'static str,
    began: Option<Instant>,
    ended: Option<Instant>,
}

impl Stopwatch {
    pub(super) fn new(runner: RunnerKind) -> Self {
        Self {
            begins_with: if runner.has_colours() {
                "activate"
            } else {
                "stop"
            },
            began: None,
            ended: None,
        }
    }

    pub(super) fn observe(&mut self, event: &DeployEvent, now: Instant) {
        match event {
            // A restore closes everything long before it activates what it started.
            DeployEvent::StepStarted { step } if step == "close" => {
                (self.began, self.ended, self.begins_with) = (Some(now), None, "close");
            }
            DeployEvent::StepStarted { step } if step == self.begins_with => {
                (self.began, self.ended) = (Some(now), None);
            }
            DeployEvent::StepDone { step, .. } if CUTOVER.contains(&step.as_str()) => {
                self.ended = Some(now);
            }
            _ => {}
        }
    }

    /// In milliseconds; `None` where there was none.
    pub(super) fn cutover_ms(&self) -> Option<u64> {
        let length = self.ended?.checked_duration_since(self.began?)?;
        u64::try_from(length.as_millis()).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Steps that begin and end a second apart, one after the other.
    fn cutover(runner: RunnerKind, steps: &str) -> Option<u64> {
        let mut stopwatch = Stopwatch::new(runner);
        let mut now = Instant::now();
        for step in steps.split(' ').map(str::to_owned) {
            let started = DeployEvent::StepStarted { step: step.clone() };
            stopwatch.observe(&started, now);
            now += Duration::from_secs(1);
            stopwatch.observe(&DeployEvent::StepDone { step, took_ms: 0 }, now);
        }
        stopwatch.cutover_ms()
    }

    #[test]
    fn a_cutover_lasts_from_what_students_may_notice_until_they_are_answered() {
        use RunnerKind::{Process, Supervisor};
        for (runner, steps, expected) in [
            (
                Supervisor,
                "stop start gate activate promote retire verify bake",
                Some(4000),
            ),
            (Supervisor, "gate activate promote verify", Some(3000)),
            (
                Supervisor,
                "close keep restore activate promote verify",
                Some(6000),
            ),
            (
                Process,
                "upload stop link start gate smoke activate",
                Some(6000),
            ),
            (Supervisor, "upload stop start gate", None),
            // What an interrupted run left is finished first: that one does not count.
            (
                Supervisor,
                "activate promote upload activate promote verify",
                Some(3000),
            ),
        ] {
            assert_eq!(cutover(runner, steps), expected, "{steps}");
        }
    }
}
