//! `postgresql_database`: a database of `PostgreSQL` with its owner, encoding, locale and extensions.

use serde_json::Value;
use std::fmt::Write as _;

use super::postgresql::{self, CLUSTER, Cluster, identifier, literal, parse_cluster};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

/// Databases of the server itself.
const SYSTEM_DATABASES: &[&str] = &["postgres", "template0", "template1"];
/// Names may be this long; the server cuts longer ones.
pub(super) const NAME_LIMIT: usize = 63;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresqlDatabaseArgs {
    name: String,
    cluster: Cluster,
    present: bool,
    owner: Option<String>,
    encoding: String,
    locale: Option<String>,
    template: String,
    extensions: Vec<String>,
}

impl Operation for PostgresqlDatabaseArgs {
    const SPEC: Spec = Spec {
        name: "postgresql_database",
        summary: "A database of PostgreSQL with its owner, encoding, locale and extensions.",
        fields: &[
            Field::required("name", Kind::Text, "The database."),
            CLUSTER,
            Field::optional(
                "owner",
                Kind::Text,
                "The role that owns it. Default: left as it is, or postgres.",
            ),
            Field::optional("encoding", Kind::Name, "Default: UTF8."),
            Field::optional(
                "locale",
                Kind::Text,
                "Collation and character types, for instance C.UTF-8. Default: the cluster's.",
            ),
            Field::optional("template", Kind::Text, "Default: template0."),
            Field::optional(
                "extensions",
                Kind::Texts,
                "Extensions that shall be there; others are left alone.",
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
        example: "postgresql_database: {name: exam, owner: exam, locale: C.UTF-8, extensions: [pg_trgm]}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = super::object_name(&mut fields, "name", NAME_LIMIT);
        let cluster = parse_cluster(&mut fields);
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
            && SYSTEM_DATABASES.contains(&name.as_str())
        {
            fields.wrong("name", format!("'{name}' belongs to the server itself"));
        }
        let extensions = fields.texts("extensions");
        for extension in &extensions {
            if !super::is_object_name(extension, NAME_LIMIT) && !is_template(extension) {
                fields.wrong("extensions", format!("'{extension}' is not an extension"));
            }
        }
        Some(Self {
            cluster,
            present,
            owner: optional_object_name(&mut fields, "owner"),
            encoding: fields
                .optional_name("encoding")
                .unwrap_or("UTF8".to_owned()),
            locale: optional_object_name(&mut fields, "locale"),
            template: optional_object_name(&mut fields, "template")
                .unwrap_or("template0".to_owned()),
            extensions,
            name: name?,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let name = literal(&self.name);
        let describe = format!(
            "SELECT coalesce((SELECT json_build_object('owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype, 'size', pg_size_pretty(pg_database_size(oid))) FROM pg_database WHERE datname = {name}), 'null');\n"
        );
        let extensions = postgresql::query(
            &self.name,
            "SELECT coalesce(json_agg(extname), '[]') FROM pg_extension;\n",
        );
        let script = format!(
            "{}o=$({}); s=$?; printf '%s\\n' \"$o\"\n[ \"$o\" = null ] || [ $s -ne 0 ] || {{ {extensions}; s=$?; }}\nexit $s",
            self.cluster.find(),
            postgresql::query("postgres", &describe),
        );
        vec![super::question(&self.question(), script)]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let values = postgresql::answer(facts, &self.question())?;
        let current = &values[0];
        match (self.present, current.is_null()) {
            (false, true) => Ok(Vec::new()),
            (false, false) => Ok(vec![self.dropped(current)]),
            (true, true) => Ok(self.created()),
            (true, false) => {
                let there = values.get(1).and_then(Value::as_array);
                let there = there.map(Vec::as_slice).unwrap_or_default();
                self.changed(current, there)
            }
        }
    }

    fn may_change(&self, key: &FactKey) -> bool {
        // Grants inside a database are asked inside it.
        let inside = format!("postgresql grants in {}", self.name);
        super::touches(key, &self.question())
            || matches!(key, FactKey::Probe { name, .. } if name.starts_with(&inside))
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

pub(super) fn optional_object_name(fields: &mut Fields<'_>, key: &str) -> Option<String> {
    fields.get(key)?;
    super::object_name(fields, key, NAME_LIMIT)
}

impl PostgresqlDatabaseArgs {
    fn question(&self) -> String {
        format!("postgresql database {}{}", self.name, self.cluster.suffix())
    }

    fn dropped(&self, current: &Value) -> Change {
        let name = &self.name;
        let size = current["size"].as_str().unwrap_or("?");
        postgresql::change(
            &self.cluster,
            "postgres",
            format!("DROP the database {name} and ALL DATA in it ({size})"),
            None,
            &format!("DROP DATABASE {};\n", identifier(name)),
        )
    }

    fn created(&self) -> Vec<Change> {
        let mut said = vec![self.encoding.clone()];
        let mut sql = format!("CREATE DATABASE {}", identifier(&self.name));
        if let Some(owner) = &self.owner {
            write!(sql, " OWNER {}", identifier(owner)).ok();
            said.push(format!("owner {owner}"));
        }
        write!(sql, " ENCODING {}", literal(&self.encoding)).ok();
        if let Some(locale) = &self.locale {
            let locale = literal(locale);
            write!(sql, " LC_COLLATE {locale} LC_CTYPE {locale}").ok();
        }
        said.extend(self.locale.clone());
        writeln!(sql, " TEMPLATE {};", identifier(&self.template)).ok();
        let summary = format!("create the database {} ({})", self.name, said.join(", "));
        let create = postgresql::change(&self.cluster, "postgres", summary, None, &sql);
        let extensions = self.extensions.iter().map(|name| self.extended(name));
        std::iter::once(create).chain(extensions).collect()
    }

    fn extended(&self, extension: &str) -> Change {
        let summary = format!(
            "add the extension {extension} to the database {}",
            self.name
        );
        let sql = format!(
            "CREATE EXTENSION IF NOT EXISTS {};\n",
            identifier(extension)
        );
        postgresql::change(&self.cluster, &self.name, summary, None, &sql)
    }

    fn changed(&self, current: &Value, extensions: &[Value]) -> Result<Vec<Change>, PlanError> {
        let text = |key: &str| current[key].as_str().unwrap_or_default();
        let locale = self.locale.as_deref();
        let fixed = [
            ("encoding", text("encoding"), Some(self.encoding.as_str())),
            ("collation", text("collate"), locale),
            ("character types", text("ctype"), locale),
        ];
        for (what, is, wanted) in fixed {
            let same = |wanted: &str| plain_locale(wanted) == plain_locale(is);
            if let Some(wanted) = wanted.filter(|wanted| !same(wanted)) {
                return Err(PlanError(format!(
                    "the database {} has the {what} {is}, not {wanted}, and that cannot be changed: dump it, drop it, and load it into a new one, or correct the playbook",
                    self.name
                )));
            }
        }
        let mut changes = Vec::new();
        if let Some(owner) = self
            .owner
            .as_deref()
            .filter(|owner| *owner != text("owner"))
        {
            let name = &self.name;
            let summary = format!("owner of the database {name}: {} -> {owner}", text("owner"));
            let sql = format!(
                "ALTER DATABASE {} OWNER TO {};\n",
                identifier(name),
                identifier(owner)
            );
            let change = postgresql::change(&self.cluster, "postgres", summary, None, &sql);
            changes.push(change);
        }
        let missing = |name: &&String| !extensions.iter().any(|there| there == name.as_str());
        let missing = self.extensions.iter().filter(missing);
        changes.extend(missing.map(|name| self.extended(name)));
        Ok(changes)
    }
}

/// `C.UTF-8`, `C.utf8` and `c.UTF8` are the same.
fn plain_locale(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "")
}
