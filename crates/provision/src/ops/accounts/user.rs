//! `user`: a user with its groups, home and shell.

use super::group::MAX_NUMBER;
use super::password::{Password, parse_password};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request, User};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

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
    /// `None` leaves the number to the system.
    pub(crate) number: Option<u64>,
    password: Password,
    /// There shall be no such user; with `true`, its home goes too.
    absent: Option<bool>,
}

impl Operation for UserArgs {
    const SPEC: Spec = Spec {
        name: "user",
        summary: "A user with its groups, home and shell.",
        fields: &[
            Field::required("name", Kind::Name, "The login."),
            Field::optional(
                "group",
                Kind::Name,
                "The primary group. Default: one of the same name.",
            ),
            Field::optional(
                "groups",
                Kind::Texts,
                "Further groups it must be in; others are left alone.",
            ),
            Field::optional(
                "home",
                Kind::Path,
                "The home directory. Default: as the system chooses.",
            ),
            Field::optional(
                "shell",
                Kind::Path,
                "The login shell. Default: as the system chooses.",
            ),
            Field::optional("system", Kind::Boolean, "A system user. Default: false."),
            Field::optional(
                "create_home",
                Kind::Boolean,
                "Make the home directory. Default: true, but not for a system user.",
            ),
            Field::optional(
                "uid",
                Kind::Number(MAX_NUMBER),
                "Its number. Default: as the system chooses.",
            ),
            Field::optional(
                "password_hash",
                Kind::Text,
                "Its password as a crypt hash; keep it among the secrets. Default: left as it is.",
            ),
            Field::optional(
                "locked",
                Kind::Boolean,
                "Whether its password is locked; keys still let it in. Default: left as it is.",
            ),
            Field::optional(
                "expires",
                Kind::Text,
                "The day from which it cannot log in, as YYYY-MM-DD, or never. Default: left as it is.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
            Field::optional(
                "remove_home",
                Kind::Boolean,
                "With 'state: absent': its home directory and mail go too. Default: false.",
            ),
        ],
        example: "user: {name: exam, system: true, home: /var/lib/exam-service, shell: /usr/sbin/nologin}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
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
        let number = fields.number("uid", MAX_NUMBER);
        let password = parse_password(&mut fields);
        let remove_home = fields.boolean("remove_home");
        let choices = [("present", true), ("absent", false)];
        let present = fields.choice("state", &choices).unwrap_or(true);
        if present && remove_home.is_some() {
            let message = "'remove_home' means something only with 'state: absent'";
            fields.wrong("remove_home", message);
        }
        Some(UserArgs {
            number,
            password,
            absent: (!present).then(|| remove_home.unwrap_or(false)),
            name: name?,
            group,
            groups,
            home,
            shell,
            system,
            create_home,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = vec![FactKey::User(self.name.clone()).into()];
        if let Some(group) = &self.group {
            requests.push(FactKey::Group(group.clone()).into());
        }
        requests.extend(self.password.fact(&self.name).map(Request::from));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = Vec::new();
        let current = facts.users.get(&self.name);
        if let Some(remove_home) = self.absent {
            return Ok(current
                .map(|_| self.remove(remove_home))
                .into_iter()
                .collect());
        }
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
        match current {
            None => changes.push(self.create()),
            Some(user) => changes.extend(self.modify(user)),
        }
        let probed = Password::probed(&self.name, facts);
        let password = &self.password;
        changes.extend(password.plan(&self.name, current.is_none(), probed)?);
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        let home = self.home.as_deref();
        effects::on_file(key, "/etc/passwd")
            || effects::on_file(key, "/etc/shadow")
            || (self.create_home && home.is_none_or(|home| effects::below(key, home)))
    }
}

impl UserArgs {
    fn remove(&self, remove_home: bool) -> Change {
        let (option, with) = if remove_home {
            ("--remove ", " with its home directory")
        } else {
            ("", "")
        };
        Change::run(
            format!("remove user {}{with}", self.name),
            format!("userdel {option}{}", quote(&self.name)),
        )
    }

    fn create(&self) -> Change {
        let mut words = vec!["useradd".to_owned()];
        if self.system {
            words.push("--system".to_owned());
        }
        if let Some(number) = self.number {
            words.push(format!("--uid {number}"));
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
        if let Some(number) = self.number.filter(|it| *it != u64::from(user.number)) {
            words.push(format!("--uid {number}"));
            said.push(format!(
                "number {} -> {number} (files outside its home keep the old one)",
                user.number
            ));
        }
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
