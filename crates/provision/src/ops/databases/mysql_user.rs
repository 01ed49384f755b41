//! `mysql_user`: an account of `MySQL` or `MariaDB`: its password, its grants and its limits.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::mysql::{self, Answer, Flavour, literal};
use super::mysql_account::{
    Account, LIMITS, Login, parse_host, parse_limits, parse_login, read_account,
};
use super::mysql_grants::{Grant, Grants, parse_grant};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

const GRANT_FIELDS: &[Field] = &[
    Field::required("privileges", Kind::Texts, "For instance SELECT, or ALL."),
    Field::required("on", Kind::Text, "*.*, DATABASE.* or DATABASE.TABLE."),
    Field::optional(
        "grantable",
        Kind::Boolean,
        "Whether it may pass them on. Default: false.",
    ),
];

/// The server's own accounts.
const SERVER_ACCOUNTS: &[&str] = &[
    "root",
    "mysql",
    "mariadb.sys",
    "mysql.sys",
    "mysql.session",
    "mysql.infoschema",
    "debian-sys-maint",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MysqlUserArgs {
    name: String,
    host: String,
    /// `None`: there shall be no such account.
    login: Option<Login>,
    /// `None`: left as they are.
    grants: Option<Vec<Grant>>,
    require_ssl: Option<bool>,
    limits: BTreeMap<String, u64>,
}

impl Operation for MysqlUserArgs {
    const SPEC: Spec = Spec {
        name: "mysql_user",
        summary: "An account of MySQL or MariaDB: its password, its grants and its limits.",
        fields: &[
            Field::required("name", Kind::Text, "The account."),
            Field::optional(
                "host",
                Kind::Text,
                "Where it may come from. Default: localhost.",
            ),
            Field::optional(
                "password",
                Kind::Text,
                "Only what the server stores of it is sent: a native hash to MariaDB, SHA-2 to MySQL.",
            ),
            Field::optional(
                "socket",
                Kind::Boolean,
                "Instead of a password: the host's user of the same name, over the local socket.",
            ),
            Field::optional(
                "grants",
                Kind::Items(GRANT_FIELDS),
                "Exactly what it may do; others are taken back. Default: left as they are.",
            ),
            Field::optional(
                "require_ssl",
                Kind::Boolean,
                "Whether only encrypted connections are taken. Default: left as it is.",
            ),
            Field::optional(
                "limits",
                Kind::Mapping,
                "max_user_connections, max_queries_per_hour, max_updates_per_hour, max_connections_per_hour; 0 for none.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "mysql_user:\n  name: exam\n  password: \"{{ database_password }}\"\n  grants:\n    - {privileges: [SELECT, INSERT, UPDATE, DELETE], on: exam.*}\n",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        // 32 is the limit of MySQL; MariaDB takes more.
        let name = super::object_name(&mut fields, "name", 32);
        let host = parse_host(&mut fields);
        let present = fields.choice("state", &[("present", true), ("absent", false)]);
        let present = present.unwrap_or(true);
        let login = parse_login(&mut fields, present);
        let has_grants = fields.get("grants").is_some();
        let grants = fields.items("grants", &["privileges", "on", "grantable"], parse_grant);
        let require_ssl = fields.boolean("require_ssl");
        let limits = parse_limits(&mut fields);
        if let Some(name) = &name
            && SERVER_ACCOUNTS.contains(&name.as_str())
        {
            fields.wrong(
                "name",
                format!("'{name}' is an account of the server itself"),
            );
        }
        Some(Self {
            name: name?,
            host: host?,
            login: if present { Some(login?) } else { None },
            grants: has_grants.then_some(grants),
            require_ssl,
            limits,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let account = self.account();
        // The last statement fails where there is no such account.
        let sql = format!(
            "SELECT 'account', plugin, HEX(authentication_string), ssl_type, max_questions, max_updates, max_connections, max_user_connections FROM mysql.user WHERE User = {} AND Host = {};\nSHOW GRANTS FOR {account};\n",
            literal(&self.name),
            literal(&self.host),
        );
        vec![mysql::ask(&self.question(), &sql)]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let answer = mysql::answer(facts, &self.question())?;
        let account = read_account(&answer);
        let Some(login) = &self.login else {
            return Ok(account.map(|_| self.dropped()).into_iter().collect());
        };
        let mut changes = vec![self.account_change(login, account.as_ref(), answer.flavour)];
        if let Some(grants) = &self.grants {
            changes.push(self.grants_change(grants, account.is_some(), &answer)?);
        }
        Ok(changes.into_iter().flatten().collect())
    }

    fn may_change(&self, key: &FactKey) -> bool {
        mysql::touches(key, &self.question())
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl MysqlUserArgs {
    fn shown(&self) -> String {
        format!("{}@{}", self.name, self.host)
    }

    fn question(&self) -> String {
        format!("mysql user {}", self.shown())
    }

    fn account(&self) -> String {
        format!("{}@{}", literal(&self.name), literal(&self.host))
    }

    fn dropped(&self) -> Change {
        let summary = format!("remove the database account {}", self.shown());
        mysql::change(summary, None, &format!("DROP USER {};\n", self.account()))
    }

    /// The account with its login, its demand for encryption and its limits, in one statement.
    fn account_change(
        &self,
        login: &Login,
        current: Option<&Account>,
        flavour: Flavour,
    ) -> Option<Change> {
        let mut said = Vec::new();
        let mut clauses = String::new();
        if !current.is_some_and(|account| login.is_that_of(account, flavour)) {
            said.push(match login {
                Login::Password(_) => "a new password",
                Login::Socket => "login over the local socket",
            });
            clauses.push_str(&login.clause(flavour));
        }
        let requires = current.is_some_and(|account| account.requires_ssl);
        if let Some(wanted) = self.require_ssl.filter(|wanted| *wanted != requires) {
            said.push(if wanted {
                "only encrypted connections"
            } else {
                "unencrypted connections too"
            });
            clauses.push_str(if wanted {
                " REQUIRE SSL"
            } else {
                " REQUIRE NONE"
            });
        }
        let limits = self.changed_limits(current);
        if !limits.is_empty() {
            clauses.push_str(" WITH");
        }
        let mut diff = String::new();
        for (name, old, new) in limits {
            write!(clauses, " {} {new}", name.to_ascii_uppercase()).ok();
            write!(diff, "-{name} {old}\n+{name} {new}\n").ok();
        }
        if clauses.is_empty() {
            return None;
        }
        let (verb, summary) = if current.is_some() {
            let mut said = said.join(", ");
            if !diff.is_empty() {
                said.push_str(if said.is_empty() {
                    "limits"
                } else {
                    ", limits"
                });
            }
            let shown = self.shown();
            (
                "ALTER",
                format!("change the database account {shown}: {said}"),
            )
        } else {
            let shown = self.shown();
            ("CREATE", format!("create the database account {shown}"))
        };
        let sql = format!("{verb} USER {}{clauses};\n", self.account());
        let diff = (!diff.is_empty()).then_some(diff);
        Some(mysql::change(summary, diff, &sql))
    }

    fn changed_limits(&self, current: Option<&Account>) -> Vec<(&'static str, u64, u64)> {
        LIMITS
            .iter()
            .enumerate()
            .filter_map(|(index, name)| {
                let old = current.map_or(0, |account| account.limits[index]);
                let new = *self.limits.get(*name)?;
                (new != old).then_some((*name, old, new))
            })
            .collect()
    }

    fn grants_change(
        &self,
        grants: &[Grant],
        exists: bool,
        answer: &Answer,
    ) -> Result<Option<Change>, PlanError> {
        let current = if exists {
            if answer.status != 0 {
                let message = format!("the grants of {} could not be read", self.shown());
                return Err(PlanError(message));
            }
            let lines = answer.rows.iter().filter(|row| row.len() == 1);
            Grants::shown(lines.map(|row| row[0].as_str())).map_err(|line| {
                let shown = self.shown();
                PlanError(format!("a grant of {shown} is not understood: {line}"))
            })?
        } else {
            Grants::default()
        };
        let wanted = Grants::wanted(grants, answer.flavour);
        Ok(current
            .converge(&wanted, &self.account())
            .map(|(sql, diff)| {
                let summary = format!("change what the database account {} may do", self.shown());
                mysql::change(summary, Some(diff), &sql)
            }))
    }
}
