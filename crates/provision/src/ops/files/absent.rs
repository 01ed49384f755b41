//! Removing a file or link.

use crate::facts::{Facts, PathKind};
use crate::ops::{Action, Change, PlanError};

/// The change that removes a file or link; a directory is never removed.
pub(super) fn plan_absent(path: &str, facts: &Facts) -> Result<Vec<Change>, PlanError> {
    match facts.paths.get(path).map(|state| state.kind) {
        None => Ok(Vec::new()),
        Some(PathKind::Directory) => Err(PlanError(format!(
            "{path} is a directory; only files and links are removed"
        ))),
        Some(_) => Ok(vec![Change {
            summary: format!("remove {path}"),
            diff: None,
            action: Action::Remove(path.to_owned()),
        }]),
    }
}
