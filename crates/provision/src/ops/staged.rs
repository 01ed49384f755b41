//! Files that are planned one by one and go live together.

use crate::facts::Facts;
use crate::ops::files::file::FileArgs;
use crate::ops::{Action, Change, Operation as _, PlanError, PutAll, PutFile};

/// What is to be done to a set of files: the diffs of those that change.
pub(crate) struct Differences {
    pub(crate) any: bool,
    pub(crate) diff: Option<String>,
}

pub(crate) fn differences(files: &[FileArgs], facts: &Facts) -> Result<Differences, PlanError> {
    let mut changes = Vec::new();
    for file in files {
        changes.extend(file.plan(facts)?);
    }
    let diffs: Vec<String> = changes
        .iter()
        .filter_map(|change| change.diff.clone())
        .collect();
    Ok(Differences {
        any: !changes.is_empty(),
        diff: (!diffs.is_empty()).then(|| diffs.concat()),
    })
}

/// The change that puts all of them in place.
pub(crate) fn put_all(
    summary: String,
    diff: Option<String>,
    files: &[FileArgs],
    judge: String,
    finish: String,
) -> Change {
    let put = |file: &FileArgs| {
        Some(PutFile {
            path: file.path.clone(),
            content: file.content.clone()?,
            mode: file.attributes.mode.unwrap_or(0o644),
            owner: file.attributes.owner_and_group(None),
            validate: None,
        })
    };
    Change {
        summary,
        diff,
        action: Action::PutAll(PutAll {
            files: files.iter().filter_map(put).collect(),
            judge,
            finish,
        }),
    }
}
