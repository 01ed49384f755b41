//! What happened on one host, step by step? Collected from the events of its deploy.

use serde::Serialize;

use crate::event::{DeployEvent, GateVerdict};

const NOTES_MAX: usize = 200;

/// The steps that ask whether the release is good, and not only do something.
const GATES: &[&str] = &[
    "preflight",
    "check-settings",
    "gate",
    "smoke",
    "load",
    "verify",
    "bake",
];

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    Done,
    Failed,
    /// Taken back.
    Undone,
    UndoFailed,
}

/// One step of a host, in the order in which they ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRecord {
    pub step: String,
    pub outcome: StepOutcome,
    /// `None` for what was taken back: that is not measured.
    pub took_ms: Option<u64>,
    pub reason: Option<String>,
}

/// One question that a release had to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateRecord {
    pub gate: String,
    /// What was seen, where that is a figure or a sentence.
    pub value: Option<String>,
    /// What it was held against.
    pub limit: Option<String>,
    /// From what the value was worked out.
    pub formula: Option<String>,
    pub verdict: GateVerdict,
}

/// Everything that one host's deploy reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Trail {
    pub steps: Vec<StepRecord>,
    pub gates: Vec<GateRecord>,
    pub notes: Vec<String>,
    #[serde(skip)]
    undoing: Option<String>,
}

impl Trail {
    pub fn observe(&mut self, event: &DeployEvent) {
        match event {
            DeployEvent::StepDone { step, took_ms } => {
                self.push(step, StepOutcome::Done, Some(*took_ms), None);
                self.gate(step, None);
            }
            DeployEvent::StepFailed { step, reason } if self.undoing.as_ref() == Some(step) => {
                self.undoing = None;
                self.push(step, StepOutcome::UndoFailed, None, Some(reason));
            }
            DeployEvent::StepFailed { step, reason } => {
                self.push(step, StepOutcome::Failed, None, Some(reason));
                self.gate(step, Some(reason));
            }
            DeployEvent::Undoing { step } => self.undoing = Some(step.clone()),
            DeployEvent::Undone { step } => {
                self.undoing = None;
                self.push(step, StepOutcome::Undone, None, None);
            }
            DeployEvent::Gate { figure, .. } => self.gates.push(GateRecord {
                gate: figure.name.clone(),
                value: Some(figure.value.clone()),
                limit: Some(figure.limit.clone()),
                formula: Some(figure.formula.clone()),
                verdict: figure.verdict,
            }),
            DeployEvent::Note { text } if self.notes.len() < NOTES_MAX => {
                self.notes.push(text.clone());
            }
            _ => {}
        }
    }

    fn push(
        &mut self,
        step: &str,
        outcome: StepOutcome,
        took_ms: Option<u64>,
        reason: Option<&String>,
    ) {
        self.steps.push(StepRecord {
            step: step.to_owned(),
            outcome,
            took_ms,
            reason: reason.cloned(),
        });
    }

    fn gate(&mut self, step: &str, reason: Option<&String>) {
        if GATES.contains(&step) {
            self.gates.push(GateRecord {
                gate: step.to_owned(),
                value: reason.cloned(),
                limit: None,
                formula: None,
                verdict: if reason.is_none() {
                    GateVerdict::Passed
                } else {
                    GateVerdict::Failed
                },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_and_what_could_not_be_taken_back_are_told_apart() {
        let mut trail = Trail::default();
        let step = |step: &str| step.to_owned();
        let failed = |name: &str| DeployEvent::StepFailed {
            step: step(name),
            reason: "no".to_owned(),
        };
        for event in [
            DeployEvent::StepDone {
                step: step("start"),
                took_ms: 5,
            },
            failed("gate"),
            DeployEvent::Undoing {
                step: step("start"),
            },
            failed("start"),
            DeployEvent::Undoing { step: step("link") },
            DeployEvent::Undone { step: step("link") },
        ] {
            trail.observe(&event);
        }
        let told: Vec<_> = trail
            .steps
            .iter()
            .map(|step| (step.step.as_str(), step.outcome))
            .collect();
        assert_eq!(
            told,
            [
                ("start", StepOutcome::Done),
                ("gate", StepOutcome::Failed),
                ("start", StepOutcome::UndoFailed),
                ("link", StepOutcome::Undone)
            ]
        );
        assert_eq!(trail.gates.len(), 1);
        assert_eq!(trail.gates[0].verdict, GateVerdict::Failed);
    }
}
