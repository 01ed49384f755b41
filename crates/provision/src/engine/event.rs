//! What a run reports while it goes on, and in the end. Secrets are masked in all of it.

use serde::Serialize;

use super::approved::Fingerprint;

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
    /// Nothing has to be changed for it, and a person should know it all the same.
    TaskWarned {
        host: String,
        task: String,
        warning: String,
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
    /// An attempt failed and another one follows after a pause.
    TaskRetried {
        host: String,
        task: String,
        /// The attempt that follows, counted from 1.
        attempt: u32,
        /// How many there are at most.
        attempts: u32,
        wait_ms: u64,
        error: String,
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
    /// A script on the host that puts back every file this run replaced there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_script: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    pub duration_ms: u64,
    /// Only of a plan: what exactly would be done, secrets included, as a hash. It stays inside
    /// the program.
    #[serde(skip)]
    pub plan: Option<Fingerprint>,
}

impl HostReport {
    fn failure_kind(&self) -> Option<FailureKind> {
        self.failure.as_ref().map(|failure| failure.kind)
    }

    /// Whether it was begun and did not come to its end.
    pub fn failed(&self) -> bool {
        self.failure_kind()
            .is_some_and(|kind| kind != FailureKind::NotStarted)
    }
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
    /// The host could not be reached, or not any more before anything was changed there.
    Unreachable,
    /// The connection broke after the first change had begun.
    Lost,
    TaskFailed,
    /// Another run changes the host.
    Locked,
    /// A change was made without an error and is still wanted.
    NotConverged,
    /// The user asked to stop.
    Interrupted,
    /// It was not begun, because too many hosts had failed before it.
    NotStarted,
    /// Other runs kept changing the host while its facts were read.
    Outdated,
    /// What would be done is not what was approved.
    OtherPlan,
}

impl FailureKind {
    /// Whether examctl has no way to the host, from the start or any more.
    pub fn is_unreachable(self) -> bool {
        matches!(self, Self::Unreachable | Self::Lost)
    }
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

    /// Hosts that failed, unreachable ones included, and not those that were not begun.
    pub fn failed(&self) -> usize {
        self.hosts.iter().filter(|host| host.failed()).count()
    }

    /// Hosts that were not begun, because too many had failed before them.
    pub fn not_started(&self) -> usize {
        self.hosts
            .iter()
            .filter(|host| host.failure_kind() == Some(FailureKind::NotStarted))
            .count()
    }

    /// Hosts that could not be reached.
    pub fn unreachable(&self) -> usize {
        let unreachable =
            |host: &&HostReport| host.failure_kind().is_some_and(FailureKind::is_unreachable);
        self.hosts.iter().filter(unreachable).count()
    }
}
