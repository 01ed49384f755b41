//! Owner, group and mode, as files and directories share them.

use super::Change;
use crate::connections::quote;
use crate::facts::PathState;
use crate::fields::Fields;

/// What is asked of a path's owner and mode; what is `None` is left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) owner: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) mode: Option<u32>,
}

pub(super) fn parse_attributes(fields: &mut Fields<'_>) -> Attributes {
    Attributes {
        owner: fields.optional_name("owner"),
        group: fields.optional_name("group"),
        mode: fields.mode("mode"),
    }
}

impl Attributes {
    /// `user:group` for `chown`, with what is not asked for taken from `current`.
    pub(super) fn owner_and_group(&self, current: Option<&PathState>) -> Option<String> {
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
    pub(super) fn shown(&self, mode: u32) -> String {
        match self.owner_and_group(None) {
            Some(owner) => format!(" ({owner} {mode:04o})"),
            None => format!(" ({mode:04o})"),
        }
    }

    /// The changes that give an existing path its owner and mode.
    pub(super) fn plan(&self, path: &str, state: &PathState) -> Vec<Change> {
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
