//! `symlink`: a symbolic link, replaced atomically.

use serde_json::Value;

use super::{Change, PlanError, Sources};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SymlinkArgs {
    pub(crate) path: String,
    /// Absolute, or relative to the directory of `path`.
    pub(crate) target: String,
}

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    _: &dyn Sources,
    findings: &mut Findings,
) -> Option<SymlinkArgs> {
    let mut fields = Fields::open(value, place, "symlink", &["path", "target"], findings)?;
    let path = fields.path("path");
    let target = fields.text("target");
    Some(SymlinkArgs {
        path: path?,
        target: target?,
    })
}

impl SymlinkArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        vec![FactKey::Path(self.path.clone()).into()]
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let Self { path, target } = self;
        let summary = match facts.paths.get(path) {
            None => format!("link {path} -> {target}"),
            Some(state) if state.kind != PathKind::Link => {
                return Err(PlanError(format!(
                    "{path} exists and is not a link; move it away first"
                )));
            }
            Some(state) if state.target.as_deref() == Some(target) => return Ok(Vec::new()),
            Some(state) => format!(
                "link {path} -> {target} (was {})",
                state.target.as_deref().unwrap_or("unknown")
            ),
        };
        let (path, target) = (quote(path), quote(target));
        let script = format!(
            "set -e\nd=$(mktemp -d {path}.XXXXXX)\ntrap 'rm -rf \"$d\"' EXIT\nln -s -- {target} \"$d/link\"\nmv -fT -- \"$d/link\" {path}\n"
        );
        Ok(vec![Change::run(summary, script)])
    }
}
