//! `redis_settings`: settings and users of Redis in files of their own, which its own
//! configuration includes last. A scratch start judges them; a restart brings them in.
//!
//! Where nobody but the named users may talk to the server, its settings cannot be asked without
//! a password. So what was applied last is noted below the state directory, and the server is
//! asked only where it answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::settings::{parse_settings, same_value};
use crate::connections::quote;
use crate::facts::path::sha256_of;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};
use crate::secret::{MASK, Secret};

/// A server that starts with a log and finds none begins empty, whatever it had saved: so the log is
/// written before it is restarted.
const START_LOG: &str = "redis-cli CONFIG SET appendonly yes >/dev/null\n\
     n=0\n\
     until redis-cli INFO persistence | grep -q '^aof_rewrite_scheduled:0' && redis-cli INFO persistence | grep -q '^aof_rewrite_in_progress:0'; do\n\
     n=$((n + 1)); [ $n -lt 300 ] || { echo 'the append-only file was not written in a minute' >&2; exit 1; }\n\
     sleep 0.2\n\
     done\n";

const MAIN: &str = "/etc/redis/redis.conf";

const USER_FIELDS: &[Field] = &[
    Field::required("name", Kind::Text, "The user."),
    Field::required(
        "password",
        Kind::Text,
        "Only its SHA-256 reaches the host, as Redis stores it.",
    ),
    Field::required(
        "rules",
        Kind::Text,
        "What it may do, for instance '~exam:* &exam:* +@all -@dangerous'.",
    ),
];

#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    name: String,
    password: Secret,
    rules: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedisSettingsArgs {
    name: String,
    settings: BTreeMap<String, String>,
    /// `None`: the users are left alone.
    users: Option<Vec<User>>,
    hides_old: bool,
    state_directory: String,
}

/// Starts a server with `options` on a socket in a folder of its own and ends it again; what it
/// says is shown where it does not come up.
fn scratch_start(options: &str) -> String {
    format!(
        "d=$(mktemp -d) && chown redis \"$d\" || exit 1\n\
         runuser -u redis -- redis-server {options} --port 0 --tls-port 0 --unixsocket \"$d/s\" --dir \"$d\" --pidfile \"$d/p\" --logfile \"\" --daemonize no --supervised no --save \"\" --appendonly no >\"$d/log\" 2>&1 &\n\
         p=$!; n=0\n\
         while [ ! -S \"$d/s\" ] && kill -0 $p 2>/dev/null && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done\n\
         s=0; [ -S \"$d/s\" ] || {{ s=1; grep -v '^[0-9]*:C ' \"$d/log\"; }}\n\
         kill $p 2>/dev/null; wait $p; rm -rf \"$d\"; exit $s"
    )
}

