//! What an account of `MySQL` or `MariaDB` may do: as it is written, as the server shows it, and the
//! statements that turn the one into the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::mysql::{Flavour, identifier};
use crate::fields::{Fields, is_template};

const ALL: &str = "ALL PRIVILEGES";
const GRANTABLE: &str = "GRANT OPTION";

/// Where a privilege holds, as the server writes it (``*.*``, `` `exam`.* ``), to the privileges
/// there; one of them is [`GRANTABLE`] where they may be passed on. Roles stand below ``role``.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grants(BTreeMap<String, BTreeSet<String>>);

/// One item of `grants`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    privileges: BTreeSet<String>,
    on: String,
}

pub(super) fn parse_grant(mut fields: Fields<'_>) -> Option<Grant> {
    let on = fields.text("on");
    let texts = fields.texts("privileges");
    if fields.get("privileges").is_none() {
        fields.missing("privileges");
    }
    let mut privileges = BTreeSet::new();
    for text in texts {
        let name = text.trim().to_ascii_uppercase();
        let plain = |c: char| c.is_ascii_uppercase() || "_ ".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            if !is_template(&text) {
                let message = format!("'{text}' is not a privilege, for instance SELECT");
                fields.wrong("privileges", message);
            }
            continue;
        }
        let full = if name == "ALL" { ALL } else { name.as_str() };
        privileges.insert(full.to_owned());
    }
    if fields.boolean("grantable") == Some(true) {
        privileges.insert(GRANTABLE.to_owned());
    }
    let on = on?;
    let target = if fields.findings.unrendered && is_template(&on) {
        Some(on.clone())
    } else {
        target(&on)
    };
    if target.is_none() {
        let message = format!("'{on}' is not '*.*', 'DATABASE.*' or 'DATABASE.TABLE'");
        fields.wrong("on", message);
    }
    if on == "*.*" && privileges.contains(ALL) {
        // The server shows them one by one, and which they are depends on its version.
        fields.wrong(
            "privileges",
            "ALL on *.* makes an administrator: name the privileges that are needed",
        );
    }
    Some(Grant {
        privileges,
        on: target?,
    })
}

/// Where a grant holds, as the server writes it. In the name of a database `_` and `%` would
/// match others too, and are escaped; where a table is named, they mean themselves.
fn target(on: &str) -> Option<String> {
    if on == "*.*" {
        return Some(on.to_owned());
    }
    let (database, table) = on.split_once('.')?;
    let plain = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_$-".contains(c))
    };
    if !plain(database) {
        return None;
    }
    match table {
        "*" => Some(format!("{}.*", identifier(&database.replace('_', r"\_")))),
        table if plain(table) => Some(format!("{}.{}", identifier(database), identifier(table))),
        _ => None,
    }
}

impl Grants {
    pub(super) fn wanted(grants: &[Grant], flavour: Flavour) -> Self {
        let mut wanted = Self::default();
        for grant in grants {
            let privileges = grant.privileges.iter().map(|name| known_as(name, flavour));
            wanted.add(&grant.on, privileges);
        }
        wanted
    }

