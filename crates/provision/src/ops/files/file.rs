//! `file`: a file with its content, owner and mode, or no file. `template` plans the same way.

use super::absent::plan_absent;
use super::attributes::{
    Attributes, FILE_MODE, GROUP, OWNER, SENSITIVE, VALIDATE, parse_attributes,
};
use crate::facts::{FactKey, Facts, PathKind, PathState, Request, path::sha256_of};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, PutFile, Sources, effects};
use crate::secret::MASK;

const DEFAULT_MODE: u32 = 0o644;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileArgs {
    pub(crate) path: String,
    /// `None`: there shall be no file.
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) attributes: Attributes,
    pub(crate) validate: Option<String>,
    /// What the content replaces is not shown: it may hold a secret that is no longer one, whose
    /// value nobody here knows any more.
    pub(crate) hides_old: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Present,
    Absent,
}

fn read_content(fields: &mut Fields<'_>, sources: &dyn Sources) -> Option<Vec<u8>> {
    match (fields.get("content"), fields.get("source")) {
        (Some(_), None) => fields.optional_text("content").map(String::into_bytes),
        (None, Some(_)) => {
            let name = fields.optional_text("source")?;
            if fields.findings.unrendered && is_template(&name) {
                return Some(Vec::new());
            }
            match sources.file(&name) {
                Ok(content) => Some(content),
                Err(message) => {
                    fields.wrong("source", message);
                    None
                }
            }
        }
        _ => {
            let message = "file needs either 'content' or 'source' (or 'state: absent')";
            let place = fields.place.clone();
            fields.findings.add(place, message);
            None
        }
    }
}

/// A command that judges the staged file, which stands as `%s` in it.
pub(super) fn parse_validate(fields: &mut Fields<'_>, sources: &dyn Sources) -> Option<String> {
    let validate = fields.optional_text("validate")?;
    if !validate.contains("%s") {
        fields.wrong(
            "validate",
            "'validate' needs %s where the staged file belongs",
        );
    }
    if sources.holds_secret(validate.as_bytes()) {
        fields.wrong(
            "validate",
            "a secret in 'validate' would show in process arguments",
        );
    }
    Some(validate)
}

impl Operation for FileArgs {
    const SPEC: Spec = Spec {
        name: "file",
        summary: "A file with its content, owner and mode, or no file.",
        fields: &[
            Field::required(
                "path",
                Kind::Path,
                "The file; directories above it are made as needed, 0755.",
            ),
            Field::optional("content", Kind::Text, "Its content."),
            Field::optional(
                "source",
                Kind::Text,
                "A file beside the playbook with the content.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
            OWNER,
            GROUP,
            FILE_MODE,
            VALIDATE,
            SENSITIVE,
        ],
        example: "file: {path: /etc/motd, content: \"Exam server\\n\", mode: 0644}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let path = fields.path("path");
        let choices = [("present", State::Present), ("absent", State::Absent)];
        let state = fields.choice("state", &choices).unwrap_or(State::Present);
        let content = match state {
            State::Absent => None,
            State::Present => Some(read_content(&mut fields, sources)),
        };
        let attributes = parse_attributes(&mut fields);
        let validate = parse_validate(&mut fields, sources);
        let sensitive = fields.boolean("sensitive").unwrap_or(false);
        if state == State::Absent {
            for key in ["content", "source", "owner", "group", "mode", "validate"] {
                if fields.get(key).is_some() {
                    fields.wrong(
                        key,
                        format!("'{key}' means nothing for a file with 'state: absent'"),
                    );
                }
            }
        }
        // A content that could not be read has its finding already.
        let content = match content {
            Some(content) => Some(content?),
            None => None,
        };
        Some(FileArgs {
            path: path?,
            content,
            attributes,
            validate,
            hides_old: sensitive || sources.has_secrets(),
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![Request {
            key: FactKey::Path(self.path.clone()),
            expected_sha256: self.content.as_deref().map(sha256_of),
        }]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let Some(content) = &self.content else {
            return plan_absent(&self.path, facts);
        };
        match facts.paths.get(&self.path) {
            Some(state) if state.kind == PathKind::Directory => Err(PlanError(format!(
                "{} is a directory; a file cannot replace it",
                self.path
            ))),
            Some(state) if state.kind == PathKind::File => {
                if state.sha256.as_deref() == Some(sha256_of(content).as_str()) {
                    return Ok(self.attributes.plan(&self.path, state));
                }
                Ok(vec![self.write(content, Some(state))])
            }
            // A link is replaced, not followed.
            None | Some(_) => Ok(vec![self.write(content, None)]),
        }
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.path) || effects::on_directory(key, &self.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.path)
    }
}

impl FileArgs {
    pub(super) fn write(&self, content: &[u8], current: Option<&PathState>) -> Change {
        let known_mode = self.attributes.mode.or(current.map(|state| state.mode));
        let mode = known_mode.unwrap_or(DEFAULT_MODE);
        let verb = if current.is_some() {
            "change"
        } else {
            "create"
        };
        Change {
            summary: format!("{verb} {}{}", self.path, self.attributes.shown(mode)),
            diff: Some(self.diff(content, current)),
            action: Action::Put(PutFile {
                path: self.path.clone(),
                content: content.to_vec(),
                mode,
                owner: self.attributes.owner_and_group(current),
                validate: self.validate.clone(),
            }),
        }
    }

    fn diff(&self, content: &[u8], current: Option<&PathState>) -> String {
        let old = match current {
            None => Some(""),
            Some(state) => state.content.as_deref(),
        };
        let (Some(old), Ok(new)) = (old, std::str::from_utf8(content)) else {
            return format!("(not text, or too long to show: {} bytes)\n", content.len());
        };
        let before = if current.is_some() {
            self.path.as_str()
        } else {
            "/dev/null"
        };
        let diff = similar::TextDiff::from_lines(old, new)
            .unified_diff()
            .context_radius(3)
            .header(before, &self.path)
            .to_string();
        if self.hides_old {
            hide_removed(&diff)
        } else {
            diff
        }
    }
}

fn hide_removed(diff: &str) -> String {
    let mut lines = diff.lines();
    let mut shown: String = lines
        .by_ref()
        .take(2)
        .flat_map(|line| [line, "\n"])
        .collect();
    for line in lines {
        if line.starts_with('-') {
            shown.push('-');
            shown.push_str(MASK);
        } else {
            shown.push_str(line);
        }
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_secret_is_not_shown_by_the_diff_that_replaces_it() {
        let args = FileArgs {
            path: "/etc/x".into(),
            content: Some(b"a\nkey=new\n".to_vec()),
            attributes: Attributes::default(),
            validate: None,
            hides_old: true,
        };
        let state = PathState {
            kind: PathKind::File,
            mode: 0o600,
            owner: "root".into(),
            group: "root".into(),
            target: None,
            sha256: None,
            content: Some("a\nkey=old\n".into()),
        };
        let diff = args.diff(b"a\nkey=new\n", Some(&state));
        assert!(!diff.contains("old"), "{diff}");
        assert!(diff.contains("-********\n+key=new"), "{diff}");
    }
}
