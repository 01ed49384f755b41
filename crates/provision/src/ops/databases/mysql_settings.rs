//! `mysql_settings`: settings of the `[mysqld]` section in a file of their own, judged by the
//! server before they go live, set in the running server where it takes them, and by a restart
//! where it does not.
//!
//! A server may round a value or show it in other words. What it made of the settings is noted
//! below the state directory once they are applied; a difference that is noted is none.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::mysql::{self, CLIENT, literal};
use super::settings::{parse_settings, same_value};
use crate::connections::{Command, quote};
use crate::facts::path::sha256_of;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::attributes::Attributes;
use crate::ops::files::file::FileArgs;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources, effects};

/// A server may read a large log before it is there again.
const RESTART_LIMIT: Duration = Duration::from_mins(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MysqlSettingsArgs {
    name: String,
    settings: BTreeMap<String, String>,
    restart: bool,
    hides_old: bool,
    state_directory: String,
}

/// Where a server reads its settings, and how it judges a file of them.
struct Server {
    unit: &'static str,
    folder: &'static str,
    validate: &'static str,
}

/// A wrong value of `InnoDB` is an error that leaves the status at 0.
const MARIADB: Server = Server {
    unit: "mariadb",
    folder: "/etc/mysql/mariadb.conf.d",
    validate: "e=$(mariadbd --defaults-extra-file=%s --user=mysql --verbose --help 2>&1 >/dev/null); s=$?; e=$(echo \"$e\" | grep -F '[ERROR]'); [ $s -eq 0 ] && [ -z \"$e\" ] || { echo \"$e\"; exit 1; }",
};
const MYSQL: Server = Server {
    unit: "mysql",
    folder: "/etc/mysql/mysql.conf.d",
    validate: "mysqld --defaults-extra-file=%s --user=mysql --validate-config",
};

/// What is there.
struct Current {
    server: &'static Server,
    /// Variables of the running server; `None` where it does not answer.
    live: Option<BTreeMap<String, String>>,
    /// Settings that cannot change while the server runs; `None` where it does not say.
    fixed: Option<Vec<String>>,
    /// The checksum of the settings that were applied last, and what the server made of them.
    noted: Option<(String, BTreeMap<String, String>)>,
}

impl Operation for MysqlSettingsArgs {
    const SPEC: Spec = Spec {
        name: "mysql_settings",
        summary: "Settings of a MySQL or MariaDB server, in its files and as it runs.",
        fields: &[
            Field::required("settings", Kind::Mapping, "What stands below [mysqld]."),
            Field::optional(
                "name",
                Kind::Name,
                "Their file is zz-NAME.cnf beside those of the package. Default: exam.",
            ),
            Field::optional(
                "restart",
                Kind::Boolean,
                "Whether the server is restarted for settings that need it. Default: true.",
            ),
        ],
        example: "mysql_settings: {settings: {max_connections: 120, innodb_buffer_pool_size: 2G, sync_binlog: 1}}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.optional_name("name");
        let settings = parse_settings(
            &mut fields,
            sources,
            |name| name.replace('-', "_"),
            ("ON", "OFF"),
        )?;
        let restart = fields.boolean("restart").unwrap_or(true);
        Some(Self {
            name: name.unwrap_or_else(|| "exam".to_owned()),
            settings,
            restart,
            hides_old: sources.has_secrets(),
            state_directory: sources.state_directory().to_owned(),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let sum = sha256_of(self.content().as_bytes());
        let file = |server: &Server| Request {
            key: FactKey::Path(self.path(server)),
            expected_sha256: Some(sum.clone()),
        };
        let script = format!(
            "echo @server\n\
             if [ -x /usr/sbin/mariadbd ]; then echo mariadb; elif [ -x /usr/sbin/mysqld ]; then echo mysql; else exit 1; fi\n\
             echo @noted; cat {noted}\n\
             echo @live; {ask}; s=$?\n\
             echo @fixed; [ ! -x /usr/sbin/mariadbd ] || {fixed}\n\
             exit $s",
            noted = quote(&self.noted_path()),
            ask = self.ask_live(),
            fixed = self.ask_fixed(),
        );
        let question = super::question(&self.question(), script);
        vec![question, file(&MARIADB), file(&MYSQL)]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let current = self.current(facts)?;
        let mut changes = self.file(current.server).plan(facts)?;
        if let Some(live) = &current.live {
            let differing = self.differing(live, current.noted.as_ref());
            if !differing.is_empty() {
                changes.push(self.set_live(&differing, live, &current));
            }
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        super::touches(key, &self.question())
            || matches!(key, FactKey::Service(name) if name.starts_with('m'))
            || [&MARIADB, &MYSQL]
                .iter()
                .any(|server| effects::on_file(key, &self.path(server)))
    }
}

impl MysqlSettingsArgs {
    fn question(&self) -> String {
        format!("mysql settings {}", self.name)
    }

    fn noted_path(&self) -> String {
        format!("{}/mysql-settings/{}", self.state_directory, self.name)
    }

    fn path(&self, server: &Server) -> String {
        format!("{}/zz-{}.cnf", server.folder, self.name)
    }

    fn content(&self) -> String {
        let mut text = "# Written by examctl.\n[mysqld]\n".to_owned();
        for (name, value) in &self.settings {
            // A character set must be known before the collation that belongs to it: the order of
            // names does that.
            let quoted = value.contains(['#', ';', ' ']);
            let value = if quoted {
                format!("\"{value}\"")
            } else {
                value.clone()
            };
            writeln!(text, "{name} = {value}").ok();
        }
        text
    }

    fn file(&self, server: &Server) -> FileArgs {
        FileArgs {
            path: self.path(server),
            content: Some(self.content().into_bytes()),
            attributes: Attributes {
                owner: Some("root".to_owned()),
                group: Some("root".to_owned()),
                mode: Some(0o644),
            },
            validate: Some(server.validate.to_owned()),
            hides_old: self.hides_old,
        }
    }

    /// A command that prints the running server's values of these settings.
    fn ask_live(&self) -> String {
        let names: Vec<String> = self.settings.keys().map(|name| literal(name)).collect();
        let sql = format!(
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN ({});",
            names.join(", ")
        );
        format!("printf %s {} | {CLIENT}", quote(&sql))
    }

    /// A command that prints which of these settings cannot change while the server runs; only
    /// `MariaDB` knows.
    fn ask_fixed(&self) -> String {
        let names: Vec<String> = self.settings.keys().map(|name| literal(name)).collect();
        let sql = format!(
            "SELECT LOWER(VARIABLE_NAME) FROM information_schema.SYSTEM_VARIABLES WHERE READ_ONLY = 'YES' AND VARIABLE_NAME IN ({});",
            names.join(", ")
        );
        format!("printf %s {} | {CLIENT}", quote(&sql))
    }

    fn current(&self, facts: &Facts) -> Result<Current, PlanError> {
        let probed = super::answer(facts, &self.question())?;
        let section = |mark| super::section(&probed.stdout, mark);
        let server = match section("server").as_str() {
            "mariadb" => &MARIADB,
            "mysql" => &MYSQL,
            _ => {
                let hint = "install one in an earlier task";
                return Err(PlanError(format!(
                    "neither MariaDB's nor MySQL's server is on this host: {hint}"
                )));
            }
        };
        let noted = section("noted");
        let noted = noted
            .split_once('\n')
            .map(|(sum, rows)| (sum.to_owned(), variables(rows)));
        let live = variables(&section("live"));
        let answers = probed.status == 0;
        let fixed = section("fixed").lines().map(str::to_owned).collect();
        Ok(Current {
            server,
            fixed: (server.unit == MARIADB.unit).then_some(fixed),
            live: answers.then_some(live),
            noted,
        })
    }

    /// The settings that the running server does not have, and for which it has no excuse.
    fn differing(
        &self,
        live: &BTreeMap<String, String>,
        noted: Option<&(String, BTreeMap<String, String>)>,
    ) -> Vec<(&String, &String)> {
        let sum = sha256_of(self.content().as_bytes());
        let noted = noted
            .filter(|(noted, _)| *noted == sum)
            .map(|(_, rows)| rows);
        let is_so = |name: &String, wanted: &String| {
            let value = live.get(name);
            value.is_some_and(|value| same_value(value, wanted))
                || noted.is_some_and(|rows| rows.get(name) == value)
        };
        self.settings
            .iter()
            .filter(|(name, wanted)| !is_so(name, wanted))
            .collect()
    }

    fn summary(&self, differing: &[(&String, &String)], current: &Current) -> String {
        let waiting = current.fixed.as_ref().map(|fixed| {
            let names = differing.iter().map(|(name, _)| name.as_str());
            let waiting = names.filter(|name| fixed.iter().any(|fixed| fixed == name));
            waiting.collect::<Vec<_>>().join(", ")
        });
        taken_by(current.server.unit, waiting.as_deref(), self.restart)
    }

    /// Sets what differs one by one; where the server does not take one while it runs, it is
    /// restarted at the end, or left to whoever restarts it.
    fn set_live(
        &self,
        differing: &[(&String, &String)],
        live: &BTreeMap<String, String>,
        current: &Current,
    ) -> Change {
        let unit = current.server.unit;
        let (mut diff, mut statements) = (String::new(), String::new());
        for (name, wanted) in differing {
            if let Some(value) = live.get(*name) {
                writeln!(diff, "-{name} = {value}").ok();
            }
            writeln!(diff, "+{name} = {wanted}").ok();
            writeln!(statements, "SET GLOBAL {name} = {};", sql_value(wanted)).ok();
        }
        let restart = if self.restart {
            format!("systemctl restart {unit}\n")
        } else {
            "echo 'a setting waits for the next restart' >&2\n".to_owned()
        };
        let script = format!(
            "set -e\n\
             late=\n\
             while IFS= read -r statement; do\n\
             printf '%s\\n' \"$statement\" | {CLIENT} 2>/dev/null || late=1\n\
             done\n\
             if [ -n \"$late\" ]; then\n{restart}fi\n\
             mkdir -p {folder}\n\
             rows=$({ask})\n\
             printf '%s\\n%s\\n' {sum} \"$rows\" > {noted}\n",
            folder = quote(&format!("{}/mysql-settings", self.state_directory)),
            ask = self.ask_live(),
            sum = sha256_of(self.content().as_bytes()),
            noted = quote(&self.noted_path()),
        );
        let command = Command::new(script)
            .stdin(statements)
            .timeout(RESTART_LIMIT);
        Change {
            summary: self.summary(differing, current),
            diff: Some(diff),
            action: Action::Run(command),
        }
    }
}

/// How a server is told in a summary.
fn taken_by(unit: &str, waiting: Option<&str>, restart: bool) -> String {
    match (waiting, restart) {
        (Some(""), _) => format!("set it in the running {unit}"),
        (Some(names), true) => {
            format!("restart {unit}: {names} cannot change while it runs")
        }
        (Some(names), false) => {
            format!(
                "set what the running {unit} can change ({names} will change with its next restart)"
            )
        }
        (None, true) => {
            format!("set it in the running {unit}, or restart it where that needs to be")
        }
        (None, false) => {
            format!("set what the running {unit} can change; the rest waits for its next restart")
        }
    }
}

/// A value as SQL: sizes as numbers of bytes, numbers as they are, and everything else as text.
fn sql_value(value: &str) -> String {
    if let Some(bytes) = super::settings::bytes(value) {
        return bytes.to_string();
    }
    let number = value.parse::<f64>().is_ok_and(f64::is_finite);
    if number {
        value.to_owned()
    } else {
        mysql::literal(value)
    }
}

fn variables(rows: &str) -> BTreeMap<String, String> {
    rows.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
