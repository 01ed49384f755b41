//! `sshd`: settings of the SSH server, judged by sshd before they go live, and taken back by the
//! host itself where nobody can log in any more.

use serde_json::{Map, Value};

use super::sshd_access::{Setting, lock_out};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template, shape};
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{
    HEADER, Loaded, is_final, needs_program, owned_file, parse_present, program_fact,
};
use crate::ops::session::{session, session_request};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Revert, Sources, effects};

const PROGRAM: &str = "/usr/sbin/sshd";
const MAIN: &str = "/etc/ssh/sshd_config";
const INCLUDES: &str = "sshd includes";
const SOCKET: &str = "ssh.socket";
/// Reads the configuration anew, and returns when sshd listens with it: on the signal it executes itself again, which its
/// auxiliary vector tells. Who tries at once whether a login still works would otherwise meet the old configuration, or
/// nobody.
const RELOAD: &str = r#"if systemctl is-active --quiet ssh; then
pid=$(systemctl show --property=MainPID --value ssh); before=$(cksum </proc/"$pid"/auxv)
systemctl reload ssh
tries=0; while [ $tries -lt 100 ]; do
tries=$((tries + 1)); sleep 0.05
[ "$(cksum </proc/"$pid"/auxv)" != "$before" ] || continue
{ ls -l /proc/"$pid"/fd; cat /proc/net/tcp /proc/net/tcp6; } 2>/dev/null | awk 'match($0, /socket:\[[0-9]+\]/) { own[substr($0, RSTART + 8, RLENGTH - 9)] = 1 } $4 == "0A" && $10 in own { found = 1 } END { exit !found }' && break
done
fi
"#;

/// Settings whose list is one value with commas; all others are repeated.
const COMMA_SEPARATED: &[&str] = &[
    "ciphers",
    "macs",
    "kexalgorithms",
    "hostkeyalgorithms",
    "hostbasedacceptedalgorithms",
    "pubkeyacceptedalgorithms",
    "casignaturealgorithms",
];

