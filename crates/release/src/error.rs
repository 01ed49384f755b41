//! How can a deploy end other than well, and what does that leave behind?

use provision::connections::ConnectionError;

use crate::artifact::ArtifactError;
use crate::host::lock::LockOwner;

/// Why a deploy, a rollback or a recovery did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Nothing on the host was changed.
    #[error("{host}: refused, nothing was changed: {reason}")]
    Refused { host: String, reason: String },

    #[error("{host}: {owner}")]
    Locked { host: String, owner: Box<LockOwner> },

    /// The new release did not prove itself; the old one serves as before.
    #[error("{host}: release {release} did not pass `{step}`: {reason}\n{after}")]
    GateFailed {
        host: String,
        release: String,
        step: &'static str,
        reason: String,
        after: String,
    },

    /// A step failed for another reason; what had been done is undone.
    #[error("{host}: step `{step}` failed: {reason}\n{after}")]
    StepFailed {
        host: String,
        step: &'static str,
        reason: String,
        after: String,
    },

    #[error("{host}: interrupted at step `{step}`\n{after}")]
    Interrupted {
        host: String,
        step: &'static str,
        after: String,
    },

    #[error(transparent)]
    Unreachable(#[from] ConnectionError),

    /// In the middle of the work; the journal on the host says where to go on.
    #[error(
        "{host}: lost at step `{step}`: {source}; run the same command again: it finishes or undoes what was begun"
    )]
    Lost {
        host: String,
        step: &'static str,
        source: ConnectionError,
    },

    /// The lease ended (a machine that slept, a network that was gone) and somebody else took over.
    #[error(
        "{host}: stopped at step `{step}`, somebody else holds the lock by now and finishes or undoes what was begun: {owner}"
    )]
    LockLost {
        host: String,
        step: &'static str,
        owner: String,
    },

    #[error(transparent)]
    Artifact(#[from] ArtifactError),

    /// Neither finished nor undone: a person must look.
    #[error(
        "{host}: needs attention: {reason}\n  not undone: {}\n  what to do: {advice}",
        .failures.join("; ")
    )]
    NeedsAttention {
        host: String,
        reason: String,
        failures: Vec<String>,
        advice: String,
    },
}

impl DeployError {
    /// The exit code of the command line for this end.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } | Self::StepFailed { .. } | Self::NeedsAttention { .. } => 1,
            Self::Artifact(_) => 2,
            Self::GateFailed { .. } => 4,
            Self::Unreachable(_) | Self::Lost { .. } => 5,
            Self::Locked { .. } | Self::LockLost { .. } => 6,
            Self::Interrupted { .. } => 130,
        }
    }
}
