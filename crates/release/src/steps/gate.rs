//! Has the new release proved itself? N good readiness answers in a row, before a deadline.
//!
//! Pure: whoever probes says what came back and how much time has passed.

use std::time::Duration;

use crate::runner::RunnerState;

/// One look at the new release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) ready: bool,
    /// What it answered, or why it did not.
    pub(crate) answer: String,
    pub(crate) runner: RunnerState,
}

/// What a probe means for the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wait,
    Open,
    /// Closed for good, for this reason.
    Closed(String),
}

/// The gate of one release.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    needed: u32,
    deadline: Duration,
    good: u32,
    /// Kept for the error: "not ready" alone helps nobody.
    last_bad_answer: Option<String>,
}

impl Gate {
    pub(crate) fn new(needed: u32, deadline: Duration) -> Self {
        Self {
            needed,
            deadline,
            good: 0,
            last_bad_answer: None,
        }
    }

    /// Takes one probe, made `elapsed` after the gate began.
    pub(crate) fn observe(&mut self, probe: &Probe, elapsed: Duration) -> Verdict {
        // A runner that does not answer for a moment says nothing of the release.
        if let RunnerState::Stopped(reason) = &probe.runner {
            return Verdict::Closed(format!("it ended: {reason}{}", self.last_words(probe)));
        }
        if probe.ready {
            self.good += 1;
            if self.good >= self.needed {
                return Verdict::Open;
            }
        } else {
            self.good = 0;
            self.last_bad_answer = Some(probe.answer.clone());
        }
        if elapsed < self.deadline {
            return Verdict::Wait;
        }
        Verdict::Closed(format!(
            "{} of {} good readiness answers in a row within {} s{}",
            self.good,
            self.needed,
            self.deadline.as_secs(),
            self.last_words(probe)
        ))
    }

    fn last_words(&self, probe: &Probe) -> String {
        let answer = self.last_bad_answer.as_ref().unwrap_or(&probe.answer);
        if answer.is_empty() {
            return String::new();
        }
        format!("; the last bad answer was: {answer}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `+` ready, `-` not ready, `x` the process ended, `?` the runner is silent; one probe per second.
    fn verdict(probes: &str) -> String {
        let mut gate = Gate::new(3, Duration::from_secs(5));
        for (second, kind) in probes.chars().enumerate() {
            let runner = match kind {
                'x' => RunnerState::Stopped("exit 1".to_owned()),
                '?' => RunnerState::Unknown("no such file".to_owned()),
                _ => RunnerState::Running,
            };
            let answer = if kind == '-' {
                format!("503 at {second}")
            } else {
                String::new()
            };
            let probe = Probe {
                ready: kind == '+',
                answer,
                runner,
            };
            match gate.observe(&probe, Duration::from_secs(second as u64)) {
                Verdict::Wait => {}
                Verdict::Open => return format!("open at {second}"),
                Verdict::Closed(reason) => return format!("closed at {second}: {reason}"),
            }
        }
        "waiting".to_owned()
    }

    #[test]
    fn the_gate_opens_after_good_answers_in_a_row_only() {
        for (probes, expected) in [
            ("+++", "open at 2"),
            ("--+++", "open at 4"),
            ("++", "waiting"),
            ("++-++", "waiting"),
            ("---+++", "open at 5"),
            (
                "++-++-",
                "closed at 5: 0 of 3 good readiness answers in a row within 5 s; the last bad answer was: 503 at 5",
            ),
            (
                "++--++",
                "closed at 5: 2 of 3 good readiness answers in a row within 5 s; the last bad answer was: 503 at 3",
            ),
            ("?+++", "open at 3"),
            ("x", "closed at 0: it ended: exit 1"),
            (
                "-x",
                "closed at 1: it ended: exit 1; the last bad answer was: 503 at 0",
            ),
        ] {
            assert_eq!(verdict(probes), expected, "{probes}");
        }
    }
}
