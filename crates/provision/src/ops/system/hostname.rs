//! `hostname`: what the host calls itself, now and at every boot.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{edited, is_final, owned_file};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

/// The address that Debian gives a host's own name in /etc/hosts (Debian Reference 5.1.1).
const ADDRESS: &str = "127.0.1.1";
const HOSTS: &str = "/etc/hosts";
const RUNNING: &str = "hostname";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostnameArgs {
    name: String,
    /// Full name first, as resolvers want it.
    names: String,
    file: FileArgs,
}

impl Operation for HostnameArgs {
    const SPEC: Spec = Spec {
        name: "hostname",
        summary: "What the host calls itself: now, at every boot, and in /etc/hosts.",
        fields: &[
            Field::required("name", Kind::Name, "The host's name, without a domain."),
            Field::optional(
                "domain",
                Kind::Name,
                "Its domain; the full name is put into /etc/hosts too.",
            ),
        ],
        example: "hostname: {name: exam1, domain: university.example}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = fields.text("name");
        let domain = fields.optional_text("domain");
        for (key, text) in [("name", &name), ("domain", &domain)] {
            let Some(text) = text.as_ref().filter(|text| is_final(&fields, text)) else {
                continue;
            };
            let dots = key == "domain" || !text.contains('.');
            if text.len() > 253 || !dots || !text.split('.').all(is_label) {
                let message =
                    format!("'{text}' is not a {key} of letters, digits and hyphens (RFC 1123)");
                fields.wrong(key, message);
            }
        }
        let name = name?;
        Some(Self {
            names: match domain {
                Some(domain) => format!("{name}.{domain} {name}"),
                None => name.clone(),
            },
            file: owned_file("/etc/hostname", Some(format!("{name}\n"))),
            name,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let probe = |name: &str, path: &str| FactKey::Probe {
            name: name.to_owned(),
            script: format!("cat {path}"),
            reads: vec![path.to_owned()],
        };
        let mut requests = self.file.requests();
        requests.push(probe(HOSTS, HOSTS).into());
        requests.push(probe(RUNNING, "/proc/sys/kernel/hostname").into());
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let asked = |name: &str| facts.probes.get(name).map_or("", |probed| &probed.stdout);
        let mut changes = self.file.plan(facts)?;
        let (old, line) = (asked(HOSTS), format!("{ADDRESS} {}", self.names));
        let new = with_line(old, &line);
        if let Some(new) = new {
            changes.push(edited(
                HOSTS,
                format!("put `{line}` into {HOSTS}"),
                &format!("{old}\n"),
                new,
            ));
        }
        let running = asked(RUNNING);
        if running != self.name {
            changes.push(Change::run(
                format!("name of the running host: {running} -> {}", self.name),
                format!("hostname {}", quote(&self.name)),
            ));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.file.may_change(key)
            || effects::on_file(key, HOSTS)
            || effects::on_file(key, "/proc/sys/kernel/hostname")
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        self.file.managed_path()
    }
}

fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// `hosts` with `line` for its address; `None` where it is there already.
fn with_line(hosts: &str, line: &str) -> Option<String> {
    let words = |line: &str| -> Vec<String> {
        let content = line.split('#').next().unwrap_or_default();
        content.split_whitespace().map(str::to_owned).collect()
    };
    let wanted = words(line);
    let is_ours = |line: &&str| words(line).first().is_some_and(|word| word == ADDRESS);
    let ours: Vec<&str> = hosts.lines().filter(is_ours).collect();
    if ours.len() == 1 && words(ours[0]) == wanted {
        return None;
    }
    let others: Vec<&str> = hosts.lines().filter(|line| !is_ours(line)).collect();
    let after = others
        .iter()
        .position(|line| words(line).first().is_some_and(|word| word == "127.0.0.1"))
        .map_or(0, |at| at + 1);
    let lines = others[..after]
        .iter()
        .chain([&line])
        .chain(&others[after..]);
    Some(lines.flat_map(|line| [*line, "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_own_address_is_replaced_and_others_are_left_alone() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 old # mine\n10.0.0.1 db";
        let new = with_line(hosts, "127.0.1.1 exam1.test exam1").unwrap();
        assert_eq!(
            new,
            "127.0.0.1 localhost\n127.0.1.1 exam1.test exam1\n10.0.0.1 db\n"
        );
        assert_eq!(with_line(&new, "127.0.1.1 exam1.test exam1"), None);
    }
}
