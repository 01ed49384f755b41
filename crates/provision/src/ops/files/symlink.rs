//! `symlink`: a symbolic link, replaced atomically.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SymlinkArgs {
    pub(crate) path: String,
    /// Absolute, or relative to the directory of `path`.
    pub(crate) target: String,
}

impl Operation for SymlinkArgs {
    const SPEC: Spec = Spec {
        name: "symlink",
        summary: "A symbolic link, replaced atomically.",
        fields: &[
            Field::required("path", Kind::Path, "The link."),
            Field::required(
                "target",
                Kind::Text,
                "What it points to: absolute, or relative to the directory of the link.",
            ),
        ],
        example: "symlink: {path: /etc/nginx/sites-enabled/exam.conf, target: /etc/nginx/sites-available/exam.conf}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let path = fields.path("path");
        let target = fields.text("target");
        Some(SymlinkArgs {
            path: path?,
            target: target?,
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![FactKey::Path(self.path.clone()).into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
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

    // What is seen below a link changes with it.
    fn may_change(&self, key: &FactKey) -> bool {
        effects::below(key, &self.path) || effects::on_file(key, &self.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.path)
    }
}
