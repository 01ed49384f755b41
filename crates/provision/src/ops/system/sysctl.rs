//! `sysctl`: settings of the kernel, now and at every boot.

use std::collections::BTreeMap;

use super::live::{LIVE_FIELD, Live, parse_live};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{HEADER, is_final, owned_file, parse_present, parse_settings};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SysctlArgs {
    file: FileArgs,
    settings: BTreeMap<String, String>,
    live: Live,
}

impl Operation for SysctlArgs {
    const SPEC: Spec = Spec {
        name: "sysctl",
        summary: "Settings of the kernel, now and at every boot.",
        fields: &[
            Field::optional(
                "name",
                Kind::Name,
                "They are kept in /etc/sysctl.d/60-NAME.conf. Default: examctl.",
            ),
            Field::optional(
                "settings",
                Kind::Mapping,
                "Setting to value, for instance net.core.somaxconn: 8192. Needed unless absent.",
            ),
            LIVE_FIELD,
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "absent removes the file; the running kernel is left as it is. Default: present.",
            ),
        ],
        example: "sysctl: {settings: {net.core.somaxconn: 8192, vm.swappiness: 10}, live: when_possible}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = match fields.get("name") {
            Some(_) => fields.optional_name("name")?,
            None => "examctl".to_owned(),
        };
        let present = parse_present(&mut fields);
        let settings = parse_settings(&mut fields, "settings", !present);
        for key in settings.keys() {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            let known = key.chars().all(plain) && key.contains(['.', '/']) && !key.contains("..");
            if !known && is_final(&fields, key) {
                fields.wrong("settings", format!("'{key}' is not the name of a setting"));
            }
        }
        let live = parse_live(&mut fields);
        Some(Self::new(&name, settings, live, present))
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = self.file.requests();
        if !self.settings.is_empty() {
            requests.push(self.probe().into());
        }
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = self.file.plan(facts)?;
        if self.live == Live::No || self.settings.is_empty() {
            return Ok(changes);
        }
        let probed = facts.probes.get(&self.probe_name());
        let mut lines = probed
            .map(|probed| probed.stdout.lines())
            .into_iter()
            .flatten();
        for (key, wanted) in &self.settings {
            let (access, current) = split_answer(lines.next().unwrap_or("-"));
            if access != "-" && normal(current) == normal(wanted) {
                continue;
            }
            let hindrance = match access {
                "-" => Some(format!(
                    "this kernel has no setting {key}: is its name right, and its module loaded?"
                )),
                "r" => Some(format!(
                    "{key} is {current} and cannot be changed to {wanted} here: /proc/sys is read-only, as in a container"
                )),
                _ => None,
            };
            if self.live.decide(hindrance.as_deref())? {
                changes.push(Change::run(
                    format!("set {key}: {current} -> {wanted}"),
                    format!(
                        "printf '%s\\n' {} > {}",
                        quote(wanted),
                        quote(&file_of(key))
                    ),
                ));
            }
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.file.may_change(key) || effects::below(key, "/proc/sys")
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        self.file.managed_path()
    }
}

impl SysctlArgs {
    pub(super) fn new(
        name: &str,
        settings: BTreeMap<String, String>,
        live: Live,
        present: bool,
    ) -> Self {
        let lines = settings
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"));
        let content = HEADER.to_owned() + &lines.collect::<String>();
        Self {
            file: owned_file(
                format!("/etc/sysctl.d/60-{name}.conf"),
                present.then_some(content),
            ),
            settings: if present { settings } else { BTreeMap::new() },
            live,
        }
    }

    fn probe_name(&self) -> String {
        let keys: Vec<&str> = self.settings.keys().map(String::as_str).collect();
        format!("sysctl {}", keys.join(" "))
    }

    /// One line per setting: `w VALUE`, `r VALUE` where it is read-only, `-` where there is none.
    fn probe(&self) -> FactKey {
        let files: Vec<String> = self
            .settings
            .keys()
            .map(|key| quote(&file_of(key)))
            .collect();
        FactKey::Probe {
            name: self.probe_name(),
            script: format!(
                "for f in {}; do if read -r v <$f; then [ -w $f ] && a=w || a=r; echo \"$a $v\"; else echo -; fi; done 2>/dev/null",
                files.join(" ")
            ),
            reads: vec!["/proc/sys".to_owned()],
        }
    }
}

fn split_answer(line: &str) -> (&str, &str) {
    line.split_once(' ').unwrap_or((line, ""))
}

/// The kernel separates with tabs what people separate with spaces.
fn normal(value: &str) -> Vec<&str> {
    value.split_whitespace().collect()
}

/// As sysctl(8) reads a name: whichever of `.` and `/` comes first separates.
fn file_of(key: &str) -> String {
    let slashes = key
        .find(['.', '/'])
        .is_some_and(|at| key[at..].starts_with('/'));
    let path: String = key
        .chars()
        .map(|c| match c {
            '.' if !slashes => '/',
            '/' if !slashes => '.',
            other => other,
        })
        .collect();
    format!("/proc/sys/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_sysctl_reads_it() {
        assert_eq!(
            file_of("net.core.somaxconn"),
            "/proc/sys/net/core/somaxconn"
        );
        let interface = "/proc/sys/net/ipv4/conf/eth0.1/forwarding";
        assert_eq!(file_of("net/ipv4/conf/eth0.1/forwarding"), interface);
        assert_eq!(file_of("net.ipv4.conf.eth0/1.forwarding"), interface);
    }
}
