//! `systemd_timer`: a command that systemd runs on a calendar: a timer and the service it starts.

use std::fmt::Write as _;

use super::unit_file::{self, is_one_line};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::root_file;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

const DAY_SECONDS: u64 = 86_400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SystemdTimerArgs {
    name: String,
    present: bool,
    service: FileArgs,
    timer: FileArgs,
}

impl Operation for SystemdTimerArgs {
    const SPEC: Spec = Spec {
        name: "systemd_timer",
        summary: "A command that systemd runs on a calendar: NAME.timer, enabled and started, and NAME.service.",
        fields: &[
            Field::required("name", Kind::Name, "What both are called, without a kind."),
            Field::optional(
                "on_calendar",
                Kind::Texts,
                "When, for instance daily or Mon..Fri 02:30.",
            ),
            Field::optional(
                "command",
                Kind::Text,
                "What runs, as ExecStart has it: a program and its arguments, no shell.",
            ),
            Field::optional("user", Kind::Name, "Who runs it. Default: root."),
            Field::optional("description", Kind::Text, "Default: NAME."),
            Field::optional(
                "random_delay_seconds",
                Kind::Number(DAY_SECONDS),
                "It starts up to that much later, so that hosts do not all start at once.",
            ),
            Field::optional(
                "persistent",
                Kind::Boolean,
                "Whether a run that a stopped host missed is made up for. Default: true.",
            ),
            Field::optional(
                "timeout_seconds",
                Kind::Number(DAY_SECONDS),
                "Past it the command is ended. Default: 3600.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "systemd_timer: {name: exam-backup, on_calendar: \"02:30\", command: /opt/exam/bin/backup, random_delay_seconds: 600}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let present = fields.choice("state", &[("present", true), ("absent", false)]);
        let present = present.unwrap_or(true);
        if !present {
            for key in ["on_calendar", "command"] {
                if fields.get(key).is_some() {
                    let message = format!("'{key}' means nothing for a timer with 'state: absent'");
                    fields.wrong(key, message);
                }
            }
        }
        let title = name.clone().unwrap_or_default();
        let contents = if present {
            Some(read_contents(&mut fields, sources, &title)?)
        } else {
            None
        };
        let name = name?;
        let (service, timer) = contents.unzip();
        let file = |kind: &str, content: Option<String>| {
            let unit = format!("{name}.{kind}");
            FileArgs {
                path: format!("/etc/systemd/system/{unit}"),
                attributes: if present {
                    root_file()
                } else {
                    Attributes::default()
                },
                validate: content
                    .is_some()
                    .then(|| unit_file::validation(&unit, None)),
                content: content.map(String::into_bytes),
                hides_old: sources.has_secrets(),
            }
        };
        Some(Self {
            present,
            service: file("service", service),
            timer: file("timer", timer),
            name,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = unit_file::requests(&self.timer, &self.timer_unit());
        requests.extend(unit_file::requests(&self.service, &self.service_unit()));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let unit = self.timer_unit();
        let word = quote(&unit);
        let state = facts.services.get(&unit);
        let is = |wanted: &str| state.is_some_and(|state| state.active == wanted);
        let is_enabled = state.is_some_and(|state| state.unit_file == "enabled");
        let mut changes = Vec::new();
        if !self.present && (is("active") || is_enabled) {
            let script = format!("systemctl --quiet disable --now {word}");
            changes.push(Change::run(format!("stop and disable {unit}"), script));
        }
        let mut files = unit_file::plan(&self.service, &self.service_unit(), facts)?;
        let timer = unit_file::plan(&self.timer, &unit, facts)?;
        if !timer.is_empty() {
            // One reading of all files, at the end.
            files.retain(|change| !change.summary.starts_with("reload systemd"));
        }
        let is_changed = timer.iter().any(|change| change.diff.is_some());
        changes.extend(files);
        changes.extend(timer);
        if self.present && !is_enabled {
            let script = format!("systemctl --quiet enable {word}");
            changes.push(Change::run(format!("enable {unit}"), script));
        }
        if self.present && (is_changed || !is("active")) {
            // A timer that runs keeps its old calendar until it is started anew.
            let script = format!("systemctl restart {word}");
            changes.push(Change::run(format!("start {unit}"), script));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        unit_file::may_change(&self.timer, &self.timer_unit(), key)
            || unit_file::may_change(&self.service, &self.service_unit(), key)
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.timer.path)
    }
}

impl SystemdTimerArgs {
    fn timer_unit(&self) -> String {
        format!("{}.timer", self.name)
    }

    fn service_unit(&self) -> String {
        format!("{}.service", self.name)
    }
}

/// The contents of the service and of the timer.
fn read_contents(
    fields: &mut Fields<'_>,
    sources: &dyn Sources,
    name: &str,
) -> Option<(String, String)> {
    let calendars = fields.texts("on_calendar");
    let command = fields.text("command");
    let user = fields.optional_name("user");
    let description = fields
        .optional_text("description")
        .unwrap_or(name.to_owned());
    let delay = fields.number("random_delay_seconds", DAY_SECONDS);
    let persistent = fields.boolean("persistent").unwrap_or(true);
    let timeout = fields
        .number("timeout_seconds", DAY_SECONDS)
        .unwrap_or(3600);
    if calendars.is_empty() && fields.get("on_calendar").is_none() {
        fields.missing("on_calendar");
    }
    let command = command?;
    let unrendered = fields.findings.unrendered && is_template(&command);
    if !unrendered && (!command.starts_with('/') || !is_one_line(&command)) {
        let message = "'command' is one line that starts with the path of a program, for instance /bin/sh -c '...'";
        fields.wrong("command", message);
    }
    if sources.holds_secret(command.as_bytes()) {
        fields.wrong(
            "command",
            "a secret in 'command' would show in process arguments",
        );
    }
    for (key, text) in calendars
        .iter()
        .map(|text| ("on_calendar", text))
        .chain([("description", &description)])
    {
        if !is_one_line(text) {
            fields.wrong(key, format!("'{key}' is text of one line"));
        }
    }
    let mut service = format!(
        "# Written by examctl.\n\n[Unit]\nDescription={description}\n\n[Service]\nType=oneshot\nExecStart={command}\nTimeoutStartSec={timeout}\n"
    );
    if let Some(user) = user {
        writeln!(service, "User={user}").ok();
    }
    let mut timer =
        format!("# Written by examctl.\n\n[Unit]\nDescription={description}\n\n[Timer]\n");
    for calendar in &calendars {
        writeln!(timer, "OnCalendar={calendar}").ok();
    }
    if let Some(delay) = delay {
        writeln!(timer, "RandomizedDelaySec={delay}").ok();
    }
    writeln!(
        timer,
        "Persistent={persistent}\n\n[Install]\nWantedBy=timers.target"
    )
    .ok();
    Some((service, timer))
}
