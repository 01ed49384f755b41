//! `wait_for`: goes on when a port answers, a page is there, a file exists, a command succeeds.

use std::time::Duration;

use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::download::check_url;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources};

const MAX_SECONDS: u64 = 3600;
const DEFAULT_TIMEOUT_SECONDS: u64 = 60;
/// How long one look at a port or a page may take.
const LOOK_SECONDS: u64 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitForArgs {
    /// What is waited for, for people.
    what: String,
    /// Ends with status 0 where it is so; prints why not.
    condition: String,
    /// All that the condition looks at, where that is known.
    path: Option<String>,
    timeout: u64,
    interval: u64,
}

impl Operation for WaitForArgs {
    const SPEC: Spec = Spec {
        name: "wait_for",
        summary: "Goes on when a port answers, a page is there, a file exists or a command succeeds.",
        fields: &[
            Field::optional("port", Kind::Number(65_535), "This port takes connections."),
            Field::optional("host", Kind::Name, "Where 'port' is. Default: 127.0.0.1."),
            Field::optional("url", Kind::Text, "This address answers."),
            Field::optional(
                "status",
                Kind::Number(599),
                "The status 'url' answers with. Default: 200.",
            ),
            Field::optional(
                "body",
                Kind::Text,
                "An extended regular expression (as for grep -E) that a line of the answer matches.",
            ),
            Field::optional(
                "insecure",
                Kind::Boolean,
                "Take any certificate of 'url'. Default: false.",
            ),
            Field::optional("path", Kind::Path, "This file or directory exists."),
            Field::optional("command", Kind::Text, "This script ends with status 0."),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "absent: 'path' does not exist, 'port' takes no connections. Default: present.",
            ),
            Field::optional(
                "timeout_seconds",
                Kind::Number(MAX_SECONDS),
                "When it is given up. Default: 60.",
            ),
            Field::optional(
                "interval_seconds",
                Kind::Number(MAX_SECONDS),
                "The pause between two looks. Default: 1.",
            ),
        ],
        example: "wait_for: {url: \"http://127.0.0.1:8080/health\", body: ready, timeout_seconds: 30}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let timeout = fields.number("timeout_seconds", MAX_SECONDS);
        let interval = fields.number("interval_seconds", MAX_SECONDS);
        for key in ["url", "body", "command"] {
            let text = fields.get(key).and_then(|value| value.as_str());
            if text.is_some_and(|text| sources.holds_secret(text.as_bytes())) {
                fields.wrong(
                    key,
                    format!("a secret in '{key}' would show in process arguments"),
                );
            }
        }
        let (what, condition) = parse_condition(&mut fields)?;
        Some(Self {
            what,
            condition,
            path: fields.optional_path("path"),
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT_SECONDS),
            interval: interval.unwrap_or(1),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let key = FactKey::Probe {
            name: self.probe_name(),
            script: self.condition.clone(),
            reads: vec![self.path.clone().unwrap_or_else(|| "/".to_owned())],
        };
        vec![key.into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        match facts.probes.get(&self.probe_name()) {
            Some(probed) if probed.status == 0 => Ok(Vec::new()),
            Some(_) => Ok(vec![self.wait()]),
            None => Err(PlanError(format!("nobody looked for {}", self.what))),
        }
    }

    // Waiting changes nothing, but time does.
    fn may_change(&self, key: &FactKey) -> bool {
        matches!(key, FactKey::Probe { name, .. } if *name == self.probe_name())
    }
}

impl WaitForArgs {
    fn probe_name(&self) -> String {
        format!("wait for {}", self.condition)
    }

