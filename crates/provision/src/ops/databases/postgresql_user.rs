//! `postgresql_user`: a role of `PostgreSQL`: its rights, its password, the roles it belongs to.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::hashing::{is_scram, scram};
use super::postgresql::{self, CLUSTER, Cluster, identifier, literal, parse_cluster};
use super::postgresql_database::NAME_LIMIT;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};
use crate::secret::Secret;

/// Key, the column it is read from, and how it is written.
const ATTRIBUTES: [(&str, &str, &str); 5] = [
    ("login", "rolcanlogin", "LOGIN"),
    ("superuser", "rolsuper", "SUPERUSER"),
    ("create_databases", "rolcreatedb", "CREATEDB"),
    ("create_roles", "rolcreaterole", "CREATEROLE"),
    ("replication", "rolreplication", "REPLICATION"),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresqlUserArgs {
    name: String,
    cluster: Cluster,
    present: bool,
    password: Option<Secret>,
    /// In the order of [`ATTRIBUTES`].
    attributes: [bool; 5],
    connection_limit: Option<u64>,
    /// `None`: left as they are.
    member_of: Option<BTreeSet<String>>,
}

impl Operation for PostgresqlUserArgs {
    const SPEC: Spec = Spec {
        name: "postgresql_user",
        summary: "A role of PostgreSQL: its rights, its password, the roles it belongs to.",
        fields: &[
            Field::required("name", Kind::Text, "The role."),
            CLUSTER,
            Field::optional(
                "password",
                Kind::Text,
                "Only its SCRAM-SHA-256 verifier is sent. Default: left as it is.",
            ),
            Field::optional(
                "login",
                Kind::Boolean,
                "Whether it may log in. Default: true.",
            ),
            Field::optional(
                "superuser",
                Kind::Boolean,
                "Whether nothing is forbidden to it. Default: false.",
            ),
            Field::optional(
                "create_databases",
                Kind::Boolean,
                "Whether it may make databases. Default: false.",
            ),
            Field::optional(
                "create_roles",
                Kind::Boolean,
                "Whether it may make roles. Default: false.",
            ),
            Field::optional(
                "replication",
                Kind::Boolean,
                "Whether it may replicate. Default: false.",
            ),
            Field::optional(
                "connection_limit",
                Kind::Number(100_000),
                "Connections at a time. Default: left as it is.",
            ),
            Field::optional(
                "member_of",
                Kind::Texts,
                "Exactly the roles it belongs to. Default: left as they are.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present. A role that owns anything cannot be removed.",
            ),
        ],
        example: "postgresql_user: {name: exam, password: \"{{ database_password }}\", connection_limit: 60}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = super::object_name(&mut fields, "name", NAME_LIMIT);
        let cluster = parse_cluster(&mut fields);
        let present = fields.choice("state", &[("present", true), ("absent", false)]);
        let password = super::optional_password(&mut fields, "password");
        let attributes = ATTRIBUTES.map(|(key, ..)| fields.boolean(key).unwrap_or(key == "login"));
        let connection_limit = fields.number("connection_limit", 100_000);
        let roles = fields.texts("member_of");
        for role in &roles {
            if !super::is_object_name(role, NAME_LIMIT) && !is_template(role) {
                fields.wrong("member_of", format!("'{role}' is not the name of a role"));
            }
        }
        let member_of = fields.get("member_of").map(|_| roles.into_iter().collect());
        if let Some(name) = &name
            && (name == "postgres" || name.starts_with("pg_"))
        {
            fields.wrong("name", format!("'{name}' is a role of the server itself"));
        }
        Some(Self {
            name: name?,
            cluster,
            present: present.unwrap_or(true),
            password,
            attributes,
            connection_limit,
            member_of,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let columns: Vec<String> = ATTRIBUTES
            .iter()
            .map(|(key, column, _)| format!("'{key}', {column}"))
            .collect();
        let sql = format!(
            "SELECT coalesce((SELECT json_build_object({}, 'limit', rolconnlimit, 'stored', rolpassword, 'member_of', (SELECT coalesce(json_agg(DISTINCT pg_get_userbyid(roleid)), '[]') FROM pg_auth_members WHERE member = a.oid)) FROM pg_authid a WHERE rolname = {}), 'null');\n",
            columns.join(", "),
            literal(&self.name)
        );
        vec![postgresql::ask(
            &self.cluster,
            &self.question(),
            "postgres",
            &sql,
        )]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let values = postgresql::answer(facts, &self.question())?;
        let name = &self.name;
        let quoted = identifier(name);
        let current = Some(&values[0]).filter(|value| !value.is_null());
        if !self.present {
            let change = || {
                let summary = format!("remove the database role {name}");
                self.change(summary, None, &format!("DROP ROLE {quoted};\n"))
            };
            return Ok(current.map(|_| change()).into_iter().collect());
        }
        let mut diff = String::new();
        let mut options = self.changed_attributes(current, &mut diff);
        let mut said = "";
        if let Some(password) = &self.password {
            let stored = current.and_then(|role| role["stored"].as_str());
            if !stored.is_some_and(|stored| is_scram(stored, password.expose())) {
                let verifier = literal(&scram(password.expose()));
                write!(options, " PASSWORD {verifier}").ok();
                said = ": a new password";
            }
        }
        let mut sql = match current {
            None => format!("CREATE ROLE {quoted}{options};\n"),
            Some(_) if options.is_empty() => String::new(),
            Some(_) => format!("ALTER ROLE {quoted}{options};\n"),
        };
        sql.push_str(&self.changed_memberships(current, &mut diff));
        if sql.is_empty() {
            return Ok(Vec::new());
        }
        let summary = match current {
            None => format!("create the database role {name}"),
            Some(_) => format!("change the database role {name}{said}"),
        };
        Ok(vec![self.change(summary, Some(diff), &sql)])
    }

    fn may_change(&self, key: &FactKey) -> bool {
        // Rights are asked by the name of the role, too.
        let grants = format!(" of {}", self.name);
        super::touches(key, &self.question())
            || matches!(key, FactKey::Probe { name, .. } if name.starts_with("postgresql grants") && name.contains(&grants))
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl PostgresqlUserArgs {
    fn question(&self) -> String {
        format!("postgresql user {}{}", self.name, self.cluster.suffix())
    }

    fn change(&self, summary: String, diff: Option<String>, sql: &str) -> Change {
        let diff = diff.filter(|diff| !diff.is_empty());
        postgresql::change(&self.cluster, "postgres", summary, diff, sql)
    }

    fn changed_attributes(&self, current: Option<&Value>, diff: &mut String) -> String {
        let mut options = String::new();
        for ((key, _, word), wanted) in ATTRIBUTES.iter().zip(self.attributes) {
            let is = current.is_some_and(|role| role[key] == true);
            if is == wanted {
                continue;
            }
            let no = if wanted { "" } else { "NO" };
            write!(options, " {no}{word}").ok();
            if current.is_some() {
                writeln!(diff, "-{key} {is}").ok();
            }
            writeln!(diff, "+{key} {wanted}").ok();
        }
        // -1 stands for none.
        let limit = current.and_then(|role| role["limit"].as_i64());
        let wanted = self
            .connection_limit
            .and_then(|limit| i64::try_from(limit).ok());
        if let Some(wanted) = wanted.filter(|wanted| Some(*wanted) != limit) {
            write!(options, " CONNECTION LIMIT {wanted}").ok();
            if let Some(limit) = limit.filter(|limit| *limit >= 0) {
                writeln!(diff, "-connection_limit {limit}").ok();
            }
            writeln!(diff, "+connection_limit {wanted}").ok();
        }
        options
    }

    fn changed_memberships(&self, current: Option<&Value>, diff: &mut String) -> String {
        let mut sql = String::new();
        let Some(wanted) = &self.member_of else {
            return sql;
        };
        let listed = current.and_then(|role| role["member_of"].as_array());
        let have: BTreeSet<String> = listed
            .into_iter()
            .flatten()
            .filter_map(|role| role.as_str().map(str::to_owned))
            .collect();
        let name = identifier(&self.name);
        for role in have.difference(wanted) {
            writeln!(diff, "-member of {role}").ok();
            writeln!(sql, "REVOKE {} FROM {name};", identifier(role)).ok();
        }
        for role in wanted.difference(&have) {
            writeln!(diff, "+member of {role}").ok();
            writeln!(sql, "GRANT {} TO {name};", identifier(role)).ok();
        }
        sql
    }
}
