//! `user`: a user with its groups, home and shell.

use serde_json::Value;

use super::{Change, PlanError, Sources};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request, User};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserArgs {
    pub(crate) name: String,
    /// The primary group; one of the user's own name where none is given.
    pub(crate) group: Option<String>,
    /// Further groups the user must be in; others are left alone.
    pub(crate) groups: Vec<String>,
    pub(crate) home: Option<String>,
    pub(crate) shell: Option<String>,
    pub(crate) system: bool,
    pub(crate) create_home: bool,
}

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    _: &dyn Sources,
    findings: &mut Findings,
) -> Option<UserArgs> {
    let known = [
        "name",
        "group",
        "groups",
        "home",
        "shell",
        "system",
        "create_home",
    ];
    let mut fields = Fields::open(value, place, "user", &known, findings)?;
    let name = fields.name("name");
    let group = fields.optional_name("group");
    let groups = fields.texts("groups");
    for group in &groups {
        fields.checked_name("groups", group.clone());
    }
    let home = fields.optional_path("home");
    let shell = fields.optional_path("shell");
    let system = fields.boolean("system").unwrap_or(false);
    let create_home = fields.boolean("create_home").unwrap_or(!system);
    Some(UserArgs {
        name: name?,
        group,
        groups,
        home,
        shell,
        system,
        create_home,
    })
}

impl UserArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        let mut requests = vec![FactKey::User(self.name.clone()).into()];
        if let Some(group) = &self.group {
            requests.push(FactKey::Group(group.clone()).into());
        }
        requests
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "every operation's plan has the same shape"
    )]
    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = Vec::new();
        if let Some(group) = self
            .group
            .as_ref()
            .filter(|group| !facts.groups.contains_key(*group))
        {
            let system = if self.system { "--system " } else { "" };
            changes.push(Change::run(
                format!("create group {group}"),
                format!("groupadd {system}{}", quote(group)),
            ));
        }
        match facts.users.get(&self.name) {
            None => changes.push(self.create()),
            Some(user) => changes.extend(self.modify(user)),
        }
        Ok(changes)
    }

    fn create(&self) -> Change {
        let mut words = vec!["useradd".to_owned()];
        if self.system {
            words.push("--system".to_owned());
        }
        match &self.group {
            Some(group) => words.extend(["--gid".to_owned(), quote(group)]),
            None => words.push("--user-group".to_owned()),
        }
        if !self.groups.is_empty() {
            words.extend(["--groups".to_owned(), quote(&self.groups.join(","))]);
        }
        if let Some(home) = &self.home {
            words.extend(["--home-dir".to_owned(), quote(home)]);
        }
        if let Some(shell) = &self.shell {
            words.extend(["--shell".to_owned(), quote(shell)]);
        }
        let home = if self.create_home {
            "--create-home"
        } else {
            "--no-create-home"
        };
        words.extend([home.to_owned(), quote(&self.name)]);
        let kind = if self.system { "system user" } else { "user" };
        Change::run(format!("create {kind} {}", self.name), words.join(" "))
    }

    fn modify(&self, user: &User) -> Option<Change> {
        let mut words = Vec::new();
        let mut said = Vec::new();
        let primary = user.groups.first().map(String::as_str).unwrap_or_default();
        if let Some(group) = self.group.as_deref().filter(|group| *group != primary) {
            words.push(format!("--gid {}", quote(group)));
            said.push(format!("group {primary} -> {group}"));
        }
        let lacking: Vec<&str> = self
            .groups
            .iter()
            .filter(|group| !user.groups.contains(group))
            .map(String::as_str)
            .collect();
        if !lacking.is_empty() {
            words.push(format!("--append --groups {}", quote(&lacking.join(","))));
            said.push(format!("add to {}", lacking.join(", ")));
        }
        if let Some(home) = self.home.as_ref().filter(|home| **home != user.home) {
            words.push(format!("--home {}", quote(home)));
            said.push(format!("home {} -> {home}", user.home));
        }
        if let Some(shell) = self.shell.as_ref().filter(|shell| **shell != user.shell) {
            words.push(format!("--shell {}", quote(shell)));
            said.push(format!("shell {} -> {shell}", user.shell));
        }
        (!words.is_empty()).then(|| {
            Change::run(
                format!("change user {}: {}", self.name, said.join(", ")),
                format!("usermod {} {}", words.join(" "), quote(&self.name)),
            )
        })
    }
}
