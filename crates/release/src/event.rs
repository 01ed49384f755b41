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
    Note {
        text: String,
    },
    Finished {
        release: String,
        outcome: String,
    },
}

/// Who watches.
pub type Events<'a> = &'a mut dyn FnMut(DeployEvent);
