//! Playbooks: what a file says, and what it means for one host.
//!
//! `parse`, `task` and `include` read what is written: includes and roles become one list of
//! tasks. `resolve` says what the list means for a host, and `ready` what one task means there;
//! what only the host knows (`late`) is filled with samples until it has been asked.

mod folder;
mod handlers;
mod include;
pub(crate) mod late;
mod loops;
mod packages;
mod parse;
mod ready;
mod resolve;
mod retries;
mod rollout;
mod shape;
mod sources;
mod task;
mod uses;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::assets::Assets;
use crate::vars::Layer;
use crate::yaml::{Document, Place, Step, below};

pub(crate) use folder::Folder;
pub(crate) use parse::{KEYS as PLAYBOOK_KEYS, parse_playbook};
pub(crate) use ready::{ReadyTask, State};
pub(crate) use resolve::{Assume, HostPlay, Meaning, longest_first};
pub(crate) use retries::Retries;
pub(crate) use rollout::Rollout;
pub(crate) use shape::check_shape;
pub(crate) use task::{HANDLER_KEYS, INCLUDE_KEYS, TASK_KEYS};

/// A playbook as written: names are checked, values are not rendered yet.
#[derive(Clone, Debug)]
pub(crate) struct Playbook {
    pub(crate) name: String,
    /// A host, a group, or `all`.
    pub(crate) hosts: String,
    /// `vars` and `vars_files`, the weakest first.
    pub(crate) vars: Vec<Layer>,
    pub(crate) secrets: Vec<String>,
    /// Alias to package, which may be a template.
    pub(crate) versions: BTreeMap<String, String>,
    /// Whether to become root; what the inventory says of the host where this says nothing.
    pub(crate) become_root: Option<bool>,
    pub(crate) rollout: Rollout,
    /// Those of includes and roles too, in their order.
    pub(crate) tasks: Vec<Task>,
    pub(crate) handlers: Vec<Task>,
    pub(crate) document: Arc<Document>,
}

/// A task or handler as written.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// All of them must hold; those of includes and roles around it come first.
    pub(crate) conditions: Vec<Condition>,
    /// Names of handlers.
    pub(crate) notify: Vec<String>,
    pub(crate) tags: Vec<String>,
    /// The list whose items the task is done for, or a template that becomes one.
    pub(crate) items: Option<Value>,
    /// The name its outcome gets.
    pub(crate) register: Option<String>,
    pub(crate) retries: Option<Retries>,
    /// Done on the machine that runs examctl.
    pub(crate) on_controller: bool,
    pub(crate) become_root: Option<bool>,
    /// The key of the operation.
    pub(crate) operation: String,
    pub(crate) arguments: Value,
    /// Where the task stands.
    pub(crate) place: Place,
    pub(crate) document: Arc<Document>,
    pub(crate) scope: Arc<Scope>,
}

/// A `when` as written.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) expression: String,
    pub(crate) document: Arc<Document>,
    pub(crate) place: Place,
}

/// What the tasks of one file or role share.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scope {
    /// Defaults of the roles around, the weakest first: weaker than all other variables.
    pub(crate) defaults: Vec<Layer>,
    /// Variables of the includes and roles around, the weakest first.
    pub(crate) vars: Vec<Layer>,
    /// Where files and templates are looked for, in this order.
    pub(crate) folders: Vec<Folder>,
}

/// What all hosts of a run share.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) playbook: Playbook,
    pub(crate) assets: Assets,
    /// Names of secret variables, of the playbook and of the inventory.
    pub(crate) secrets: Vec<String>,
    pub(crate) extra_vars: Map<String, Value>,
    pub(crate) state_directory: String,
}

/// Where and as whom a task acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seat {
    /// On the machine that runs examctl, as its user.
    pub(crate) on_controller: bool,
    pub(crate) become_root: bool,
}

impl Task {
    fn place_of(&self, key: &str) -> Place {
        below(&self.place, Step::Key(key.to_owned()))
    }

    /// Where its operation stands.
    pub(crate) fn operation_place(&self) -> Place {
        self.place_of(&self.operation)
    }
}
