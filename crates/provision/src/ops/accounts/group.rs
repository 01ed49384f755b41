//! `group`: a group, with its number where that matters.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

/// The highest number a group or a user may be given: the last before those that mean "nobody".
pub(super) const MAX_NUMBER: u64 = 4_294_967_293;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupArgs {
    name: String,
    present: bool,
    number: Option<u64>,
    system: bool,
}

impl Operation for GroupArgs {
    const SPEC: Spec = Spec {
        name: "group",
        summary: "A group, with its number where that matters.",
        fields: &[
            Field::required("name", Kind::Name, "The group."),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
            Field::optional(
                "gid",
                Kind::Number(MAX_NUMBER),
                "Its number. Default: as the system chooses.",
            ),
            Field::optional("system", Kind::Boolean, "A system group. Default: false."),
        ],
        example: "group: {name: exam, system: true}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let choices = [("present", true), ("absent", false)];
        let present = fields.choice("state", &choices).unwrap_or(true);
        let number = fields.number("gid", MAX_NUMBER);
        let system = fields.boolean("system").unwrap_or(false);
        if !present && number.is_some() {
            fields.wrong(
                "gid",
                "'gid' means nothing for a group with 'state: absent'",
            );
        }
        Some(Self {
            name: name?,
            present,
            number,
            system,
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![FactKey::Group(self.name.clone()).into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let name = &self.name;
        let word = quote(name);
        let number = self.number;
        let change = match (facts.groups.get(name), self.present, number) {
            (Some(_), false, _) => Some(Change::run(
                format!("remove group {name}"),
                format!("groupdel {word}"),
            )),
            (None, true, _) => {
                let system = if self.system { "--system " } else { "" };
                let gid = number.map_or(String::new(), |number| format!("--gid {number} "));
                let shown = number.map_or(String::new(), |number| format!(" with number {number}"));
                let kind = if self.system { "system group" } else { "group" };
                Some(Change::run(
                    format!("create {kind} {name}{shown}"),
                    format!("groupadd {system}{gid}{word}"),
                ))
            }
            (Some(group), true, Some(number)) if u64::from(group.group_id) != number => {
                Some(Change::run(
                    format!(
                        "number of group {name}: {} -> {number} (its files keep the old one)",
                        group.group_id
                    ),
                    format!("groupmod --gid {number} {word}"),
                ))
            }
            (None, false, _) | (Some(_), true, _) => None,
        };
        Ok(change.into_iter().collect())
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, "/etc/group")
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}
