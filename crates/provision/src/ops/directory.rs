//! `directory`: a directory with its owner and mode. Directories above it are made as needed.

use serde_json::Value;

use super::attributes::{Attributes, parse_attributes};
use super::{Change, PlanError, Sources};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

const DEFAULT_MODE: u32 = 0o755;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryArgs {
    pub(crate) path: String,
    pub(crate) attributes: Attributes,
}

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    _: &dyn Sources,
    findings: &mut Findings,
) -> Option<DirectoryArgs> {
    let known = ["path", "owner", "group", "mode"];
    let mut fields = Fields::open(value, place, "directory", &known, findings)?;
    let path = fields.path("path");
    let attributes = parse_attributes(&mut fields);
    Some(DirectoryArgs {
        path: path?,
        attributes,
    })
}

impl DirectoryArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        vec![FactKey::Path(self.path.clone()).into()]
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
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
