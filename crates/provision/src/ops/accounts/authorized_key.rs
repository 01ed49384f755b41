//! `authorized_key`: which keys let a user in.

use super::public_key::PublicKey;
use crate::connections::quote;
use crate::facts::path::sha256_of;
use crate::facts::{FactKey, Facts, PathKind, PathState, Probed, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthorizedKeyArgs {
    user: String,
    keys: Vec<PublicKey>,
    present: bool,
    /// No other key stays.
    exclusive: bool,
}

/// What the host says of a user's keys.
struct Found {
    home: String,
    group: String,
    folder: Option<PathState>,
    file: Option<PathState>,
    content: String,
}

impl Operation for AuthorizedKeyArgs {
    const SPEC: Spec = Spec {
        name: "authorized_key",
        summary: "Which keys let a user in, in its ~/.ssh/authorized_keys.",
        fields: &[
            Field::required("user", Kind::Name, "The login."),
            Field::required(
                "keys",
                Kind::Texts,
                "Public keys, each the line of a .pub file.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
            Field::optional(
                "exclusive",
                Kind::Boolean,
                "Whether every other key is removed. Default: false.",
            ),
            Field::optional(
                "options",
                Kind::Text,
                "What these keys may do, for instance from=\"10.0.0.0/8\",no-pty. Default: as it is, or anything.",
            ),
            Field::optional(
                "comment",
                Kind::Text,
                "Stands in the place of the comments of these keys.",
            ),
        ],
        example: "authorized_key: {user: deploy, exclusive: true, keys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEJt8ZtRDpkZ8cFn0OZ0YzQm3JZQ1mEJc0Zl3mFzQ0aB ann\"]}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let user = fields.name("user");
        if fields.get("keys").is_none() {
            fields.missing("keys");
        }
        let choices = [("present", true), ("absent", false)];
        let present = fields.choice("state", &choices).unwrap_or(true);
        let exclusive = fields.boolean("exclusive").unwrap_or(false);
        let options = fields.optional_text("options");
        let comment = fields.optional_text("comment");
        for (key, text) in [("options", &options), ("comment", &comment)] {
            if text
                .as_ref()
                .is_some_and(|text| text.contains(['\n', '\r']))
            {
                fields.wrong(key, format!("'{key}' is one line"));
            }
        }
        let mut keys = Vec::new();
        for text in fields.texts("keys") {
            if fields.findings.unrendered && is_template(&text) {
                continue;
            }
            match PublicKey::parse(text.trim()) {
                Ok(mut key) => {
                    key.options = options.clone().unwrap_or(key.options);
                    key.comment = comment.clone().unwrap_or(key.comment);
                    keys.push(key);
                }
                Err(message) => fields.wrong("keys", message),
            }
        }
        if !present && exclusive {
            fields.wrong(
                "exclusive",
                "'exclusive' means nothing with 'state: absent'",
            );
        }
        let user = user?;
        if present && exclusive && keys.is_empty() && !fields.findings.unrendered {
            let message = format!("no key would be left: {user} could not log in any more");
            fields.wrong("keys", message);
        }
        Some(Self {
            user,
            keys,
            present,
            exclusive,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let key = FactKey::Probe {
            name: self.probe_name(),
            script: format!(
                "u={}\n\
                 h=$(getent passwd \"$u\" | cut -d : -f 6); [ -n \"$h\" ] || exit 3\n\
                 s() {{ stat -c '%F|%a|%U|%G' \"$1\" 2>/dev/null || echo; }}\n\
                 echo \"$h\"; id -gn \"$u\"; s \"$h/.ssh\"; s \"$h/.ssh/authorized_keys\"\n\
                 [ ! -f \"$h/.ssh/authorized_keys\" ] || cat \"$h/.ssh/authorized_keys\" || exit 4\n\
                 echo .",
                quote(&self.user)
            ),
            // The home is only known on the host.
            reads: ["/etc/passwd", "/home", "/root", "/var", "/srv", "/opt"]
                .map(str::to_owned)
                .to_vec(),
        };
        vec![key.into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let user = &self.user;
        let probed = facts.probes.get(&self.probe_name());
        let found = match probed.map(|it| it.status) {
            Some(3) => None,
            Some(0) => probed.and_then(read),
            _ => {
                let message = format!(
                    "the keys of {user} may not be read: log in as root or set `become: true` for this host"
                );
                return Err(PlanError(message));
            }
        };
        let Some(found) = found else {
            if !self.present {
                return Ok(Vec::new());
            }
            let message = format!("there is no user {user}: make it in an earlier task");
            return Err(PlanError(message));
        };
        let folder = format!("{}/.ssh", found.home);
        let file = format!("{folder}/authorized_keys");
        for (path, state, kind, what) in [
            (&folder, &found.folder, PathKind::Directory, "a directory"),
            (&file, &found.file, PathKind::File, "a file"),
        ] {
            // Its user could have put a link there for root to follow.
            if state.as_ref().is_some_and(|state| state.kind != kind) {
                let message = format!("{path} is not {what}: move it away first");
                return Err(PlanError(message));
            }
        }
        let content = self.edited(&found.content);
        if found.file.is_none() && content.is_empty() {
            return Ok(Vec::new());
        }
        self.changes(&folder, &file, &found, content)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        match key {
            FactKey::Path(path) => {
                path.ends_with("/.ssh") || path.ends_with("/.ssh/authorized_keys")
            }
            FactKey::Probe { name, .. } => *name == self.probe_name(),
            _ => false,
        }
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl AuthorizedKeyArgs {
    fn probe_name(&self) -> String {
        format!("authorized keys of {}", self.user)
    }

    fn edited(&self, old: &str) -> String {
        let ours = |line: &str| {
            let key = PublicKey::parse(line).ok()?;
            self.keys.iter().find(|other| other.blob == key.blob)
        };
        let mut lines: Vec<String> = Vec::new();
        let mut written: Vec<&str> = Vec::new();
        for line in old.lines() {
            match ours(line.trim()) {
                None if self.exclusive => {}
                None => lines.push(line.to_owned()),
                Some(_) if !self.present => {}
                Some(key) if written.contains(&key.blob.as_str()) => {}
                Some(key) => {
                    written.push(&key.blob);
                    lines.push(Self::line_of(key, line.trim()));
                }
            }
        }
        if self.present {
            let missing = |key: &&PublicKey| !written.contains(&key.blob.as_str());
            lines.extend(self.keys.iter().filter(missing).map(PublicKey::line));
        }
        lines
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect()
    }

    /// The line of a key that is there: what was not asked for stays.
    fn line_of(key: &PublicKey, old: &str) -> String {
        let mut line = key.clone();
        if let Ok(old) = PublicKey::parse(old) {
            if line.options.is_empty() {
                line.options = old.options;
            }
            if line.comment.is_empty() {
                line.comment = old.comment;
            }
        }
        line.line()
    }

    fn changes(
        &self,
        folder: &str,
        file: &str,
        found: &Found,
        content: String,
    ) -> Result<Vec<Change>, PlanError> {
        let attributes = |mode: u32| Attributes {
            owner: Some(self.user.clone()),
            group: Some(found.group.clone()),
            mode: Some(mode),
        };
        let mut changes = if let Some(state) = &found.folder {
            attributes(0o700).plan(folder, state)
        } else {
            let path = quote(folder);
            let owner = format!("{}:{}", self.user, found.group);
            vec![Change::run(
                format!("create directory {folder} ({owner} 0700)"),
                format!("mkdir -m 0700 {path} && chown -h {} {path}", quote(&owner)),
            )]
        };
        let mut facts = Facts::default();
        if let Some(state) = &found.file {
            let state = PathState {
                sha256: Some(sha256_of(found.content.as_bytes())),
                content: Some(found.content.clone()),
                ..state.clone()
            };
            facts.paths.insert(file.to_owned(), state);
        }
        let wanted = FileArgs {
            path: file.to_owned(),
            content: Some(content.into_bytes()),
            attributes: attributes(0o600),
            validate: None,
            hides_old: false,
        };
        changes.extend(wanted.plan(&facts)?);
        Ok(changes)
    }
}

fn read(probed: &Probed) -> Option<Found> {
    let mut lines = probed.stdout.splitn(5, '\n');
    let (home, group) = (lines.next()?, lines.next()?);
    let (folder, file) = (lines.next()?, lines.next()?);
    // The answer's end is marked: line ends at its end do not travel.
    let content = lines.next()?.strip_suffix('.')?;
    Some(Found {
        home: home.trim_end_matches('/').to_owned(),
        group: group.to_owned(),
        folder: state_of(folder),
        file: state_of(file),
        content: content.to_owned(),
    })
}

fn state_of(line: &str) -> Option<PathState> {
    let words: Vec<&str> = line.split('|').collect();
    let [kind, mode, owner, group] = words.as_slice() else {
        return None;
    };
    Some(PathState {
        kind: match *kind {
            "directory" => PathKind::Directory,
            "regular file" | "regular empty file" => PathKind::File,
            "symbolic link" => PathKind::Link,
            _ => PathKind::Other,
        },
        mode: u32::from_str_radix(mode, 8).ok()?,
        owner: (*owner).to_owned(),
        group: (*group).to_owned(),
        target: None,
        sha256: None,
        content: None,
    })
}
