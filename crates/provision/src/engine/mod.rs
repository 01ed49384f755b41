//! Runs a playbook: check without hosts, plan without changes, apply and verify.

mod answers;
mod apply;
mod approved;
mod attempts;
mod check;
mod dead_man;
mod event;
mod handlers;
mod kept;
mod knowledge;
mod lock;
mod plan;
mod plan_file;
mod reboot;
#[cfg(test)]
mod rounds_tests;
mod run;
mod schedule;
mod verify;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::connections::OpenOptions;
use crate::playbook::{HostPlay, Rollout};

pub use crate::vars::parse_extra_var;
pub use approved::{Approved, Fingerprint};
pub use check::{check, render_template};
pub use event::{Event, Failure, FailureKind, HostReport, Recap, ShownChange};
pub use plan_file::{PlanFile, PlanFileError, PlannedRun, Steps};

/// How many hosts are worked on at the same time unless told otherwise.
pub const DEFAULT_PARALLEL_HOSTS: usize = 8;

/// Where examctl keeps its notes on a host unless told otherwise.
pub const DEFAULT_STATE_DIRECTORY: &str = "/var/lib/examctl";

/// How long a change that could lock examctl out waits for its confirmation unless told otherwise.
pub const DEFAULT_REVERT_AFTER: Duration = Duration::from_secs(90);

/// What a run is narrowed to and how it is done.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// A host or group; only hosts of the playbook that are in it are touched.
    pub limit: Option<String>,
    /// Only tasks with one of these tags; empty means all tasks.
    pub tags: Vec<String>,
    /// Variables that win over all others; see [`parse_extra_var`].
    pub extra_vars: Map<String, Value>,
    /// At least 1.
    pub parallel_hosts: usize,
    /// Absolute path on the hosts for pending handlers and other notes.
    pub state_directory: String,
    pub open: OpenOptions,
    /// Becomes true when the user asks to stop: hosts end after the step they are at.
    pub interrupt: Arc<AtomicBool>,
    /// After so long a host takes back a change that could lock examctl out and that no new
    /// connection has confirmed. Seconds; at least 10 make sense.
    pub revert_after: Duration,
    /// Apply exactly this: a host whose plan is another one is refused before its first change.
    pub approved: Option<Arc<Approved>>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            limit: None,
            tags: Vec::new(),
            extra_vars: Map::new(),
            parallel_hosts: DEFAULT_PARALLEL_HOSTS,
            state_directory: DEFAULT_STATE_DIRECTORY.to_owned(),
            open: OpenOptions::default(),
            interrupt: Arc::default(),
            revert_after: DEFAULT_REVERT_AFTER,
            approved: None,
        }
    }
}

/// A playbook that was checked for every host it is for.
#[derive(Clone, Debug)]
pub struct Checked {
    name: String,
    rollout: Rollout,
    plays: Vec<HostPlay>,
    state_directory: String,
}

impl Checked {
    /// The playbook's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hosts it is for, in the order of the inventory.
    pub fn host_names(&self) -> Vec<&str> {
        self.plays
            .iter()
            .map(|play| play.host.name.as_str())
            .collect()
    }
}

/// Says what [`apply`] would do. Hosts are read and nothing on them is changed.
pub fn plan(checked: &Checked, options: &RunOptions, sink: &mut dyn FnMut(Event)) -> Recap {
    // What changes nothing can be done on all hosts at once.
    let at_once = Rollout::default();
    schedule::run_hosts(checked, options, &at_once, plan::plan_host, sink)
}

/// Makes the hosts match the playbook, runs notified handlers, and verifies by planning again.
pub fn apply(checked: &Checked, options: &RunOptions, sink: &mut dyn FnMut(Event)) -> Recap {
    schedule::run_hosts(checked, options, &checked.rollout, apply::apply_host, sink)
}
