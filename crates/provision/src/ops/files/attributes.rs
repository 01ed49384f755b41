//! Owner, group and mode, as files and directories share them.

use crate::connections::quote;
use crate::facts::PathState;
use crate::fields::Fields;
use crate::ops::Change;
use crate::ops::spec::{Field, Kind};

pub(crate) const OWNER: Field = Field::optional(
    "owner",
    Kind::Name,
    "Its owner. Default: left as it is, or who runs it.",
);
pub(crate) const GROUP: Field =
    Field::optional("group", Kind::Name, "Its group. Default: left as it is.");
pub(crate) const FILE_MODE: Field = Field::optional(
    "mode",
    Kind::Mode,
    "Its permission bits. Default: left as they are, or 0644.",
);
pub(crate) const VALIDATE: Field = Field::optional(
    "validate",
    Kind::Text,
    "A command that judges the staged file, %s, before it goes live.",
);
pub(crate) const SENSITIVE: Field = Field::optional(
    "sensitive",
    Kind::Boolean,
    "Show no content that it replaces. Default: true where the playbook has secrets.",
);

/// What is asked of a path's owner and mode; what is `None` is left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) owner: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) mode: Option<u32>,
}

pub(crate) fn parse_attributes(fields: &mut Fields<'_>) -> Attributes {
    Attributes {
        owner: fields.optional_name("owner"),
        group: fields.optional_name("group"),
        mode: fields.mode("mode"),
    }
}

impl Attributes {
    /// `user:group` for `chown`, with what is not asked for taken from `current`.
    pub(crate) fn owner_and_group(&self, current: Option<&PathState>) -> Option<String> {
        let owner = self.owner.as_ref().or(current.map(|state| &state.owner));
        let group = self.group.as_ref().or(current.map(|state| &state.group));
        match (owner, group) {
            (Some(owner), Some(group)) => Some(format!("{owner}:{group}")),
            (Some(owner), None) => Some(owner.clone()),
            (None, Some(group)) => Some(format!(":{group}")),
            (None, None) => None,
        }
    }

    /// ` (exam:exam 0640)` for summaries of what is created.
    pub(crate) fn shown(&self, mode: u32) -> String {
        match self.owner_and_group(None) {
            Some(owner) => format!(" ({owner} {mode:04o})"),
            None => format!(" ({mode:04o})"),
        }
    }

    /// The changes that give an existing path its owner and mode.
    pub(crate) fn plan(&self, path: &str, state: &PathState) -> Vec<Change> {
        let mut changes = Vec::new();
        let owner = self.owner.as_ref().unwrap_or(&state.owner);
        let group = self.group.as_ref().unwrap_or(&state.group);
        if *owner != state.owner || *group != state.group {
            changes.push(Change::run(
                format!(
                    "owner of {path}: {}:{} -> {owner}:{group}",
                    state.owner, state.group
                ),
                format!(
                    "chown -h {} {}",
                    quote(&format!("{owner}:{group}")),
                    quote(path)
                ),
            ));
        }
        // Changing the owner clears set-user-id bits, hence the mode comes second.
        if let Some(mode) = self.mode.filter(|mode| *mode != state.mode) {
            changes.push(Change::run(
                format!("mode of {path}: {:04o} -> {mode:04o}", state.mode),
                format!("chmod {mode:04o} {}", quote(path)),
            ));
        }
        changes
    }
}