    /// From the lines of `SHOW GRANTS`; `Err` holds a line that is not understood, up to where a
    /// password may stand in it.
    pub(super) fn shown<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut grants = Self::default();
        for line in lines {
            if line.starts_with("SET DEFAULT ROLE") {
                continue;
            }
            let before_account = line.split(" TO ").next().unwrap_or_default();
            grants
                .add_line(line)
                .ok_or_else(|| before_account.to_owned())?;
        }
        Ok(grants)
    }

    fn add_line(&mut self, line: &str) -> Option<()> {
        let rest = line.strip_prefix("GRANT ")?;
        let grantable = line.ends_with(" WITH GRANT OPTION");
        let Some((privileges, rest)) = split_outside_quotes(rest, " ON ") else {
            let (roles, _) = split_outside_quotes(rest, " TO ")?;
            let roles = split_list(roles).into_iter();
            self.add("role", roles);
            return Some(());
        };
        let (on, _) = split_outside_quotes(rest, " TO ")?;
        let privileges = split_list(privileges).into_iter();
        let extra = grantable.then(|| GRANTABLE.to_owned());
        self.add(on, privileges.chain(extra));
        Some(())
    }

    fn add(&mut self, on: &str, privileges: impl Iterator<Item = String>) {
        let real: Vec<String> = privileges.filter(|name| name != "USAGE").collect();
        if !real.is_empty() {
            self.0.entry(on.to_owned()).or_default().extend(real);
        }
    }

    /// The statements that make these the grants of `account`, and what they do as a diff;
    /// `None` where they are so already.
    pub(super) fn converge(&self, wanted: &Self, account: &str) -> Option<(String, String)> {
        let (mut grant, mut revoke, mut diff) = (String::new(), String::new(), String::new());
        let targets: BTreeSet<&String> = self.0.keys().chain(wanted.0.keys()).collect();
        let none = BTreeSet::new();
        for on in targets {
            let have = self.0.get(on).unwrap_or(&none);
            let want = wanted.0.get(on).unwrap_or(&none);
            let extra: Vec<&str> = have.difference(want).map(String::as_str).collect();
            let mut missing: Vec<&str> = want.difference(have).map(String::as_str).collect();
            if !extra.is_empty() {
                writeln!(diff, "-{}", readable(&extra, on)).ok();
                revoke.push_str(&revoke_statement(&extra, on, account));
            }
            if !missing.is_empty() {
                writeln!(diff, "+{}", readable(&missing, on)).ok();
            }
            // Taking ALL back takes with it what shall stay.
            if have.contains(ALL) && !want.contains(ALL) {
                missing = want.iter().map(String::as_str).collect();
            }
            if !missing.is_empty() {
                grant.push_str(&grant_statement(&missing, on, account));
            }
        }
        (!diff.is_empty()).then(|| (format!("{revoke}{grant}"), diff))
    }
}

fn revoke_statement(privileges: &[&str], on: &str, account: &str) -> String {
    if on == "role" {
        let roles = privileges.join(", ");
        return format!("REVOKE {roles} FROM {account};\n");
    }
    let mut sql = String::new();
    for privilege in privileges {
        writeln!(sql, "REVOKE {privilege} ON {on} FROM {account};").ok();
    }
    sql
}

fn grant_statement(privileges: &[&str], on: &str, account: &str) -> String {
    let named: Vec<&str> = privileges
        .iter()
        .copied()
        .filter(|name| *name != GRANTABLE)
        .collect();
    let named = if named.is_empty() {
        "USAGE".to_owned()
    } else {
        named.join(", ")
    };
    let option = if privileges.contains(&GRANTABLE) {
        " WITH GRANT OPTION"
    } else {
        ""
    };
    format!("GRANT {named} ON {on} TO {account}{option};\n")
}

/// Privileges as a person would say them, without the quoting of the server.
fn readable(privileges: &[&str], on: &str) -> String {
    let privileges = privileges.join(", ");
    let text = match on {
        "role" => format!("role {privileges}"),
        on => format!("{privileges} on {on}"),
    };
    text.replace(r"\_", "_").replace('`', "")
}

/// `MariaDB` 10.5 renamed some privileges and shows the new names.
fn known_as(privilege: &str, flavour: Flavour) -> String {
    match (flavour, privilege) {
        (Flavour::MariaDb, "REPLICATION CLIENT") => "BINLOG MONITOR",
        (Flavour::MariaDb, "DELETE VERSIONING ROWS") => "DELETE HISTORY",
        (_, privilege) => privilege,
    }
    .to_owned()
}

