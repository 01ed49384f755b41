//! What `line` and `block` share: a file of which only a part is theirs.

use regex::Regex;

use super::attributes::{Attributes, parse_attributes};
use super::file::{FileArgs, parse_validate};
use crate::facts::path::EMPTY_SHA256;
use crate::facts::{FactKey, Facts, PathKind, PathState, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind};
use crate::ops::{Change, PlanError, Sources};

pub(super) const PATH: Field = Field::required("path", Kind::Path, "The file.");
pub(super) const STATE: Field = Field::optional(
    "state",
    Kind::Choice(&["present", "absent"]),
    "Default: present.",
);
pub(super) const INSERT_AFTER: Field = Field::optional(
    "insert_after",
    Kind::Text,
    "A regular expression: what is new goes after the last line that it finds. Default: to the end.",
);
pub(super) const INSERT_BEFORE: Field = Field::optional(
    "insert_before",
    Kind::Text,
    "A regular expression: what is new goes before the first line that it finds.",
);
pub(super) const CREATE: Field = Field::optional(
    "create",
    Kind::Boolean,
    "Make the file where there is none. Default: false.",
);

/// Where something new goes.
#[derive(Clone, Debug)]
enum Spot {
    End,
    After(Regex),
    Before(Regex),
}

/// A file whose lines are edited.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) path: String,
    /// Whether the part shall be there.
    pub(super) present: bool,
    create: bool,
    spot: Spot,
    attributes: Attributes,
    validate: Option<String>,
    hides_old: bool,
}

/// A regular expression; `None` where there is none or where it is still a template.
pub(crate) fn parse_regex(fields: &mut Fields<'_>, key: &str) -> Option<Regex> {
    let text = fields.optional_text(key)?;
    if fields.findings.unrendered && is_template(&text) {
        return None;
    }
    match Regex::new(&text) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            fields.wrong(
                key,
                format!("'{text}' is not a regular expression: {reason}"),
            );
            None
        }
    }
}

pub(super) fn parse_edit(fields: &mut Fields<'_>, sources: &dyn Sources) -> Option<Edit> {
    let path = fields.path("path");
    let choices = [("present", true), ("absent", false)];
    let present = fields.choice("state", &choices).unwrap_or(true);
    let create = fields.boolean("create").unwrap_or(false);
    if fields.get("insert_after").is_some() && fields.get("insert_before").is_some() {
        let message = "'insert_after' or 'insert_before', not both";
        fields.wrong("insert_before", message);
    }
    let after = parse_regex(fields, "insert_after").map(Spot::After);
    let before = parse_regex(fields, "insert_before").map(Spot::Before);
    let attributes = parse_attributes(fields);
    let validate = parse_validate(fields, sources);
    let sensitive = fields.boolean("sensitive").unwrap_or(false);
    Some(Edit {
        path: path?,
        present,
        create,
        spot: after.or(before).unwrap_or(Spot::End),
        attributes,
        validate,
        hides_old: sensitive || sources.has_secrets(),
    })
}

impl Edit {
    pub(super) fn requests(&self) -> Vec<Request> {
        vec![Request {
            key: FactKey::Path(self.path.clone()),
            expected_sha256: Some(EMPTY_SHA256.to_owned()),
        }]
    }

    /// `edit` changes the lines and says whether it did.
    pub(super) fn plan(
        &self,
        facts: &Facts,
        edit: impl FnOnce(&mut Vec<String>) -> Result<bool, PlanError>,
    ) -> Result<Vec<Change>, PlanError> {
        let path = &self.path;
        let current = match facts.paths.get(path) {
            None if !self.present => return Ok(Vec::new()),
            None if self.create => None,
            None => {
                return Err(PlanError(format!(
                    "there is no {path}: write it in an earlier task, or let this one with `create: true`"
                )));
            }
            Some(state) if state.kind == PathKind::File => Some(state),
            Some(state) => {
                let what = match (state.kind, &state.target) {
                    (PathKind::Directory, _) => "a directory".to_owned(),
                    (PathKind::Link, Some(target)) => format!("a link to {target}: name that"),
                    _ => "not a file".to_owned(),
                };
                return Err(PlanError(format!("{path} is {what}")));
            }
        };
        let mut lines = current.map_or(Ok(Vec::new()), |state| self.lines_of(state))?;
        if !edit(&mut lines)? {
            return Ok(current.map_or(Vec::new(), |state| self.attributes.plan(path, state)));
        }
        let content: String = lines
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect();
        Ok(vec![self.write(content, current)])
    }

    fn lines_of(&self, state: &PathState) -> Result<Vec<String>, PlanError> {
        match &state.content {
            Some(text) => {
                let text = text.strip_suffix('\n').unwrap_or(text);
                Ok(text.split('\n').map(str::to_owned).collect())
            }
            None if state.sha256.as_deref() == Some(EMPTY_SHA256) => Ok(Vec::new()),
            None => Err(PlanError(format!(
                "{} is not text, or longer than 256 KiB: write all of it with file or template",
                self.path
            ))),
        }
    }

    fn write(&self, content: String, current: Option<&PathState>) -> Change {
        let content = content.into_bytes();
        let file = FileArgs {
            path: self.path.clone(),
            content: None,
            attributes: self.attributes.clone(),
            validate: self.validate.clone(),
            hides_old: self.hides_old,
        };
        let mut change = file.write(&content, current);
        if self.hides_old {
            // The lines around are not ours: nobody knows what they hold.
            change.diff = change.diff.map(|diff| without_context(&diff));
        }
        change
    }

    /// The index in `lines` at which something new goes.
    pub(super) fn spot_in(&self, lines: &[String]) -> Result<usize, PlanError> {
        let (found, key, regex) = match &self.spot {
            Spot::End => return Ok(lines.len()),
            // A file that is made now has nothing to go by.
            _ if lines.is_empty() && self.create => return Ok(0),
            Spot::After(regex) => {
                let last = lines.iter().rposition(|line| regex.is_match(line));
                (last.map(|index| index + 1), "insert_after", regex)
            }
            Spot::Before(regex) => {
                let first = lines.iter().position(|line| regex.is_match(line));
                (first, "insert_before", regex)
            }
        };
        found.ok_or_else(|| {
            PlanError(format!(
                "no line of {} matches '{regex}' of '{key}'",
                self.path
            ))
        })
    }
}

fn without_context(diff: &str) -> String {
    diff.split_inclusive('\n')
        .filter(|line| !line.starts_with(' '))
        .collect()
}