impl Operation for RedisSettingsArgs {
    const SPEC: Spec = Spec {
        name: "redis_settings",
        summary: "Settings and users of Redis, which is restarted to take them.",
        fields: &[
            Field::optional(
                "settings",
                Kind::Mapping,
                "Names to values, which win over those of redis.conf.",
            ),
            Field::optional(
                "users",
                Kind::Items(USER_FIELDS),
                "Exactly the users there are; nobody else gets in, not even without a password.",
            ),
            Field::optional(
                "name",
                Kind::Name,
                "The files are NAME.conf and NAME.acl beside redis.conf. Default: exam.",
            ),
        ],
        example: "redis_settings:\n  settings: {maxmemory: 256mb, maxmemory-policy: noeviction, appendonly: true}\n  users:\n    - {name: exam, password: \"{{ redis_password }}\", rules: \"~exam:* &exam:* +@all -@dangerous\"}\n",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.optional_name("name").unwrap_or("exam".to_owned());
        let has_users = fields.get("users").is_some();
        let has_settings = fields.get("settings").is_some();
        if !has_users && !has_settings {
            fields.missing_one_of(&["settings", "users"]);
            return None;
        }
        let settings = if has_settings {
            parse_settings(&mut fields, sources, str::to_ascii_lowercase, ("yes", "no"))?
        } else {
            BTreeMap::new()
        };
        for (key, value) in &settings {
            if value.contains('#') && !is_template(value) {
                let message = format!("the value of '{key}' may not hold '#'");
                fields.wrong("settings", message);
            }
            if matches!(key.as_str(), "requirepass" | "aclfile" | "include" | "user") {
                let message = format!("'{key}' is not a setting here: use 'users'");
                fields.wrong("settings", message);
            }
        }
        let users = fields.items("users", &["name", "password", "rules"], parse_user);
        Some(Self {
            name,
            settings,
            users: has_users.then_some(users),
            hides_old: sources.has_secrets(),
            state_directory: sources.state_directory().to_owned(),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut script = format!(
            "[ -f {MAIN} ] || exit 1\n\
             echo @last; grep -vE '^[[:space:]]*(#|$)' {MAIN} | tail -n 1\n\
             echo @noted; cat {noted}\n",
            noted = quote(&self.noted_path()),
        );
        if !self.settings.is_empty() {
            writeln!(script, "echo @live; {}", self.ask_live()).ok();
        }
        script.push_str("exit 0");
        let mut requests = vec![super::question(&self.question(), script)];
        requests.extend(self.conf().requests());
        requests.extend(self.acl().iter().flat_map(FileArgs::requests));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let probed = super::answer(facts, &self.question())?;
        if probed.status != 0 {
            let message = format!("{MAIN} is not on this host: install Redis in an earlier task");
            return Err(PlanError(message));
        }
        let mut changes = Vec::new();
        if let Some(acl) = self.acl() {
            changes = acl.plan(facts)?;
            for change in &mut changes {
                change.diff = change.diff.as_deref().map(mask_hashes);
            }
        }
        changes.extend(self.conf().plan(facts)?);
        let include = self.include();
        if super::section(&probed.stdout, "last").trim() != include {
            changes.push(Self::included(&include));
        }
        let noted = super::section(&probed.stdout, "noted");
        let (sum, noted) = noted.split_once('\n').unwrap_or((noted.as_str(), ""));
        let live = pairs(&super::section(&probed.stdout, "live"));
        let diff = self.differing(&live, &pairs(noted));
        if !changes.is_empty() || sum != self.sum() || !diff.is_empty() {
            let mut restart = self.restart(&live);
            restart.diff = Some(diff).filter(|diff| !diff.is_empty());
            changes.push(restart);
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        super::touches(key, &self.question())
            || self.conf().may_change(key)
            || self.acl().is_some_and(|acl| acl.may_change(key))
            || matches!(key, FactKey::Service(name) if name.starts_with("redis"))
            || matches!(key, FactKey::Path(path) if path == MAIN)
    }
}

fn parse_user(mut fields: Fields<'_>) -> Option<User> {
    let name = super::object_name(&mut fields, "name", 64);
    if fields.get("password").is_none() {
        fields.missing("password");
    }
    let password = super::optional_password(&mut fields, "password");
    let rules = fields.text("rules")?;
    let forbidden = |rule: &str| {
        rule.starts_with(['>', '<', '#', '!']) || matches!(rule, "nopass" | "on" | "off" | "reset")
    };
    if rules.contains(['\n', '"', '\'', '\\']) || rules.split_whitespace().any(forbidden) {
        let message = "'rules' says what the user may do (keys, channels, commands), on one line without quotes; the password has a place of its own";
        fields.wrong("rules", message);
    }
    Some(User {
        name: name?,
        password: password?,
        rules,
    })
}

impl RedisSettingsArgs {
    fn question(&self) -> String {
        format!("redis settings {}", self.name)
    }

    fn noted_path(&self) -> String {
        format!("{}/redis-settings/{}", self.state_directory, self.name)
    }

    fn acl_path(&self) -> String {
        format!("/etc/redis/{}.acl", self.name)
    }

    fn include(&self) -> String {
        format!("include /etc/redis/{}.conf", self.name)
    }

    fn file(&self, path: String, content: String, validate: String) -> FileArgs {
        FileArgs {
            path,
            content: Some(content.into_bytes()),
            attributes: Attributes {
                owner: Some("redis".to_owned()),
                group: Some("redis".to_owned()),
                mode: Some(0o640),
            },
            validate: Some(validate),
            hides_old: self.hides_old,
        }
    }

    fn conf(&self) -> FileArgs {
        let mut text = "# Written by examctl.\n".to_owned();
        for (name, value) in &self.settings {
            let value = if value.is_empty() { "\"\"" } else { value };
            writeln!(text, "{name} {value}").ok();
        }
        if self.users.is_some() {
            writeln!(text, "aclfile {}", self.acl_path()).ok();
        }
        let path = format!("/etc/redis/{}.conf", self.name);
        self.file(path, text, scratch_start("%s"))
    }

    fn acl(&self) -> Option<FileArgs> {
        let users = self.users.as_ref()?;
        let mut text = String::new();
        if !users.iter().any(|user| user.name == "default") {
            text.push_str("user default off resetchannels -@all\n");
        }
        for user in users {
            let hash = hash(user.password.expose());
            writeln!(text, "user {} on #{hash} {}", user.name, user.rules.trim()).ok();
        }
        Some(self.file(self.acl_path(), text, scratch_start("--aclfile %s")))
    }

    /// What was applied last, if it was this.
    fn sum(&self) -> String {
        let acl = self.acl().and_then(|acl| acl.content).unwrap_or_default();
        let conf = self.conf().content.unwrap_or_default();
        sha256_of(&[conf, acl].concat())
    }

    /// A command that prints names and values, line by line, where the server answers.
    fn ask_live(&self) -> String {
        let target = match (self.settings.get("unixsocket"), self.settings.get("port")) {
            (Some(socket), _) => format!("-s {}", quote(socket)),
            (None, Some(port)) => format!("-p {}", quote(port)),
            (None, None) => String::new(),
        };
        let names: Vec<&str> = self.settings.keys().map(String::as_str).collect();
        let asked = format!("CONFIG GET {}\\n", names.join("\\nCONFIG GET "));
        format!("printf {} | redis-cli {target} 2>/dev/null", quote(&asked))
    }

    /// The settings that the running server does not have, as a diff.
    fn differing(
        &self,
        live: &BTreeMap<String, String>,
        noted: &BTreeMap<String, String>,
    ) -> String {
        let mut diff = String::new();
        for (name, wanted) in &self.settings {
            let Some(value) = live.get(name) else {
                continue;
            };
            if !same_value(value, wanted) && noted.get(name) != Some(value) {
                writeln!(diff, "-{name} {value}\n+{name} {wanted}").ok();
            }
        }
        diff
    }

    fn included(include: &str) -> Change {
        let line = quote(include);
        let script = format!(
            "set -e\n\
             t=$(mktemp {MAIN}.XXXXXX)\n\
             trap 'rm -f \"$t\"' EXIT\n\
             {{ grep -vxF {line} {MAIN} || :; echo {line}; }} > \"$t\"\n\
             chown --reference={MAIN} \"$t\"\n\
             chmod --reference={MAIN} \"$t\"\n\
             sync \"$t\"\n\
             mv -f \"$t\" {MAIN}\n"
        );
        let mut change = Change::run(format!("end {MAIN} with the line '{include}'"), script);
        change.diff = Some(format!("+{include}\n"));
        change
    }

    /// Restarts the server and notes what it made of the settings.
    fn restart(&self, live: &BTreeMap<String, String>) -> Change {
        let is_no = |value: &String| same_value(value, "no");
        let starts_log = live.get("appendonly").is_some_and(is_no)
            && !self.settings.get("appendonly").is_none_or(is_no);
        let script = format!(
            "set -e\n\
             {start_log}systemctl restart redis-server\n\
             umask 077\n\
             mkdir -p {folder}\n\
             {{ echo {sum}; {ask} || :; }} > {noted}\n",
            folder = quote(&format!("{}/redis-settings", self.state_directory)),
            sum = self.sum(),
            start_log = if starts_log { START_LOG } else { "" },
            ask = if self.settings.is_empty() {
                ":".to_owned()
            } else {
                self.ask_live()
            },
            noted = quote(&self.noted_path()),
        );
        Change::run("restart redis-server", script)
    }
}

/// Lines of names and values in turn.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .chunks_exact(2)
        .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
        .collect()
}

/// What Redis stores of a password.
fn hash(password: &str) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(password.as_bytes()) {
        write!(text, "{byte:02x}").ok();
    }
    text
}

/// `#` and a hash with the hash masked.
fn mask_hashes(diff: &str) -> String {
    let words = diff.split_inclusive([' ', '\n']).map(|word| {
        let (text, end) = word.split_at(word.trim_end().len());
        let is_hash = text.len() == 65 && text.starts_with('#');
        let text = if is_hash {
            format!("#{MASK}")
        } else {
            text.to_owned()
        };
        format!("{text}{end}")
    });
    words.collect()
}