/// The text before and after the first `mark` that stands neither in quotes nor in parentheses.
fn split_outside_quotes<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut quote = None;
    let mut depth = 0_u32;
    for (index, character) in text.char_indices() {
        if quote.is_none() && depth == 0 && text[index..].starts_with(mark) {
            return Some((&text[..index], &text[index + mark.len()..]));
        }
        match (quote, character) {
            (Some(open), character) if open == character => quote = None,
            (None, '`' | '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// `MySQL` lists its dynamic privileges without spaces.
fn split_list(mut text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    while let Some((first, rest)) = split_outside_quotes(text, ",") {
        parts.push(first.trim().to_owned());
        text = rest;
    }
    parts.push(text.trim().to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(pairs: &[(&str, &[&str])]) -> Grants {
        let mut grants = Grants::default();
        for (on, privileges) in pairs {
            grants.add(on, privileges.iter().map(|name| (*name).to_owned()));
        }
        grants
    }

    #[test]
    fn what_the_server_shows_is_understood() {
        let lines = [
            "GRANT `r` TO `exam`@`localhost`",
            "GRANT SELECT, BINLOG MONITOR ON *.* TO `exam`@`localhost` IDENTIFIED BY PASSWORD '*6B' REQUIRE SSL",
            r"GRANT SELECT ON `exam\_x`.* TO `exam`@`localhost` WITH GRANT OPTION",
            "GRANT ALL PRIVILEGES ON `a ON b`.* TO `exam`@`localhost`",
            "GRANT SELECT (`a`, `b`), DELETE ON `exam`.`t` TO `exam`@`localhost`",
            "GRANT USAGE ON *.* TO `exam`@`localhost`",
            "GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `exam`@`localhost`",
            "GRANT EXECUTE ON PROCEDURE `exam`.`p` TO `exam`@`localhost`",
            "SET DEFAULT ROLE NONE FOR `exam`@`localhost`",
        ];
        let expected = grants(&[
            ("role", &["`r`"]),
            (
                "*.*",
                &[
                    "SELECT",
                    "BINLOG MONITOR",
                    "BACKUP_ADMIN",
                    "XA_RECOVER_ADMIN",
                ],
            ),
            (r"`exam\_x`.*", &["SELECT", GRANTABLE]),
            ("`a ON b`.*", &[ALL]),
            ("`exam`.`t`", &["SELECT (`a`, `b`)", "DELETE"]),
            ("PROCEDURE `exam`.`p`", &["EXECUTE"]),
        ]);
        assert_eq!(Grants::shown(lines.into_iter()), Ok(expected));
    }

    #[test]
    fn an_unknown_line_is_an_error_without_what_may_be_a_password() {
        let line = "REVOKE SELECT ON `a`.* TO `x`@`y` IDENTIFIED BY PASSWORD '*6B'";
        let error = Grants::shown(std::iter::once(line)).unwrap_err();
        assert_eq!(error, "REVOKE SELECT ON `a`.*");
    }

    #[test]
    fn all_is_narrowed_by_taking_it_back_and_giving_what_shall_stay() {
        let have = grants(&[("`exam`.*", &[ALL]), ("*.*", &["FILE"])]);
        let want = grants(&[("`exam`.*", &["SELECT", "INSERT"])]);
        let (sql, diff) = have.converge(&want, "`a`@`b`").unwrap();
        assert_eq!(
            sql,
            "REVOKE FILE ON *.* FROM `a`@`b`;\nREVOKE ALL PRIVILEGES ON `exam`.* FROM `a`@`b`;\nGRANT INSERT, SELECT ON `exam`.* TO `a`@`b`;\n"
        );
        assert_eq!(
            diff,
            "-FILE on *.*\n-ALL PRIVILEGES on exam.*\n+INSERT, SELECT on exam.*\n"
        );
        assert_eq!(want.converge(&want, "x"), None);
    }

    #[test]
    fn a_database_name_does_not_match_its_neighbours() {
        assert_eq!(target("exam_a.*").as_deref(), Some(r"`exam\_a`.*"));
        assert_eq!(target("exam_a.t_1").as_deref(), Some("`exam_a`.`t_1`"));
        assert_eq!(target("exam"), None);
        assert_eq!(target("ex`am.*"), None);
    }
}
