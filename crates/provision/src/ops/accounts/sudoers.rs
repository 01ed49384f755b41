//! `sudoers`: what a user or a group may do as somebody else.

use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

/// The drop-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SudoersArgs(FileArgs);

impl Operation for SudoersArgs {
    const SPEC: Spec = Spec {
        name: "sudoers",
        summary: "What a user or a group may do as somebody else: a drop-in of sudo, judged by visudo.",
        fields: &[
            Field::required(
                "name",
                Kind::Name,
                "Names the file below /etc/sudoers.d: no dots.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
            Field::optional("user", Kind::Name, "Who may."),
            Field::optional("group", Kind::Name, "Whose members may."),
            Field::optional(
                "commands",
                Kind::Texts,
                "Full paths with their arguments, or ALL. A path alone may be given any arguments.",
            ),
            Field::optional("run_as", Kind::Name, "As whom. Default: root."),
            Field::optional(
                "nopasswd",
                Kind::Boolean,
                "Without being asked for a password. Default: false.",
            ),
            Field::optional(
                "content",
                Kind::Text,
                "The whole file, where user, commands and the rest do not say it.",
            ),
        ],
        example: "sudoers: {name: deploy, user: deploy, commands: [/usr/bin/systemctl reload nginx], nopasswd: true}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        if name
            .as_ref()
            .is_some_and(|name| name.contains('.') && !is_template(name))
        {
            fields.wrong("name", "sudo ignores files with a dot in their name");
        }
        let choices = [("present", true), ("absent", false)];
        let present = fields.choice("state", &choices).unwrap_or(true);
        let content = if present {
            Some(parse_rule(&mut fields))
        } else {
            None
        };
        let content = match content {
            Some(content) => Some(content?.into_bytes()),
            None => None,
        };
        Some(Self(FileArgs {
            path: format!("/etc/sudoers.d/{}", name?),
            content,
            attributes: Attributes {
                owner: Some("root".to_owned()),
                group: Some("root".to_owned()),
                mode: Some(0o440),
            },
            validate: Some("visudo -cf %s".to_owned()),
            hides_old: sources.has_secrets(),
        }))
    }

    fn requests(&self) -> Vec<Request> {
        self.0.requests()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        self.0.plan(facts)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.0.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.0.path)
    }
}

fn parse_rule(fields: &mut Fields<'_>) -> Option<String> {
    let parts = ["user", "group", "commands", "run_as", "nopasswd"];
    if fields.get("content").is_some() {
        for key in parts {
            if fields.get(key).is_some() {
                let message = format!("'content' is the whole file: no '{key}' beside it");
                fields.wrong(key, message);
            }
        }
        let text = fields.text("content")?;
        let end = if text.ends_with('\n') { "" } else { "\n" };
        return Some(format!("{text}{end}"));
    }
    let user = fields.optional_name("user");
    let group = fields
        .optional_name("group")
        .map(|group| format!("%{group}"));
    let run_as = fields.optional_name("run_as");
    let run_as = run_as.unwrap_or_else(|| "root".to_owned());
    let tag = if fields.boolean("nopasswd").unwrap_or(false) {
        " NOPASSWD:"
    } else {
        ""
    };
    if fields.get("commands").is_none() {
        fields.missing("commands");
    }
    let commands: Vec<String> = fields
        .texts("commands")
        .into_iter()
        .filter_map(|command| checked_command(fields, &command))
        .collect();
    let who = match (user, group) {
        (Some(who), None) | (None, Some(who)) => who,
        (Some(_), Some(_)) => {
            fields.wrong("group", "sudoers takes 'user' or 'group', not both");
            return None;
        }
        (None, None) => {
            fields.missing_one_of(&["user", "group", "content"]);
            return None;
        }
    };
    Some(format!(
        "{who} ALL=({run_as}){tag} {}\n",
        commands.join(", ")
    ))
}

/// A command with what sudo takes for its own signs escaped.
fn checked_command(fields: &mut Fields<'_>, command: &str) -> Option<String> {
    if fields.findings.unrendered && is_template(command) {
        return Some(command.to_owned());
    }
    if command == "ALL" {
        return Some(command.to_owned());
    }
    if !command.starts_with('/') || command.contains(['\n', '\r', '\\', '#']) {
        let message = format!(
            "'{command}' is not a full path with arguments, or ALL; write what needs more with 'content'"
        );
        fields.wrong("commands", message);
        return None;
    }
    Some(command.chars().fold(String::new(), |mut text, c| {
        if ",:=".contains(c) {
            text.push('\\');
        }
        text.push(c);
        text
    }))
}
