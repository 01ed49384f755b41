//! `mysql_database`: a database of `MySQL` or `MariaDB` with its character set and collation.

use super::mysql::{self, SYSTEM_DATABASES, identifier, literal};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

/// Names may be this long.
const NAME_LIMIT: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MysqlDatabaseArgs {
    name: String,
    /// Character set and collation; `None`: there shall be no such database.
    encoding: Option<(String, String)>,
}

impl Operation for MysqlDatabaseArgs {
    const SPEC: Spec = Spec {
        name: "mysql_database",
        summary: "A database of MySQL or MariaDB with its character set and collation.",
        fields: &[
            Field::required("name", Kind::Text, "The database."),
            Field::optional("character_set", Kind::Name, "Default: utf8mb4."),
            Field::optional(
                "collation",
                Kind::Name,
                "Default: utf8mb4_unicode_ci, which every version of both servers has.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present; absent needs 'drop: true'.",
            ),
            Field::optional(
                "drop",
                Kind::Boolean,
                "Says that a database that shall be absent may be dropped with all that is in it.",
            ),
        ],
        example: "mysql_database: {name: exam}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = super::object_name(&mut fields, "name", NAME_LIMIT);
        let set = fields.optional_name("character_set");
        let collation = fields.optional_name("collation");
        let present = fields.choice("state", &[("present", true), ("absent", false)]);
        let present = present.unwrap_or(true);
        let drop = fields.boolean("drop").unwrap_or(false);
        if !present && !drop {
            let message = "dropping a database loses all that is in it: say 'drop: true' as well";
            fields.wrong("state", message);
        }
        if present && drop {
            fields.wrong("drop", "'drop' means something only with 'state: absent'");
        }
        if let Some(name) = &name
            && SYSTEM_DATABASES.contains(&name.to_ascii_lowercase().as_str())
        {
            fields.wrong("name", format!("'{name}' belongs to the server itself"));
        }
        let set = set.unwrap_or_else(|| "utf8mb4".to_owned());
        let collation = collation.unwrap_or_else(|| match set.as_str() {
            "binary" => "binary".to_owned(),
            set => format!("{set}_unicode_ci"),
        });
        let fits = collation == set || collation.starts_with(&format!("{set}_"));
        if !fits && !is_template(&set) && !is_template(&collation) {
            let message = format!("the collation '{collation}' does not belong to '{set}'");
            fields.wrong("collation", message);
        }
        Some(Self {
            name: name?,
            encoding: present.then_some((set, collation)),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let name = literal(&self.name);
        let mut sql = format!(
            "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name};\n"
        );
        if self.encoding.is_none() {
            let count = format!(
                "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {name};\n"
            );
            sql.push_str(&count);
        }
        vec![mysql::ask(&self.question(), &sql)]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let answer = mysql::answer(facts, &self.question())?;
        let name = &self.name;
        let quoted = identifier(name);
        let current = answer.rows.iter().find_map(|row| match row.as_slice() {
            [found, set, collation] if found == name => Some((set, collation)),
            _ => None,
        });
        let change = match (&self.encoding, current) {
            (None, None) => return Ok(Vec::new()),
            (None, Some(_)) => {
                let tables = answer.rows.iter().find(|row| row.len() == 1);
                let tables = tables.map_or("?", |row| row[0].as_str());
                let summary =
                    format!("DROP the database {name} and ALL DATA in it ({tables} tables)");
                mysql::change(summary, None, &format!("DROP DATABASE {quoted};\n"))
            }
            (Some((set, collation)), None) => mysql::change(
                format!("create the database {name} ({set}, {collation})"),
                None,
                &format!("CREATE DATABASE {quoted} CHARACTER SET {set} COLLATE {collation};\n"),
            ),
            (Some((set, collation)), Some((old_set, old_collation))) => {
                if (set, collation) == (old_set, old_collation) {
                    return Ok(Vec::new());
                }
                mysql::change(
                    format!(
                        "new tables of the database {name}: {old_set}, {old_collation} -> {set}, {collation} (those that exist stay as they are)"
                    ),
                    None,
                    &format!("ALTER DATABASE {quoted} CHARACTER SET {set} COLLATE {collation};\n"),
                )
            }
        };
        Ok(vec![change])
    }

    fn may_change(&self, key: &FactKey) -> bool {
        mysql::touches(key, &self.question())
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl MysqlDatabaseArgs {
    fn question(&self) -> String {
        format!("mysql database {}", self.name)
    }
}
