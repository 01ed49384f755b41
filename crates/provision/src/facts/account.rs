//! Which users and groups exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gather::Wanted;
use crate::connections::quote;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct User {
    pub(crate) number: u32,
    pub(crate) home: String,
    pub(crate) shell: String,
    /// Names of all groups, the primary one first.
    pub(crate) groups: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Group {
    pub(crate) group_id: u32,
}

pub(super) fn snippet(wanted: &Wanted<'_>) -> String {
    let mut lines = Vec::new();
    for name in &wanted.users {
        let name = quote(name);
        lines.push(format!(
            "u=$(getent passwd {name}) && echo \"user:$u:$(id -Gn {name})\""
        ));
    }
    for name in &wanted.groups {
        lines.push(format!(
            "g=$(getent group {}) && echo \"group:$g\"",
            quote(name)
        ));
    }
    lines.join("\n")
}

pub(super) fn parse(text: &str) -> (BTreeMap<String, User>, BTreeMap<String, Group>) {
    let mut users = BTreeMap::new();
    let mut groups = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            ["user", name, _, number, _, _, home, shell, members] => {
                let user = User {
                    number: number.parse().unwrap_or(u32::MAX),
                    home: (*home).to_owned(),
                    shell: (*shell).to_owned(),
                    groups: members.split_whitespace().map(str::to_owned).collect(),
                };
                users.insert((*name).to_owned(), user);
            }
            ["group", name, _, group_id, _] => {
                let group_id = group_id.parse().unwrap_or(u32::MAX);
                groups.insert((*name).to_owned(), Group { group_id });
            }
            _ => {}
        }
    }
    (users, groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_come_with_their_groups() {
        let text = "user:exam:x:998:998::/var/lib/exam-service:/usr/sbin/nologin:exam adm\ngroup:exam:x:998:\n";
        let (users, groups) = parse(text);
        assert_eq!(users["exam"].home, "/var/lib/exam-service");
        assert_eq!(users["exam"].groups, ["exam", "adm"]);
        assert_eq!(groups["exam"].group_id, 998);
    }
}
