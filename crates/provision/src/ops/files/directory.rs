//! `directory`: a directory with its owner and mode. Directories above it are made as needed.

use super::attributes::{Attributes, GROUP, OWNER, parse_attributes};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

const DEFAULT_MODE: u32 = 0o755;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryArgs {
    pub(crate) path: String,
    pub(crate) attributes: Attributes,
}

impl Operation for DirectoryArgs {
    const SPEC: Spec = Spec {
        name: "directory",
        summary: "A directory with its owner and mode; directories above it are made as needed.",
        fields: &[
            Field::required("path", Kind::Path, "The directory."),
            OWNER,
            GROUP,
            Field::optional(
                "mode",
                Kind::Mode,
                "Its permission bits. Default: left as they are, or 0755.",
            ),
        ],
        example: "directory: {path: /var/lib/exam-service, owner: exam, group: exam, mode: 0750}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let path = fields.path("path");
        let attributes = parse_attributes(&mut fields);
        Some(DirectoryArgs {
            path: path?,
            attributes,
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![FactKey::Path(self.path.clone()).into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let path = &self.path;
        match facts.paths.get(path) {
            None => Ok(vec![self.create()]),
            Some(state) if state.kind == PathKind::Directory => {
                Ok(self.attributes.plan(path, state))
            }
            Some(_) => Err(PlanError(format!(
                "{path} exists and is not a directory; move it away first"
            ))),
        }
    }

    // Directories above it may have been made with it.
    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_directory(key, &self.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.path)
    }
}

impl DirectoryArgs {
    fn create(&self) -> Change {
        let mode = self.attributes.mode.unwrap_or(DEFAULT_MODE);
        let path = quote(&self.path);
        let chown = self
            .attributes
            .owner_and_group(None)
            .map(|owner| format!(" && chown {} {path}", quote(&owner)))
            .unwrap_or_default();
        Change::run(
            format!(
                "create directory {}{}",
                self.path,
                self.attributes.shown(mode)
            ),
            format!("mkdir -p {path}{chown} && chmod {mode:04o} {path}"),
        )
    }
}
