//! Which users and groups exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gather::{Wanted, words};

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

/// Both programs answer for all names at once, in the order of the names and without those that are not there.
pub(super) fn snippet(wanted: &Wanted<'_>) -> String {
    let mut lines = Vec::new();
    if !wanted.users.is_empty() {
        let users = words(&wanted.users);
        lines.push(format!(
            "getent passwd -- {users}\necho members\nid -Gn -- {users}"
        ));
    }
    if !wanted.groups.is_empty() {
        lines.push(format!(
            "echo groups\ngetent group -- {}",
            words(&wanted.groups)
        ));
    }
    lines.join("\n")
}

pub(super) fn parse(text: &str) -> (BTreeMap<String, User>, BTreeMap<String, Group>) {
    let (rest, groups) = text.split_once("groups\n").unwrap_or((text, ""));
    let (users, members) = rest.split_once("members\n").unwrap_or((rest, ""));
    let users = users
        .lines()
        .zip(members.lines())
        .filter_map(user)
        .collect();
    (users, groups.lines().filter_map(group).collect())
}

/// From a line of passwd(5) and the names of the user's groups.
fn user((line, members): (&str, &str)) -> Option<(String, User)> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, number, _, _, home, shell] = fields.as_slice() else {
        return None;
    };
    let user = User {
        number: number.parse().unwrap_or(u32::MAX),
        home: (*home).to_owned(),
        shell: (*shell).to_owned(),
        groups: members.split_whitespace().map(str::to_owned).collect(),
    };
    Some(((*name).to_owned(), user))
}

/// From a line of group(5).
fn group(line: &str) -> Option<(String, Group)> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, group_id, _] = fields.as_slice() else {
        return None;
    };
    let group_id = group_id.parse().unwrap_or(u32::MAX);
    Some(((*name).to_owned(), Group { group_id }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::{Command, Connection as _, Local};

    #[test]
    fn users_come_with_their_groups() {
        let text = "adm:x:3:4::/home/groups:/bin/sh\nexam:x:998:998::/var/lib/exam-service:/usr/sbin/nologin\nmembers\nsys\nexam adm\ngroups\nexam:x:998:\n";
        let (users, groups) = parse(text);
        assert_eq!(users["exam"].home, "/var/lib/exam-service");
        assert_eq!(users["exam"].groups, ["exam", "adm"]);
        assert_eq!(users["adm"].groups, ["sys"]);
        assert_eq!(groups["exam"].group_id, 998);
    }

    #[test]
    fn who_is_not_there_shifts_nobody_elses_groups() {
        let mut wanted = Wanted::default();
        wanted
            .users
            .extend(["daemon", "nobody-of-this-name", "root"]);
        wanted.groups.extend(["nobody-of-this-name", "root"]);
        let output = Local::default()
            .run(&Command::new(snippet(&wanted)))
            .unwrap();
        let (users, groups) = parse(&output.text());
        assert_eq!(users["root"].groups[0], "root");
        assert_eq!(users["daemon"].groups[0], "daemon");
        assert_eq!((users.len(), groups.len()), (2, 1));
    }
}
