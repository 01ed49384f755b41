//! How did it end on one host?

use std::fmt;

use serde::Serialize;

use crate::deploy::Deployed;
use crate::error::DeployError;
use crate::report::trail::Trail;
use crate::target::layout::Slot;

/// What a run left on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HostOutcome {
    /// The release serves.
    Serves,
    /// It did so before.
    Already,
    /// The release failed there, or was interrupted: what served before serves again.
    Undone,
    /// The release served, and the host went back because another one failed.
    WentBack,
    /// It was refused before anything changed.
    Refused,
    Locked,
    Unreachable,
    /// Nothing was begun: another host came in between.
    NotBegun,
    /// Neither the one nor the other for sure: a person must look.
    NeedsAttention,
}

impl HostOutcome {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Serves => "serves",
            Self::Already => "served already",
            Self::Undone => "undone",
            Self::WentBack => "went back",
            Self::Refused => "refused",
            Self::Locked => "locked",
            Self::Unreachable => "unreachable",
            Self::NotBegun => "not begun",
            Self::NeedsAttention => "needs attention",
        }
    }

    /// Whether the host runs what was asked for.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Serves | Self::Already)
    }
}

impl fmt::Display for HostOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl From<&DeployError> for HostOutcome {
    fn from(error: &DeployError) -> Self {
        match error {
            DeployError::Refused { .. } | DeployError::Artifact(_) => Self::Refused,
            DeployError::Locked { .. } => Self::Locked,
            DeployError::GateFailed { .. }
            | DeployError::StepFailed { .. }
            | DeployError::Interrupted { .. } => Self::Undone,
            DeployError::Unreachable(_) => Self::Unreachable,
            DeployError::Lost { .. }
            | DeployError::LockLost { .. }
            | DeployError::NeedsAttention { .. } => Self::NeedsAttention,
        }
    }
}

/// One host in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostReport {
    pub host: String,
    /// Its wave, from 1.
    pub wave: usize,
    pub outcome: HostOutcome,
    /// What was put into service there, if anything was.
    pub release: Option<String>,
    /// What served before.
    pub before: Option<String>,
    pub slot: Option<Slot>,
    /// The release waited in standby and was only promoted.
    pub warm: bool,
    pub took_ms: u64,
    pub cutover_ms: Option<u64>,
    /// Why it ended otherwise than well.
    pub reason: Option<String>,
    #[serde(flatten)]
    pub trail: Trail,
    /// How the host went back, where it did.
    pub way_back: Option<WayBack>,
}

/// A host's way back to the release that it had before, after another host failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WayBack {
    pub warm: bool,
    pub took_ms: u64,
    pub cutover_ms: Option<u64>,
    #[serde(flatten)]
    pub trail: Trail,
}

impl HostReport {
    /// A host on which nothing has happened yet.
    pub(crate) fn not_begun(host: &str, wave: usize) -> Self {
        Self {
            host: host.to_owned(),
            wave,
            outcome: HostOutcome::NotBegun,
            release: None,
            before: None,
            slot: None,
            warm: false,
            took_ms: 0,
            cutover_ms: None,
            reason: None,
            trail: Trail::default(),
            way_back: None,
        }
    }

    pub(crate) fn succeed(&mut self, deployed: &Deployed) {
        self.outcome = if deployed.changed {
            HostOutcome::Serves
        } else {
            HostOutcome::Already
        };
        self.release = Some(deployed.release.clone());
        self.before.clone_from(&deployed.previous);
        self.slot = Some(deployed.slot);
        self.warm = deployed.warm;
        self.cutover_ms = deployed.cutover_ms;
        self.took_ms = deployed.took_ms;
    }

    pub(crate) fn fail(&mut self, error: &DeployError, took_ms: u64) {
        self.outcome = HostOutcome::from(error);
        self.took_ms = took_ms;
        self.reason = Some(error.to_string());
    }
}
