//! `postgresql_settings`: settings of `PostgreSQL` in a file of their own below `conf.d`, judged by
//! the server before they go live, loaded by it, and by a restart where one needs that.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::postgresql::{self, CLUSTER, Cluster, literal, parse_cluster, query};
use super::settings::parse_settings;
use crate::connections::Command;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, PutFile, Sources, effects};

/// A server may read a large log before it is there again.
const RESTART_LIMIT: Duration = Duration::from_mins(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresqlSettingsArgs {
    name: String,
    cluster: Cluster,
    settings: BTreeMap<String, String>,
    restart: bool,
}

/// What is there.
struct Current {
    /// VERSION/NAME.
    cluster: String,
    content: Option<String>,
    /// What the server says of these settings; `None` where it does not answer.
    server: Option<Value>,
}

impl Operation for PostgresqlSettingsArgs {
    const SPEC: Spec = Spec {
        name: "postgresql_settings",
        summary: "Settings of a PostgreSQL server, in its files and as it runs.",
        fields: &[
            Field::required("settings", Kind::Mapping, "Names to values."),
            CLUSTER,
            Field::optional(
                "name",
                Kind::Name,
                "Their file is conf.d/NAME.conf of the cluster. Default: exam.",
            ),
            Field::optional(
                "restart",
                Kind::Boolean,
                "Whether the server is restarted for settings that need it. Default: true.",
            ),
        ],
        example: "postgresql_settings: {settings: {shared_buffers: 1GB, max_connections: 120, log_lock_waits: true}}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.optional_name("name");
        let cluster = parse_cluster(&mut fields);
        let settings =
            parse_settings(&mut fields, sources, str::to_ascii_lowercase, ("ON", "OFF"))?;
        let restart = fields.boolean("restart").unwrap_or(true);
        Some(Self {
            name: name.unwrap_or_else(|| "exam".to_owned()),
            cluster,
            settings,
            restart,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let names = self.names();
        let sql = format!(
            "SELECT json_build_object('pending', (SELECT coalesce(json_agg(name), '[]') FROM pg_settings WHERE pending_restart AND name IN ({names})), 'late', (SELECT coalesce(json_agg(name), '[]') FROM pg_settings WHERE context = 'postmaster' AND name IN ({names})), 'loaded', extract(epoch FROM pg_conf_load_time()), 'last', (SELECT coalesce(json_object_agg(name, sourcefile), '{{}}') FROM (SELECT DISTINCT ON (name) name, sourcefile FROM pg_file_settings WHERE name IN ({names}) ORDER BY name, seqno DESC) f));\n"
        );
        let script = format!(
            "{find}echo @cluster; echo $c\n\
             grep -qE \"^include_dir *=? *'conf\\.d'\" $d/postgresql.conf || {{ echo @noinclude; exit 91; }}\n\
             f=$d/conf.d/{name}.conf\n\
             if [ -f $f ]; then echo @file; cat $f; echo @written; stat -c %.6Y $f; fi\n\
             echo @server; {query}",
            find = self.cluster.find(),
            name = self.name,
            query = query("postgres", &sql),
        );
        vec![super::question(&self.question(), script)]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let probed = super::answer(facts, &self.question())?;
        let current = Current::read(&probed.stdout, probed.status)?;
        let content = self.content();
        let is_written = current.content.as_deref() == Some(content.trim_end());
        let mut changes = Vec::new();
        if !is_written {
            changes.push(self.write(&current));
        }
        if let Some(server) = &current.server {
            let path = self.path(&current.cluster);
            if is_written {
                overruled(server, &path)?;
            }
            let written = super::section(&probed.stdout, "written").parse::<f64>();
            let loaded = server["loaded"].as_f64().unwrap_or(0.0);
            let is_loaded = is_written && written.is_ok_and(|written| written < loaded);
            let waiting = if is_written {
                listed(&server["pending"])
            } else {
                self.late(server, current.content.as_deref())
            };
            let restarts = self.restart && !waiting.is_empty();
            if !is_loaded || restarts {
                changes.push(self.load(&current.cluster, &waiting));
            }
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        super::touches(key, &self.question())
            || matches!(key, FactKey::Service(name) if name.starts_with("postgresql"))
            || effects::below(key, "/etc/postgresql")
    }
}

impl Current {
    fn read(said: &str, status: i32) -> Result<Self, PlanError> {
        postgresql::found(said, status)?;
        let cluster = super::section(said, "cluster");
        if status == 91 {
            return Err(PlanError(format!(
                "/etc/postgresql/{cluster}/postgresql.conf has no line include_dir = 'conf.d': add it in an earlier task"
            )));
        }
        let has_file = said.lines().any(|line| line == "@file");
        let content = has_file.then(|| super::section(said, "file"));
        let server = serde_json::from_str(&super::section(said, "server")).ok();
        Ok(Self {
            cluster,
            content,
            server: server.filter(|_| status == 0),
        })
    }
}

/// A later line, above all one of `ALTER SYSTEM`, wins over the file.
fn overruled(server: &Value, path: &str) -> Result<(), PlanError> {
    let last = server["last"].as_object();
    let other = |(name, file): (&String, &Value)| match file.as_str() {
        Some(file) if file != path => Some((name.clone(), file.to_owned())),
        _ => None,
    };
    let Some((name, file)) = last.into_iter().flatten().find_map(other) else {
        return Ok(());
    };
    let hint = if file.ends_with("postgresql.auto.conf") {
        format!("run ALTER SYSTEM RESET {name}")
    } else {
        "remove it there".to_owned()
    };
    let message = format!("{file} sets {name} as well and wins over {path}: {hint}");
    Err(PlanError(message))
}

fn listed(names: &Value) -> Vec<String> {
    let names = names.as_array().into_iter().flatten();
    names
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

impl PostgresqlSettingsArgs {
    fn question(&self) -> String {
        format!("postgresql settings {}{}", self.name, self.cluster.suffix())
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.settings.keys().map(|name| literal(name)).collect();
        names.join(", ")
    }

    fn path(&self, cluster: &str) -> String {
        format!("/etc/postgresql/{cluster}/conf.d/{}.conf", self.name)
    }

    fn content(&self) -> String {
        let mut text = "# Written by examctl.\n".to_owned();
        for (name, value) in &self.settings {
            writeln!(text, "{name} = '{value}'").ok();
        }
        text
    }

    /// The settings that differ from those in the file and need a restart.
    fn late(&self, server: &Value, content: Option<&str>) -> Vec<String> {
        let lines: Vec<&str> = content.unwrap_or_default().lines().collect();
        let is_new = |name: &String| {
            let value = self.settings.get(name);
            value.is_some_and(|value| !lines.contains(&format!("{name} = '{value}'").as_str()))
        };
        listed(&server["late"]).into_iter().filter(is_new).collect()
    }

    fn write(&self, current: &Current) -> Change {
        let (path, content) = (self.path(&current.cluster), self.content());
        let old = current.content.as_ref().map(|text| format!("{text}\n"));
        let verb = if old.is_some() { "change" } else { "create" };
        let before = if old.is_some() {
            path.as_str()
        } else {
            "/dev/null"
        };
        let diff = similar::TextDiff::from_lines(old.as_deref().unwrap_or_default(), &content)
            .unified_diff()
            .header(before, &path)
            .to_string();
        let cluster = &current.cluster;
        let version = cluster.split('/').next().unwrap_or_default();
        // Everything else is read from the cluster; the staged file stands for all its settings.
        let validate = format!(
            "cd / && runuser -u postgres -- /usr/lib/postgresql/{version}/bin/postgres -D /etc/postgresql/{cluster} --config-file=%s -c data_directory=\"$(sed -nE \"s/^data_directory *=? *'([^']+)'.*/\\1/p\" /etc/postgresql/{cluster}/postgresql.conf | tail -n 1)\" -C max_connections >/dev/null"
        );
        Change {
            summary: format!("{verb} {path} (postgres:postgres 0644)"),
            diff: Some(diff),
            action: Action::Put(PutFile {
                path,
                content: content.into_bytes(),
                mode: 0o644,
                owner: Some("postgres:postgres".to_owned()),
                validate: Some(validate),
            }),
        }
    }

    /// Loads the settings; restarts where the server itself says that one waits for it.
    fn load(&self, cluster: &str, waiting: &[String]) -> Change {
        let unit = format!("postgresql@{}", cluster.replacen('/', "-", 1));
        let load = query(
            "postgres",
            "SELECT pg_reload_conf(); SELECT pg_sleep(0.3);\n",
        );
        let ask = query(
            "postgres",
            &format!(
                "SELECT count(*) FROM pg_settings WHERE pending_restart AND name IN ({});\n",
                self.names()
            ),
        );
        let names = waiting.join(", ");
        let (summary, restart) = if waiting.is_empty() {
            (format!("load the settings of PostgreSQL {cluster}"), "")
        } else if self.restart {
            let summary =
                format!("restart PostgreSQL {cluster}: {names} cannot change while it runs");
            (summary, "restart")
        } else {
            let summary = format!(
                "load the settings of PostgreSQL {cluster} ({names} will change with its next restart)"
            );
            (summary, "")
        };
        let restart = if restart.is_empty() {
            String::new()
        } else {
            format!("n=$({ask})\n[ \"$n\" = 0 ] || systemctl restart {unit}\n")
        };
        let script = format!(
            "{}set -e\n{load} >/dev/null\n{restart}",
            self.cluster.find()
        );
        Change {
            summary,
            diff: None,
            action: Action::Run(Command::new(script).timeout(RESTART_LIMIT)),
        }
    }
}