    fn wait(&self) -> Change {
        let script = format!(
            "now() {{ read -r up idle </proc/uptime; echo \"${{up%%.*}}\"; }}\n\
             end=$(($(now) + {timeout}))\n\
             until said=$(sh -c {condition} 2>&1 </dev/null); do\n\
             [ \"$(now)\" -lt \"$end\" ] || {{ [ -z \"$said\" ] || printf '%s\\n' \"$said\" | tail -n 3 >&2; echo {late} >&2; exit 1; }}\n\
             sleep {interval}\n\
             done\n",
            timeout = self.timeout,
            condition = quote(&self.condition),
            interval = self.interval,
            late = quote(&format!(
                "waited {} seconds for {} in vain",
                self.timeout, self.what
            )),
        );
        let limit = self.timeout + self.interval + 2 * LOOK_SECONDS + 30;
        Change {
            summary: format!("wait for {}, at most {} s", self.what, self.timeout),
            diff: None,
            action: Action::Run(Command::new(script).timeout(Duration::from_secs(limit))),
        }
    }
}

/// What is waited for, in words and as a script.
fn parse_condition(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let kinds = ["port", "url", "path", "command"];
    let given: Vec<&str> = kinds
        .into_iter()
        .filter(|key| fields.get(key).is_some())
        .collect();
    let choices = [("present", true), ("absent", false)];
    let present = fields.choice("state", &choices).unwrap_or(true);
    let kind = match given.as_slice() {
        [] => {
            fields.missing_one_of(&kinds);
            return None;
        }
        [kind] => *kind,
        [first, second, ..] => {
            let message = format!("wait_for waits for one thing: '{first}' is there already");
            fields.wrong(second, message);
            return None;
        }
    };
    for (key, owner) in [
        ("host", "port"),
        ("status", "url"),
        ("body", "url"),
        ("insecure", "url"),
    ] {
        if fields.get(key).is_some() && owner != kind {
            fields.wrong(key, format!("'{key}' goes with '{owner}'"));
        }
    }
    if !present && !matches!(kind, "port" | "path") {
        fields.wrong(
            "state",
            format!("'state: absent' means nothing with '{kind}'"),
        );
    }
    match kind {
        "port" => Some(port_condition(fields, present)),
        "url" => url_condition(fields),
        "path" => {
            let path = fields.path("path")?;
            let (not, what) = if present {
                ("", "")
            } else {
                ("! ", " to be gone")
            };
            let script = format!("[ {not}-e {} ]", quote(&path));
            Some((format!("{path}{what}"), script))
        }
        _ => {
            let command = fields.text("command")?;
            let first = command.lines().next().unwrap_or_default();
            Some((format!("`{first}` to succeed"), command.clone()))
        }
    }
}

/// Every Debian and Ubuntu has bash, which can open a connection by itself.
fn port_condition(fields: &mut Fields<'_>, present: bool) -> (String, String) {
    let host = fields.optional_name("host");
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    // Still a template: any port does for the moment.
    let port = fields.number("port", 65_535).unwrap_or(1);
    let open = format!("exec 3<>/dev/tcp/{host}/{port}");
    let look = format!("timeout {LOOK_SECONDS} bash -c {}", quote(&open));
    if present {
        (format!("port {port} of {host}"), look)
    } else {
        let script = format!("if {look} 2>/dev/null; then echo it answers; exit 1; fi");
        (format!("port {port} of {host} to close"), script)
    }
}

fn url_condition(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let url = fields.text("url")?;
    check_url(fields, "url", &url);
    let status = fields.number_in("status", 100..=599).unwrap_or(200);
    let body = fields.optional_text("body");
    let insecure = fields.boolean("insecure").unwrap_or(false);
    let (curl_option, wget_option) = if insecure {
        ("-k ", "--no-check-certificate ")
    } else {
        ("", "")
    };
    let (matches, with) = match &body {
        Some(body) => (
            format!(
                "printf '%s\\n' \"$a\" | grep -E -q -e {} || {{ echo 'the answer does not match'; exit 1; }}\n",
                quote(body)
            ),
            format!(" and a line that matches '{body}'"),
        ),
        None => (String::new(), String::new()),
    };
    let script = format!(
        "u={url}\n\
         if command -v curl >/dev/null; then\n\
         a=$(curl -q -sS {curl_option}-m {LOOK_SECONDS} -w '\\n%{{http_code}}' -- \"$u\") || exit 1\n\
         s=${{a##*\n}}\n\
         elif command -v wget >/dev/null; then\n\
         a=$(wget -q -S {wget_option}-T {LOOK_SECONDS} -t 1 --max-redirect=0 --content-on-error -O - -- \"$u\" 2>&1)\n\
         s=$(printf '%s' \"$a\" | sed -n 's/^ *HTTP[^ ]* \\([0-9]*\\).*/\\1/p' | tail -n 1)\n\
         else echo 'neither curl nor wget is on this host: install one in an earlier package task'; exit 1; fi\n\
         [ \"$s\" = {status} ] || {{ echo \"it answers with status ${{s:-none}}, not {status}\"; exit 1; }}\n\
         {matches}",
        url = quote(&url),
    );
    Some((
        format!("{url} to answer with status {status}{with}"),
        script,
    ))
}
