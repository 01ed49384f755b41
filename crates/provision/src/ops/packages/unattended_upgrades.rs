//! `unattended_upgrades`: which upgrades the host makes by itself, and that it makes none now.

use crate::facts::{FactKey, Facts, Request, ServiceState};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

const SETTINGS: &str = "/etc/apt/apt.conf.d/52examctl-unattended-upgrades";
const PERIODIC: &str = "/etc/apt/apt.conf.d/20auto-upgrades";
const TIMERS: [&str; 2] = ["apt-daily.timer", "apt-daily-upgrade.timer"];
const VALIDATE: &str = "APT_CONFIG=%s apt-config dump >/dev/null";
/// Security fixes of Debian and of Ubuntu; what is not of this host matches nothing.
const DEFAULT_ORIGINS: [&str; 2] = [
    "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
    "origin=Ubuntu,archive=${distro_codename}-security",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnattendedUpgradesArgs {
    files: [FileArgs; 2],
    /// `None` leaves the timers as they are.
    freeze: Option<bool>,
}

impl Operation for UnattendedUpgradesArgs {
    const SPEC: Spec = Spec {
        name: "unattended_upgrades",
        summary: "Which upgrades the host makes by itself, and whether it makes any now.",
        fields: &[
            Field::optional(
                "enabled",
                Kind::Boolean,
                "Whether it upgrades by itself at all. Default: true.",
            ),
            Field::optional(
                "origins",
                Kind::Texts,
                "Patterns of Unattended-Upgrade::Origins-Pattern. Default: security fixes.",
            ),
            Field::optional(
                "blacklist",
                Kind::Texts,
                "Packages that are left alone, as regular expressions.",
            ),
            Field::optional(
                "automatic_reboot",
                Kind::Boolean,
                "Reboot where an upgrade needs it. Default: false.",
            ),
            Field::optional(
                "automatic_reboot_time",
                Kind::Text,
                "When, as HH:MM. Default: 04:00.",
            ),
            Field::optional(
                "freeze",
                Kind::Boolean,
                "true holds the timers of apt (an exam is near), false lets them go. Default: left as they are.",
            ),
        ],
        example: "unattended_upgrades: {blacklist: [mariadb-server], freeze: true}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let enabled = fields.boolean("enabled").unwrap_or(true);
        let mut origins = entries(&mut fields, "origins");
        if origins.is_empty() {
            origins = DEFAULT_ORIGINS
                .iter()
                .map(|&text| text.to_owned())
                .collect();
        }
        let blacklist = entries(&mut fields, "blacklist");
        let reboot = fields.boolean("automatic_reboot").unwrap_or(false);
        let time = fields.optional_text("automatic_reboot_time");
        let time = time.unwrap_or_else(|| "04:00".to_owned());
        let is_open = fields.findings.unrendered && is_template(&time);
        if !is_open && !is_time(&time) {
            let message = "'automatic_reboot_time' is a time as HH:MM, for instance 04:00";
            fields.wrong("automatic_reboot_time", message);
        }
        let freeze = fields.boolean("freeze");
        let settings = settings(&origins, &blacklist, reboot, &time);
        let on = u8::from(enabled);
        let periodic = format!(
            "APT::Periodic::Update-Package-Lists \"{on}\";\nAPT::Periodic::Unattended-Upgrade \"{on}\";\n"
        );
        Some(Self {
            files: [file(SETTINGS, settings), file(PERIODIC, periodic)],
            freeze,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests: Vec<Request> = self.files.iter().flat_map(Operation::requests).collect();
        if self.freeze.is_some() {
            requests.extend(TIMERS.map(|timer| FactKey::Service(timer.to_owned()).into()));
        }
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = Vec::new();
        for file in &self.files {
            changes.extend(file.plan(facts)?);
        }
        let Some(freeze) = self.freeze else {
            return Ok(changes);
        };
        for timer in TIMERS {
            let state = facts.services.get(timer).cloned().unwrap_or_default();
            if !freeze && state.load == "not-found" {
                return Err(PlanError(format!(
                    "there is no {timer} on this host: it comes with the package apt"
                )));
            }
            if is_frozen(&state) == freeze && (freeze || is_running(&state)) {
                continue;
            }
            changes.push(if freeze {
                Change::run(
                    format!("hold {timer}: no upgrades until it is let go"),
                    format!("systemctl mask --now {timer}"),
                )
            } else {
                Change::run(
                    format!("let {timer} go"),
                    format!("systemctl unmask {timer} && systemctl enable --now {timer}"),
                )
            });
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        let is_timer = |name: &str| TIMERS.contains(&name);
        self.files.iter().any(|file| file.may_change(key))
            || matches!(key, FactKey::Service(name) if self.freeze.is_some() && is_timer(name))
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

fn is_frozen(state: &ServiceState) -> bool {
    state.unit_file == "masked" && state.active != "active"
}

fn is_running(state: &ServiceState) -> bool {
    state.unit_file == "enabled" && state.active == "active"
}

/// Texts that stand between quotes in a configuration of apt.
fn entries(fields: &mut Fields<'_>, key: &str) -> Vec<String> {
    let texts = fields.texts(key);
    if texts
        .iter()
        .any(|text| text.is_empty() || text.contains(['"', '\n', ';']))
    {
        fields.wrong(
            key,
            format!("a text of '{key}' is not empty and holds no quotes, semicolons or line ends"),
        );
    }
    texts
}

fn is_time(text: &str) -> bool {
    let parsed = |part: &str, max: u32| {
        part.len() == 2 && part.parse::<u32>().is_ok_and(|number| number <= max)
    };
    text.split_once(':')
        .is_some_and(|(hours, minutes)| parsed(hours, 23) && parsed(minutes, 59))
}

/// What other files set is forgotten first: lists of apt grow, they are not replaced.
fn settings(origins: &[String], blacklist: &[String], reboot: bool, time: &str) -> String {
    let list = |name: &str, entries: &[String]| {
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("    \"{entry}\";\n"))
            .collect();
        let lines = lines.concat();
        format!("Unattended-Upgrade::{name} {{\n{lines}}};\n")
    };
    format!(
        "#clear Unattended-Upgrade::Allowed-Origins;\n\
         #clear Unattended-Upgrade::Origins-Pattern;\n\
         #clear Unattended-Upgrade::Package-Blacklist;\n\
         {}{}\
         Unattended-Upgrade::Automatic-Reboot \"{reboot}\";\n\
         Unattended-Upgrade::Automatic-Reboot-Time \"{time}\";\n",
        list("Origins-Pattern", origins),
        list("Package-Blacklist", blacklist),
    )
}

fn file(path: &str, content: String) -> FileArgs {
    FileArgs {
        path: path.to_owned(),
        content: Some(content.into_bytes()),
        attributes: Attributes {
            owner: Some("root".to_owned()),
            group: Some("root".to_owned()),
            mode: Some(0o644),
        },
        validate: Some(VALIDATE.to_owned()),
        hides_old: false,
    }
}
