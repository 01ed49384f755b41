//! `postgresql_grants`: what a role may do in one database of `PostgreSQL`: exactly that on
//! whatever is named.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::postgresql::{self, CLUSTER, Cluster, identifier, literal, parse_cluster};
use super::postgresql_database::{NAME_LIMIT, optional_object_name};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

const GRANT_FIELDS: &[Field] = &[
    Field::required(
        "privileges",
        Kind::Texts,
        "For instance SELECT; an empty list takes everything back.",
    ),
    Field::optional("schema", Kind::Text, "The schema, or that of the tables."),
    Field::optional(
        "tables",
        Kind::Text,
        "A table, view or sequence of the schema; * for all tables that are there now.",
    ),
];

const ON_DATABASE: &[&str] = &["CONNECT", "CREATE", "TEMPORARY"];
const ON_SCHEMA: &[&str] = &["CREATE", "USAGE"];
const ON_TABLES: &[&str] = &[
    "DELETE",
    "INSERT",
    "REFERENCES",
    "SELECT",
    "TRIGGER",
    "TRUNCATE",
    "UPDATE",
    "USAGE",
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum On {
    Database,
    Schema(String),
    Tables {
        schema: String,
        table: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Grant {
    on: On,
    privileges: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresqlGrantsArgs {
    role: String,
    database: String,
    cluster: Cluster,
    grants: Vec<Grant>,
}

impl Operation for PostgresqlGrantsArgs {
    const SPEC: Spec = Spec {
        name: "postgresql_grants",
        summary: "What a role may do in one database of PostgreSQL, exactly that on whatever is named.",
        fields: &[
            Field::required("role", Kind::Text, "The role."),
            Field::required("database", Kind::Text, "The database."),
            CLUSTER,
            Field::required(
                "grants",
                Kind::Items(GRANT_FIELDS),
                "Without a schema, on the database itself; what is not named is left alone.",
            ),
        ],
        example: "postgresql_grants:\n  role: reports\n  database: exam\n  grants:\n    - {privileges: [CONNECT]}\n    - {schema: public, privileges: [USAGE]}\n    - {schema: public, tables: \"*\", privileges: [SELECT]}\n",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let role = super::object_name(&mut fields, "role", NAME_LIMIT);
        let database = super::object_name(&mut fields, "database", NAME_LIMIT);
        let cluster = parse_cluster(&mut fields);
        if fields.get("grants").is_none() {
            fields.missing("grants");
        }
        let grants = fields.items("grants", &["privileges", "schema", "tables"], parse_grant);
        Some(Self {
            role: role?,
            database: database?,
            cluster,
            grants,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let sql: String = self.grants.iter().map(|grant| self.ask(grant)).collect();
        vec![postgresql::ask(
            &self.cluster,
            &self.question(),
            &self.database,
            &sql,
        )]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let answers = postgresql::answer(facts, &self.question())?;
        let (mut diff, mut sql) = (String::new(), String::new());
        for (grant, answer) in self.grants.iter().zip(&answers) {
            self.converge(grant, answer, &mut diff, &mut sql)?;
        }
        if sql.is_empty() {
            return Ok(Vec::new());
        }
        let summary = format!(
            "change what the role {} may do in the database {}",
            self.role, self.database
        );
        let change = postgresql::change(&self.cluster, &self.database, summary, Some(diff), &sql);
        Ok(vec![change])
    }

    fn may_change(&self, key: &FactKey) -> bool {
        super::touches(key, &self.question())
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

fn parse_grant(mut fields: Fields<'_>) -> Option<Grant> {
    let schema = optional_object_name(&mut fields, "schema");
    let tables = match fields.get("tables").and_then(Value::as_str) {
        Some("*") => Some(None),
        Some(_) => optional_object_name(&mut fields, "tables").map(Some),
        None => None,
    };
    let (on, known) = match (schema, tables) {
        (None, None) => (On::Database, ON_DATABASE),
        (Some(schema), None) => (On::Schema(schema), ON_SCHEMA),
        (Some(schema), Some(table)) => (On::Tables { schema, table }, ON_TABLES),
        (None, Some(_)) => {
            fields.wrong("tables", "'tables' needs 'schema'");
            return None;
        }
    };
    if fields.get("privileges").is_none() {
        fields.missing("privileges");
    }
    let mut privileges = BTreeSet::new();
    for text in fields.texts("privileges") {
        let name = match text.to_ascii_uppercase().as_str() {
            "TEMP" => "TEMPORARY".to_owned(),
            name => name.to_owned(),
        };
        if known.contains(&name.as_str()) {
            privileges.insert(name);
        } else if !crate::fields::is_template(&text) {
            let known = known.join(", ");
            let message = format!("'{text}' is not a privilege there (known: {known})");
            fields.wrong("privileges", message);
        }
    }
    Some(Grant { on, privileges })
}

impl On {
    fn shown(&self, database: &str) -> String {
        match self {
            Self::Database => format!("database {database}"),
            Self::Schema(schema) => format!("schema {schema}"),
            Self::Tables {
                schema,
                table: None,
            } => format!("all tables of schema {schema}"),
            Self::Tables {
                schema,
                table: Some(table),
            } => format!("{schema}.{table}"),
        }
    }

    fn sql(&self, database: &str) -> String {
        match self {
            Self::Database => format!("DATABASE {}", identifier(database)),
            Self::Schema(schema) => format!("SCHEMA {}", identifier(schema)),
            Self::Tables {
                schema,
                table: None,
            } => {
                format!("ALL TABLES IN SCHEMA {}", identifier(schema))
            }
            Self::Tables {
                schema,
                table: Some(table),
            } => format!("{}.{}", identifier(schema), identifier(table)),
        }
    }
}

impl PostgresqlGrantsArgs {
    fn question(&self) -> String {
        format!(
            "postgresql grants in {} of {}{}",
            self.database,
            self.role,
            self.cluster.suffix()
        )
    }

    /// One line of JSON: `objects` counts what is named (without what the role owns: owners may do
    /// everything), `held` counts on how many of them each privilege is held.
    fn ask(&self, grant: &Grant) -> String {
        let (objects, kind) = match &grant.on {
            On::Database => (
                "SELECT oid, datdba AS owner, datacl AS acl FROM pg_database WHERE datname = current_database()".to_owned(),
                "d",
            ),
            On::Schema(schema) => (
                format!(
                    "SELECT oid, nspowner AS owner, nspacl AS acl FROM pg_namespace WHERE nspname = {}",
                    literal(schema)
                ),
                "n",
            ),
            On::Tables { schema, table } => {
                let only = match table {
                    Some(table) => format!("relname = {} AND relkind IN ('r','v','m','p','f','S')", literal(table)),
                    None => "relkind IN ('r','v','m','p','f')".to_owned(),
                };
                (
                    format!(
                        "SELECT oid, relowner AS owner, relacl AS acl FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = {}) AND {only}",
                        literal(schema)
                    ),
                    "r",
                )
            }
        };
        let role = literal(&self.role);
        format!(
            "WITH o AS ({objects}), me AS (SELECT oid FROM pg_roles WHERE rolname = {role}), mine AS (SELECT o.* FROM o, me WHERE o.owner <> me.oid), held AS (SELECT x.privilege_type AS p, count(DISTINCT mine.oid) AS n FROM mine, me, LATERAL aclexplode(coalesce(mine.acl, acldefault('{kind}', mine.owner))) x WHERE x.grantee = me.oid GROUP BY 1) SELECT json_build_object('role', (SELECT count(*) FROM me), 'all', (SELECT count(*) FROM o), 'objects', (SELECT count(*) FROM mine), 'held', (SELECT coalesce(json_object_agg(p, n), '{{}}') FROM held));\n"
        )
    }

    fn converge(
        &self,
        grant: &Grant,
        answer: &Value,
        diff: &mut String,
        sql: &mut String,
    ) -> Result<(), PlanError> {
        let shown = grant.on.shown(&self.database);
        let every = matches!(grant.on, On::Tables { table: None, .. });
        if answer["role"] == 0 {
            let role = &self.role;
            let message = format!("there is no role {role}: create it in an earlier task");
            return Err(PlanError(message));
        }
        if answer["all"] == 0 && !every {
            let message = format!("there is no {shown} in the database {}", self.database);
            return Err(PlanError(message));
        }
        let objects = answer["objects"].as_u64().unwrap_or(0);
        if objects == 0 {
            return Ok(());
        }
        let none = serde_json::Map::new();
        let held = answer["held"].as_object().unwrap_or(&none);
        let is_full = |name: &String| held.get(name).and_then(Value::as_u64) == Some(objects);
        let missing = grant.privileges.iter().filter(|name| !is_full(name));
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        let extra = held.keys().filter(|name| !grant.privileges.contains(*name));
        let extra: Vec<&str> = extra.map(String::as_str).collect();
        let on = grant.on.sql(&self.database);
        let role = identifier(&self.role);
        if !extra.is_empty() {
            let extra = extra.join(", ");
            writeln!(diff, "-{extra} on {shown}").ok();
            writeln!(sql, "REVOKE {extra} ON {on} FROM {role} CASCADE;").ok();
        }
        if !missing.is_empty() {
            let missing = missing.join(", ");
            writeln!(diff, "+{missing} on {shown}").ok();
            writeln!(sql, "GRANT {missing} ON {on} TO {role};").ok();
        }
        Ok(())
    }
}
