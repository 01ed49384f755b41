//! `package`: packages of the distribution, installed or removed with apt.

use std::time::Duration;

use super::state::{PROBE_READS, PackageFacts, facts_script};
use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources, effects};

/// How long apt may take, downloads and waiting for its lock included.
const APT_TIMEOUT: Duration = Duration::from_mins(30);

const INSTALL: &str = include_str!("install.sh");

/// How long apt waits unless told otherwise for whatever else installs packages, and at most.
const LOCK_SECONDS: u64 = 120;
const MAX_LOCK_SECONDS: u64 = 1200;

const APT: &str = "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=\"$wait\" -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackageState {
    Present,
    Latest,
    Absent,
}

/// `nginx` or `nginx=1.22.1-9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageArgs {
    pub(crate) packages: Vec<Package>,
    pub(crate) state: PackageState,
    /// Kept from being upgraded, or not; `None` leaves it as it is.
    pub(crate) held: Option<bool>,
    /// Configuration goes with the package.
    pub(crate) purge: bool,
    pub(crate) recommends: bool,
    pub(crate) lock_seconds: u64,
    pub(crate) state_directory: String,
}

impl Operation for PackageArgs {
    const SPEC: Spec = Spec {
        name: "package",
        summary: "Packages of the distribution, installed or not.",
        fields: &[
            Field::required(
                "names",
                Kind::Texts,
                "The packages; NAME=VERSION asks for exactly that version.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "latest", "absent"]),
                "Default: present. latest is what the package lists know, fetched again after a day.",
            ),
            Field::optional(
                "held",
                Kind::Boolean,
                "Whether upgrades leave them alone. Default: left as it is.",
            ),
            Field::optional(
                "purge",
                Kind::Boolean,
                "With 'state: absent': remove configuration too. Default: false.",
            ),
            Field::optional(
                "recommends",
                Kind::Boolean,
                "Install what they recommend too. Default: false.",
            ),
            Field::optional(
                "lock_seconds",
                Kind::Number(MAX_LOCK_SECONDS),
                "How long to wait while something else uses apt, for instance the host's own upgrades. Default: 120.",
            ),
        ],
        example: "package: {names: [nginx, supervisor]}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        if fields.get("names").is_none() {
            fields.missing("names");
        }
        let texts = fields.texts("names");
        let packages: Vec<Package> = texts
            .into_iter()
            .filter_map(|text| parse_package(&mut fields, text))
            .collect();
        let choices = [
            ("present", PackageState::Present),
            ("latest", PackageState::Latest),
            ("absent", PackageState::Absent),
        ];
        let state = fields.choice("state", &choices);
        let state = state.unwrap_or(PackageState::Present);
        let held = fields.boolean("held");
        let purge = fields.boolean("purge").unwrap_or(false);
        let recommends = fields.boolean("recommends").unwrap_or(false);
        let lock_seconds = fields.number("lock_seconds", MAX_LOCK_SECONDS);
        if purge && state != PackageState::Absent {
            fields.wrong("purge", "'purge' means something only with 'state: absent'");
        }
        if state == PackageState::Absent && held.is_some() {
            fields.wrong("held", "a package that is absent cannot be held");
        }
        if state != PackageState::Present && packages.iter().any(|it| it.version.is_some()) {
            let message = "an exact version means something only with 'state: present'";
            fields.wrong("names", message);
        }
        Some(PackageArgs {
            packages,
            state,
            held,
            purge,
            recommends,
            lock_seconds: lock_seconds.unwrap_or(LOCK_SECONDS),
            state_directory: sources.state_directory().to_owned(),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let key = |package: &Package| FactKey::Package(package.name.clone()).into();
        let mut requests: Vec<Request> = self.packages.iter().map(key).collect();
        let latest = self.state == PackageState::Latest;
        if latest || self.held.is_some() || self.purge {
            let names: Vec<&str> = self.names().collect();
            let key = FactKey::Probe {
                name: self.probe_name(),
                script: facts_script(&names, latest, &self.state_directory),
                reads: PROBE_READS.iter().map(|&path| path.to_owned()).collect(),
            };
            requests.push(key.into());
        }
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let known = facts.probes.get(&self.probe_name());
        let known = known.map_or_else(PackageFacts::default, PackageFacts::read);
        let mut changes = match self.state {
            PackageState::Absent => self.plan_absent(facts, &known),
            PackageState::Present | PackageState::Latest => self.plan_install(facts, &known),
        };
        if let Some(held) = self.held {
            let wrong = |name: &&str| known.held.contains(*name) != held;
            let names: Vec<&str> = self.names().filter(wrong).collect();
            if !names.is_empty() {
                let verb = if held { "hold" } else { "unhold" };
                changes.push(Change::run(
                    format!("{verb} {}", names.join(", ")),
                    format!("apt-mark {verb} {}", quoted(&names)),
                ));
            }
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::of_packages(key)
    }
}

fn parse_package(fields: &mut Fields<'_>, text: String) -> Option<Package> {
    if fields.findings.unrendered && is_template(&text) {
        let version = None;
        return Some(Package {
            name: text,
            version,
        });
    }
    let (name, version) = match text.split_once('=') {
        Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
        None => (text, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".+-~:".contains(c);
    if let Some(version) = version.as_ref().filter(|version| {
        !version.starts_with(|c: char| c.is_ascii_alphanumeric()) || !version.chars().all(plain)
    }) {
        fields.wrong(
            "names",
            format!("'{version}' is not a version of a package"),
        );
    }
    let name = fields.checked_name("names", name)?;
    Some(Package { name, version })
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    quoted.join(" ")
}

fn apt(summary: String, script: String) -> Change {
    Change {
        summary,
        diff: None,
        action: Action::Run(Command::new(script).timeout(APT_TIMEOUT)),
    }
}

impl PackageArgs {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().map(|package| package.name.as_str())
    }

    fn probe_name(&self) -> String {
        let names: Vec<&str> = self.names().collect();
        let what = match self.state {
            PackageState::Latest => "package versions",
            _ => "package states",
        };
        format!("{what} {}", names.join(" "))
    }

    fn plan_absent(&self, facts: &Facts, known: &PackageFacts) -> Vec<Change> {
        let there = |name: &&str| {
            facts.packages.contains_key(*name) || (self.purge && known.configured.contains(*name))
        };
        let names: Vec<&str> = self.names().filter(there).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let verb = if self.purge { "purge" } else { "remove" };
        let summary = format!("{verb} {}", names.join(", "));
        let script = format!(
            "wait={}\n{APT} {verb} {}",
            self.lock_seconds,
            quoted(&names)
        );
        vec![apt(summary, script)]
    }

    fn plan_install(&self, facts: &Facts, known: &PackageFacts) -> Vec<Change> {
        let mut asked = Vec::new();
        let mut said = Vec::new();
        for package in &self.packages {
            let name = &package.name;
            let installed = facts.packages.get(name);
            match (installed, &package.version, known.candidates.get(name)) {
                (None, None, _) => said.push(name.clone()),
                (None, Some(version), _) => said.push(format!("{name} {version}")),
                (Some(old), Some(new), _) | (Some(old), None, Some(new)) if old != new => {
                    said.push(format!("{name} {new} (was {old})"));
                }
                _ => continue,
            }
            asked.push(match &package.version {
                Some(version) => format!("{name}={version}"),
                None => name.clone(),
            });
        }
        let latest = self.state == PackageState::Latest;
        if latest && !known.lists_are_fresh {
            let names: Vec<&str> = self.names().collect();
            let summary = format!(
                "fetch the package lists, then install or upgrade {}",
                names.join(", ")
            );
            return vec![apt(summary, self.install_script(&names, false))];
        }
        if asked.is_empty() {
            return Vec::new();
        }
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let exact = self.packages.iter().any(|it| it.version.is_some());
        vec![apt(
            format!("install {}", said.join(", ")),
            self.install_script(&asked, exact),
        )]
    }

    fn install_script(&self, asked: &[&str], exact: bool) -> String {
        let recommends = if self.recommends { "" } else { "no-" };
        // A version that was asked for may be older, and is wanted whether it is held or not.
        let exact = match (exact, self.held) {
            (true, _) => " --allow-downgrades --allow-change-held-packages",
            (false, Some(_)) => " --allow-change-held-packages",
            (false, None) => "",
        };
        format!(
            "state={} names={} wait={}\n{INSTALL}{APT} --{recommends}install-recommends{exact} install {}\n",
            quote(&self.state_directory),
            quote(&asked.join(" ")),
            self.lock_seconds,
            quoted(asked),
        )
    }
}