/// What cannot stand in a file that is included first, and why.
const REFUSED: [(&str, &str); 3] = [
    (
        "subsystem",
        "it is defined in sshd_config already, and OpenSSH before 9.5 does not start where it is defined twice",
    ),
    ("include", "write the settings themselves"),
    (
        "match",
        "whatever is included afterwards would be part of the block",
    ),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshdArgs {
    file: FileArgs,
    settings: Vec<Setting>,
    force: bool,
    loaded: Loaded,
}

impl Operation for SshdArgs {
    const SPEC: Spec = Spec {
        name: "sshd",
        summary: "Settings of the SSH server, judged by sshd before they go live; the host takes them back by itself where no new login succeeds.",
        fields: &[
            Field::optional(
                "settings",
                Kind::Mapping,
                "Names and values as in sshd_config(5); true and false are yes and no, a list is repeated or joined as the setting wants. These or a template are needed unless absent.",
            ),
            Field::optional(
                "template",
                Kind::Text,
                "Instead of settings: a template with lines as in sshd_config(5).",
            ),
            Field::optional(
                "name",
                Kind::Name,
                "They are kept in /etc/ssh/sshd_config.d/00-NAME.conf, where the first value wins. Default: examctl.",
            ),
            Field::optional(
                "force",
                Kind::Boolean,
                "Plan even what would surely lock examctl out. Default: false.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "sshd: {settings: {PasswordAuthentication: false, PermitRootLogin: prohibit-password, MaxAuthTries: 3}}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = match fields.get("name") {
            Some(_) => fields.optional_name("name")?,
            None => "examctl".to_owned(),
        };
        let present = parse_present(&mut fields);
        if present && fields.get("settings").is_none() && fields.get("template").is_none() {
            fields.missing_one_of(&["settings", "template"]);
        }
        let settings = match fields.optional_text("template") {
            None => read_settings(&mut fields),
            Some(_) if fields.get("settings").is_some() => {
                fields.wrong("template", "sshd takes 'settings' or 'template', not both");
                return None;
            }
            Some(template) if is_template(&template) => Vec::new(),
            Some(template) => match sources.template(&template, &Map::new()) {
                Ok(text) => read_lines(&text, &mut fields),
                Err(message) => {
                    fields.wrong("template", message);
                    return None;
                }
            },
        };
        let force = fields.boolean("force").unwrap_or(false);
        let lines = settings.iter().flat_map(|setting| {
            setting
                .values
                .iter()
                .map(|value| format!("{} {value}\n", setting.name))
        });
        let content = present.then(|| HEADER.to_owned() + &lines.collect::<String>());
        let path = format!("/etc/ssh/sshd_config.d/00-{name}.conf");
        let mark = content.clone().unwrap_or_default();
        let mut file = owned_file(path, content);
        file.validate = file
            .content
            .as_ref()
            .map(|_| validate_script(&file.path, &settings));
        Some(Self {
            loaded: Loaded::new(
                sources.state_directory(),
                &format!("sshd-{name}"),
                mark.as_bytes(),
            ),
            file,
            settings,
            force,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = self.file.requests();
        let includes = FactKey::Probe {
            name: INCLUDES.to_owned(),
            script: format!(
                "grep -iE '^[[:space:]]*Include[[:space:]]+\"?/etc/ssh/sshd_config.d/' {MAIN}"
            ),
            reads: vec![MAIN.to_owned()],
        };
        requests.extend([
            includes.into(),
            program_fact(PROGRAM),
            FactKey::Service(SOCKET.to_owned()).into(),
            self.loaded.request(),
            session_request(),
        ]);
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = self.file.plan(facts)?;
        if self.file.content.is_some() {
            needs_program(facts, PROGRAM, "openssh-server")?;
            if facts
                .probes
                .get(INCLUDES)
                .is_none_or(|probed| probed.status != 0)
            {
                return Err(PlanError(format!(
                    "{MAIN} does not include /etc/ssh/sshd_config.d/*.conf: put that line at its top in an earlier task"
                )));
            }
            let session = session(facts).filter(|_| !self.force);
            if let Some(reason) = session.and_then(|session| lock_out(&self.settings, &session)) {
                return Err(PlanError(format!(
                    "{reason}; `force: true` does it nevertheless"
                )));
            }
        }
        let present = self.file.content.is_some();
        let (unloaded, note) = if present {
            (!self.loaded.is_current(facts), self.loaded.note())
        } else {
            (self.loaded.is_noted(facts), self.loaded.forget())
        };
        if !changes.is_empty() || unloaded {
            let script = format!("set -e\n{}{note}", self.reload(facts));
            changes.push(Change::run("reload sshd", script));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.file.may_change(key)
            || self.loaded.may_change(key)
            || matches!(key, FactKey::Service(name) if name.starts_with("ssh"))
            || effects::on_file(key, &self.file.path)
    }

    fn managed_path(&self) -> Option<&str> {
        self.file.managed_path()
    }

    fn revert(&self, facts: &Facts) -> Option<Revert> {
        let path = quote(&self.file.path);
        Some(Revert {
            prepare: format!("if [ -e {path} ]; then cp -p {path} \"$EXAMCTL_SAVED/file\"; fi"),
            restore: format!(
                "if [ -e \"$EXAMCTL_SAVED/file\" ]; then cp -p \"$EXAMCTL_SAVED/file\" {path}.new && mv -f {path}.new {path}; else rm -f {path}; fi\n{}{}",
                self.loaded.forget(),
                self.reload(facts)
            ),
        })
    }
}

impl SshdArgs {
    /// Where systemd listens for sshd (Ubuntu 24.04), ports and addresses are the socket's.
    fn reload(&self, facts: &Facts) -> String {
        let listens = |setting: &Setting| {
            matches!(
                setting.key().as_str(),
                "port" | "listenaddress" | "addressfamily"
            )
        };
        let by_socket = facts
            .services
            .get(SOCKET)
            .is_some_and(|socket| socket.active == "active");
        let socket = if by_socket && self.settings.iter().any(listens) {
            "systemctl daemon-reload\nsystemctl restart ssh.socket\n"
        } else {
            ""
        };
        // A server that does not run reads its configuration when it starts.
        format!("{socket}{RELOAD}")
    }
}

fn read_settings(fields: &mut Fields<'_>) -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for (name, value) in fields.mapping("settings") {
        let values: Option<Vec<String>> = match &value {
            Value::Array(items) => items.iter().map(word).collect(),
            other => word(other).map(|word| vec![word]),
        };
        let lower = name.to_lowercase();
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == lower) {
            fields.wrong("settings", format!("'{name}' cannot be set here: {reason}"));
        }
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if !plain && is_final(fields, &name) {
            fields.wrong(
                "settings",
                format!("'{name}' is not the name of a setting of sshd"),
            );
        }
        if settings.iter().any(|other| other.key() == lower) {
            fields.wrong("settings", format!("'{name}' is set twice"));
        }
        let Some(mut values) = values else {
            let message = format!(
                "'{name}' is a text, a number, a truth value or a list of those, not {}",
                shape(&value)
            );
            fields.wrong("settings", message);
            continue;
        };
        if values
            .iter()
            .any(|value| value.trim().is_empty() || value.contains('\n'))
        {
            fields.wrong(
                "settings",
                format!("'{name}' has a value that is empty or has several lines"),
            );
        }
        if COMMA_SEPARATED.contains(&lower.as_str()) {
            values = vec![values.join(",")];
        }
        settings.push(Setting { name, values });
    }
    settings
}

/// The settings of a text: a name and its value in each line, repeated names gathered.
fn read_lines(text: &str, fields: &mut Fields<'_>) -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let lower = name.to_lowercase();
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == lower) {
            fields.wrong("template", format!("'{name}' cannot be set here: {reason}"));
        }
        if value.trim().is_empty() {
            fields.wrong("template", format!("'{name}' has no value"));
        }
        let value = value.trim().to_owned();
        match settings.iter_mut().find(|other| other.key() == lower) {
            Some(known) => known.values.push(value),
            None => settings.push(Setting {
                name: name.to_owned(),
                values: vec![value],
            }),
        }
    }
    settings
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        _ => None,
    }
}

/// Judges the staged file together with all others, and whether an earlier file overrules it.
fn validate_script(path: &str, settings: &[Setting]) -> String {
    let name = quote(path.rsplit('/').next().unwrap_or_default());
    let switch = |setting: &&Setting| {
        let [value] = setting.values.as_slice() else {
            return false;
        };
        matches!(value.as_str(), "yes" | "no")
    };
    let expected: Vec<String> = settings
        .iter()
        .filter(switch)
        .map(|setting| quote(&format!("{} {}", setting.key(), setting.values[0])))
        .collect();
    let overruled = if expected.is_empty() {
        String::new()
    } else {
        format!(
            "sshd -T -f \"$d/sshd_config\" > \"$d/effective\"\n\
             for s in {}; do\n\
             grep -qixF -- \"$s\" \"$d/effective\" || {{ echo \"'$s' would not take effect: sshd_config, or a file that is included earlier, sets it otherwise\" >&2; exit 1; }}\n\
             done",
            expected.join(" ")
        )
    };
    format!(
        "set -e\n\
         d=$(mktemp -d)\n\
         trap 'rm -rf \"$d\"' EXIT\n\
         [ -d /run/sshd ] || mkdir -m 0755 /run/sshd\n\
         mkdir \"$d/parts\"\n\
         for f in /etc/ssh/sshd_config.d/*.conf; do [ ! -e \"$f\" ] || cp \"$f\" \"$d/parts/\"; done\n\
         cp %s \"$d/parts/\"{name}\n\
         sed \"s#/etc/ssh/sshd_config\\.d/#$d/parts/#\" {MAIN} > \"$d/sshd_config\"\n\
         sshd -t -f \"$d/sshd_config\"\n\
         {overruled}"
    )
}
