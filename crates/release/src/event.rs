//! What does someone who watches a deploy get to know? Facts; how they look is the caller's matter.

use serde::Serialize;

/// Something that happened during a deploy, a rollback or a recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeployEvent {
    StepStarted {
        step: String,
    },
    StepDone {
        step: String,
        took_ms: u64,
    },
    StepFailed {
        step: String,
        reason: String,
    },
    /// A step that was done is being taken back.
    Undoing {
        step: String,
    },
    Undone {
        step: String,
    },
    /// Bytes of a long transfer.
    Progress {
        step: String,
        done_bytes: u64,
        total_bytes: u64,
    },
    /// One figure was compared with its limit.
    Gate {
        step: String,
        #[serde(flatten)]
        figure: GateFigure,
    },
    Note {
        text: String,
    },
    Finished {
        release: String,
        outcome: String,
    },
}

/// One figure that a release had to prove itself by: what was measured, what was allowed, how it
/// was worked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateFigure {
    /// For instance `p95` or `save-error-rate`.
    pub name: String,
    /// With its unit and the number of samples.
    pub value: String,
    pub limit: String,
    /// From what the value was worked out.
    pub formula: String,
    pub verdict: GateVerdict,
}

/// What a figure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    Passed,
    Failed,
    /// There was too little to judge by; never the same as passed.
    NotJudged,
}

impl GateVerdict {
    /// The word for a report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotJudged => "not judged",
        }
    }
}

/// Who watches.
pub type Events<'a> = &'a mut dyn FnMut(DeployEvent);
