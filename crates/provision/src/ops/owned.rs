//! What operations share that render a file of their own and make it live: the file, the note
//! that says what was made live, and programs they cannot do without.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request, path::sha256_of};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::{Action, Change, PlanError, PutFile, effects};

/// The first line of every file that an operation owns whole.
pub(crate) const HEADER: &str = "# Written by examctl: what is changed here is lost.\n";

/// A file of root's with this content, readable by everybody; `None`: there shall be no file.
pub(crate) fn owned_file(path: impl Into<String>, content: Option<String>) -> FileArgs {
    let attributes = if content.is_some() {
        root_file()
    } else {
        Attributes::default()
    };
    FileArgs {
        path: path.into(),
        content: content.map(String::into_bytes),
        attributes,
        validate: None,
        hides_old: false,
    }
}

/// Root's, for everybody to read: what cron and systemd demand of the files they obey.
pub(crate) fn root_file() -> Attributes {
    let root = || Some("root".to_owned());
    Attributes {
        owner: root(),
        group: root(),
        mode: Some(0o644),
    }
}

/// The change from `old` to `new` of a file of which an operation owns a few lines.
pub(crate) fn edited(path: &str, summary: String, old: &str, new: String) -> Change {
    let diff = similar::TextDiff::from_lines(old, &new)
        .unified_diff()
        .context_radius(3)
        .header(path, path)
        .to_string();
    Change {
        summary,
        diff: Some(diff),
        action: Action::Put(PutFile {
            path: path.to_owned(),
            content: new.into_bytes(),
            mode: 0o644,
            owner: Some("root:root".to_owned()),
            validate: None,
        }),
    }
}

/// Whether the task's `state` is not `absent`.
pub(crate) fn parse_present(fields: &mut Fields<'_>) -> bool {
    fields
        .choice("state", &[("present", true), ("absent", false)])
        .unwrap_or(true)
}

/// Whether a text is to be checked now, rather than once its templates are rendered.
pub(crate) fn is_final(fields: &Fields<'_>, text: &str) -> bool {
    !(fields.findings.unrendered && is_template(text))
}

/// The mapping under `key`, as text by name; it may not be empty unless `optional`.
pub(crate) fn parse_settings(
    fields: &mut Fields<'_>,
    key: &str,
    optional: bool,
) -> BTreeMap<String, String> {
    if !optional && fields.get(key).is_none() {
        fields.missing(key);
    }
    let empty = matches!(fields.get(key), Some(Value::Object(map)) if map.is_empty());
    if !optional && empty {
        fields.wrong(key, format!("'{key}' is empty"));
    }
    let settings = fields.texts_by_name(key);
    for (name, value) in &settings {
        if value.contains(['\n', '\0']) {
            fields.wrong(key, format!("the value of '{name}' is more than one line"));
        }
    }
    settings
}

/// The program at `path`, which `package` brings.
pub(crate) fn program_fact(path: &str) -> Request {
    FactKey::Path(path.to_owned()).into()
}

/// Refuses to plan for a host without the program.
pub(crate) fn needs_program(facts: &Facts, path: &str, package: &str) -> Result<(), PlanError> {
    if facts.paths.contains_key(path) {
        return Ok(());
    }
    Err(PlanError(format!(
        "there is no {path} on this host: install the package {package} in an earlier task"
    )))
}

/// A note below the state directory of what was made live last: a run that was cut between
/// writing and loading is finished by the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loaded {
    path: String,
    mark: String,
}

impl Loaded {
    /// `name` says what is loaded, for instance `nginx-site-exam`; `content` is all of it.
    pub(crate) fn new(state_directory: &str, name: &str, content: &[u8]) -> Self {
        Self {
            path: format!("{state_directory}/loaded/{name}"),
            mark: sha256_of(content),
        }
    }

    pub(crate) fn request(&self) -> Request {
        Request {
            key: FactKey::Path(self.path.clone()),
            expected_sha256: Some(self.sha256()),
        }
    }

    pub(crate) fn is_current(&self, facts: &Facts) -> bool {
        let state = facts.paths.get(&self.path);
        state.and_then(|state| state.sha256.as_deref()) == Some(self.sha256().as_str())
    }

    /// Whether anything of this name was made live and not taken away since.
    pub(crate) fn is_noted(&self, facts: &Facts) -> bool {
        facts.paths.contains_key(&self.path)
    }

    pub(crate) fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.path)
    }

    /// Shell that forgets the note: before the first change of what is to be live, and after the
    /// last one of what shall be no more.
    pub(crate) fn forget(&self) -> String {
        format!("rm -f {}\n", quote(&self.path))
    }

    /// Shell that notes it, to stand after the last change.
    pub(crate) fn note(&self) -> String {
        let folder = self.path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        format!(
            "mkdir -p {} && echo {} > {}\n",
            quote(folder),
            self.mark,
            quote(&self.path)
        )
    }

    fn sha256(&self) -> String {
        sha256_of(format!("{}\n", self.mark).as_bytes())
    }
}
