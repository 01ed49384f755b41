//! Playbooks: what a file says, and what it means for one host.

mod parse;
mod resolve;
mod sources;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::inventory::Host;
use crate::ops::Op;
use crate::secret::Secret;
use crate::vars::Layer;
use crate::yaml::{Document, Place};

pub(crate) use parse::parse_playbook;
pub(crate) use resolve::{Resolver, check_shape};

/// A playbook as written: names are checked, values are not rendered yet.
#[derive(Clone, Debug)]
pub(crate) struct Playbook {
    pub(crate) name: String,
    /// A host, a group, or `all`.
    pub(crate) hosts: String,
    pub(crate) vars: Layer,
    pub(crate) secrets: Vec<String>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) handlers: Vec<Task>,
    pub(crate) document: Arc<Document>,
    /// Where `source:` and `template:` files of the playbook are; `None` for a shipped one.
    pub(crate) folder: Option<PathBuf>,
}

/// A task or handler as written.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) when: Option<String>,
    /// Names of handlers.
    pub(crate) notify: Vec<String>,
    pub(crate) tags: Vec<String>,
    /// The key of the operation.
    pub(crate) operation: String,
    pub(crate) arguments: Value,
    /// Where the task stands.
    pub(crate) place: Place,
}

/// What a playbook means for one host: every value rendered and typed.
#[derive(Clone, Debug)]
pub(crate) struct HostPlay {
    pub(crate) host: Host,
    pub(crate) tasks: Vec<ReadyTask>,
    pub(crate) handlers: Vec<ReadyTask>,
    pub(crate) secrets: Vec<Secret>,
}

/// A task ready to be planned.
#[derive(Clone, Debug)]
pub(crate) struct ReadyTask {
    pub(crate) name: String,
    /// A condition that needs facts of the host, with the variables it needs.
    pub(crate) condition: Option<Condition>,
    pub(crate) notify: Vec<String>,
    pub(crate) tags: Vec<String>,
    /// `None` where the variables of the host already rule the task out.
    pub(crate) op: Option<Op>,
}

/// A `when` that is decided once the host is known.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) expression: String,
    pub(crate) vars: Arc<serde_json::Map<String, Value>>,
}
