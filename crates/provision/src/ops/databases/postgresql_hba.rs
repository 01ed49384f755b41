//! `postgresql_hba`: who may log in to `PostgreSQL` from where: an ordered block of lines at the top
//! of `pg_hba.conf`, where the first line that fits decides.

use super::postgresql::{self, CLUSTER, Cluster, parse_cluster, query};
use crate::connections::Command;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, PutFile, Sources, effects};

const TYPES: &[&str] = &["local", "host", "hostssl", "hostnossl"];
const METHODS: &[&str] = &["scram-sha-256", "peer", "cert", "reject"];
const BEGIN: &str = "# BEGIN examctl";
const END: &str = "# END examctl";
/// Stands first, so that no rule can shut the server's own administrator out, nor examctl.
const KEPT: &str = "local\tall\tpostgres\tpeer";

const RULE_FIELDS: &[Field] = &[
    Field::required("type", Kind::Choice(TYPES), "How they come."),
    Field::optional("database", Kind::Texts, "Databases. Default: all."),
    Field::optional("user", Kind::Texts, "Roles. Default: all."),
    Field::optional(
        "address",
        Kind::Text,
        "A network such as 10.0.0.0/24, not for local.",
    ),
    Field::required(
        "method",
        Kind::Choice(METHODS),
        "How they prove who they are.",
    ),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresqlHbaArgs {
    cluster: Cluster,
    /// The lines of the block.
    lines: Vec<String>,
    /// Whether the block is all there is.
    only: bool,
}

impl Operation for PostgresqlHbaArgs {
    const SPEC: Spec = Spec {
        name: "postgresql_hba",
        summary: "Who may log in to PostgreSQL from where; the first rule that fits decides.",
        fields: &[
            Field::required("rules", Kind::Items(RULE_FIELDS), "The rules, in order."),
            CLUSTER,
            Field::optional(
                "only",
                Kind::Boolean,
                "Whether these rules are all there are. Default: false: those below them stay.",
            ),
        ],
        example: "postgresql_hba:\n  rules:\n    - {type: host, database: exam, user: exam, address: 127.0.0.1/32, method: scram-sha-256}\n    - {type: host, address: 0.0.0.0/0, method: reject}\n",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let cluster = parse_cluster(&mut fields);
        if fields.get("rules").is_none() {
            fields.missing("rules");
        }
        let keys = ["type", "database", "user", "address", "method"];
        let lines = fields.items("rules", &keys, parse_rule);
        let only = fields.boolean("only").unwrap_or(false);
        Some(Self {
            cluster,
            lines,
            only,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let sql = "SELECT json_build_object('loaded', extract(epoch FROM pg_conf_load_time()));\n";
        let script = format!(
            "{find}echo @cluster; echo $c\n\
             echo @written; stat -c %.6Y $d/pg_hba.conf\n\
             echo @server; {query}\n\
             echo @file; cat $d/pg_hba.conf",
            find = self.cluster.find(),
            query = query("postgres", sql),
        );
        vec![super::question(&self.question(), script)]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let probed = super::answer(facts, &self.question())?;
        let said = &probed.stdout;
        postgresql::found(said, probed.status)?;
        let server = super::section(said, "server");
        let server: serde_json::Value =
            serde_json::from_str(&server).map_err(|_| postgresql::silent(&server))?;
        let (_, old) = said.split_once("@file\n").unwrap_or_default();
        let new = self.content(old);
        let cluster = super::section(said, "cluster");
        let written = super::section(said, "written").parse::<f64>();
        let loaded = server["loaded"].as_f64().unwrap_or(0.0);
        let mut changes = Vec::new();
        let is_written = old.trim_end() == new.trim_end();
        if !is_written {
            changes.push(self.write(&cluster, old, new));
        }
        if !is_written || !written.is_ok_and(|written| written < loaded) {
            changes.push(self.load(&cluster));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        super::touches(key, &self.question()) || effects::below(key, "/etc/postgresql")
    }
}

fn parse_rule(mut fields: Fields<'_>) -> Option<String> {
    let one_of = |fields: &mut Fields<'_>, key: &str, known: &[&'static str]| {
        if fields.get(key).is_none() {
            fields.missing(key);
        }
        let choices: Vec<(&str, &'static str)> = known.iter().map(|name| (*name, *name)).collect();
        fields.choice(key, &choices)
    };
    let kind = one_of(&mut fields, "type", TYPES);
    let method = one_of(&mut fields, "method", METHODS);
    let databases = names(&mut fields, "database");
    let users = names(&mut fields, "user");
    let address = fields.optional_text("address");
    let (kind, method) = (kind?, method?);
    let address = match (kind, address) {
        ("local", None) => None,
        ("local", Some(_)) => {
            fields.wrong("address", "'address' means nothing for 'type: local'");
            return None;
        }
        (_, None) => {
            fields.missing("address");
            return None;
        }
        (_, Some(address)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || ".:/-_".contains(c);
            if !address.chars().all(plain) && !is_template(&address) {
                let message = format!("'{address}' is not a network, for instance 10.0.0.0/24");
                fields.wrong("address", message);
                return None;
            }
            Some(address)
        }
    };
    if method == "peer" && kind != "local" {
        fields.wrong("method", "'peer' works only with 'type: local'");
    }
    let columns = [Some(kind.to_owned()), Some(databases), Some(users), address];
    let columns: Vec<String> = columns.into_iter().flatten().collect();
    Some(format!("{}\t{method}", columns.join("\t")))
}

/// Names for one column.
fn names(fields: &mut Fields<'_>, key: &str) -> String {
    let texts = fields.texts(key);
    let mut quoted = Vec::new();
    for text in &texts {
        let group = text.strip_prefix('+').unwrap_or(text);
        if !super::is_object_name(group, 63) && !is_template(text) {
            fields.wrong(key, format!("'{text}' is not a name"));
        }
        quoted.push(text.clone());
    }
    if quoted.is_empty() {
        return "all".to_owned();
    }
    quoted.join(",")
}

impl PostgresqlHbaArgs {
    fn question(&self) -> String {
        format!("postgresql hba{}", self.cluster.suffix())
    }

    fn content(&self, old: &str) -> String {
        let block = format!("{BEGIN}\n{KEPT}\n{}\n{END}\n", self.lines.join("\n"));
        if self.only {
            return block;
        }
        format!("{block}{}", without_block(old))
    }

    fn write(&self, cluster: &str, old: &str, new: String) -> Change {
        let path = format!("/etc/postgresql/{cluster}/pg_hba.conf");
        let old = format!("{}\n", old.trim_end());
        let diff = similar::TextDiff::from_lines(&old, &new)
            .unified_diff()
            .header(&path, &path)
            .to_string();
        // Only the server can judge the file, and only in its place; it goes on with what it has
        // loaded meanwhile.
        let judge = query(
            "postgres",
            "SELECT 'line ' || line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL;\n",
        );
        let validate = format!(
            "{find}cp -p $d/pg_hba.conf $d/pg_hba.conf.examctl && cat %s > $d/pg_hba.conf && e=$({judge})\n\
             s=$?; cat $d/pg_hba.conf.examctl > $d/pg_hba.conf; rm $d/pg_hba.conf.examctl\n\
             [ $s -eq 0 ] && [ -z \"$e\" ] || {{ echo \"$e\"; exit 1; }}",
            find = self.cluster.find(),
        );
        Change {
            summary: format!("change {path}"),
            diff: Some(diff),
            action: Action::Put(PutFile {
                path,
                content: new.into_bytes(),
                mode: 0o640,
                owner: Some("postgres:postgres".to_owned()),
                validate: Some(validate),
            }),
        }
    }

    fn load(&self, cluster: &str) -> Change {
        let load = query(
            "postgres",
            "SELECT pg_reload_conf(); SELECT pg_sleep(0.3);\n",
        );
        let script = format!("{}set -e\n{load} >/dev/null", self.cluster.find());
        Change {
            summary: format!("load who may log in to PostgreSQL {cluster}"),
            diff: None,
            action: Action::Run(Command::new(script)),
        }
    }
}

fn without_block(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        inside |= line == BEGIN;
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= line != END;
    }
    kept
}
