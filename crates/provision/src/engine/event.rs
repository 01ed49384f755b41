//! What a run reports while it goes on, and in the end. Secrets are masked in all of it.

use serde::Serialize;

/// A change as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownChange {
    pub summary: String,
    /// A unified diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// Something that happened on a host. Events of one host come in order; hosts interleave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The host is connected.
    HostStarted {
        host: String,
        connection: String,
    },
    /// Only while planning: what applying would do.
    TaskPlanned {
        host: String,
        task: String,
        changes: Vec<ShownChange>,
    },
    /// Only while planning: it depends on an earlier change, so applying decides it.
    TaskUndecided {
        host: String,
        task: String,
        because: String,
    },
    TaskApplied {
        host: String,
        task: String,
        changes: Vec<ShownChange>,
        duration_ms: u64,
    },
    TaskUnchanged {
        host: String,
        task: String,
    },
    TaskSkipped {
        host: String,
        task: String,
        because: String,
    },
    TaskFailed {
        host: String,
        task: String,
        error: String,
    },
    /// Only while planning.
    HandlerPlanned {
        host: String,
        handler: String,
        because: String,
    },
    HandlerRan {
        host: String,
        handler: String,
        duration_ms: u64,
    },
    /// The last event of each host, sent also where it could not be reached.
    HostFinished {
        host: String,
        report: HostReport,
    },
}

/// How a host came out of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HostReport {
    pub host: String,
    /// Tasks that changed the host, or would.
    pub changed: usize,
    /// Tasks that only applying can decide.
    pub undecided: usize,
    pub unchanged: usize,
    pub skipped: usize,
    /// Handlers that ran, or would.
    pub handlers: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    pub duration_ms: u64,
}

/// Why a host did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// The task or handler at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    pub message: String,
}

/// The kinds of failure a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The host could not be reached, or the connection broke.
    Unreachable,
    TaskFailed,
    /// Another run changes the host.
    Locked,
    /// A change was made without an error and is still wanted.
    NotConverged,
}

/// How all hosts came out of a run, in the order of the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recap {
    pub hosts: Vec<HostReport>,
}

impl Recap {
    /// Tasks and handlers that changed something, or would.
    pub fn changed(&self) -> usize {
        self.hosts
            .iter()
            .map(|host| host.changed + host.handlers)
            .sum()
    }

    /// Tasks that only applying can decide.
    pub fn undecided(&self) -> usize {
        self.hosts.iter().map(|host| host.undecided).sum()
    }

    /// Hosts that failed, unreachable ones included.
    pub fn failed(&self) -> usize {
        self.hosts
            .iter()
            .filter(|host| host.failure.is_some())
            .count()
    }

    /// Hosts that could not be reached.
    pub fn unreachable(&self) -> usize {
        let unreachable = |host: &&HostReport| {
            host.failure
                .as_ref()
                .is_some_and(|failure| failure.kind == FailureKind::Unreachable)
        };
        self.hosts.iter().filter(unreachable).count()
    }
}
