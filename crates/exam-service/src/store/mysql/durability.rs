//! With which settings a MySQL or MariaDB server could lose what it said was committed.

use std::collections::BTreeMap;

use sqlx::mysql::MySqlConnection;

use crate::store::durability::{Weakness, version_numbers};
use crate::store::sql::Row;

const VARIABLES: &str = "
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'innodb_doublewrite',
    'innodb_flush_method', 'log_bin', 'sync_binlog', 'binlog_format', 'version')";
/// MySQL can switch its redo log off altogether.
const REDO_LOG: &str = "SHOW GLOBAL STATUS WHERE Variable_name = 'Innodb_redo_log_enabled'";
const OTHER_ENGINES: &str = "
SELECT table_name, engine FROM information_schema.tables
WHERE table_schema = database() AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'";

/// What the server is set to, and the tables that InnoDB does not keep.
#[derive(Debug, Default)]
struct Facts {
    variables: BTreeMap<String, String>,
    other_engines: Vec<String>,
}

/// Everything that speaks against believing the server.
pub(super) async fn weaknesses(connection: &mut MySqlConnection) -> sqlx::Result<Vec<Weakness>> {
    let mut facts = Facts::default();
    for query in [VARIABLES, REDO_LOG] {
        facts.variables.extend(pairs(connection, query).await?);
    }
    let tables = pairs(connection, OTHER_ENGINES).await?;
    facts.other_engines = tables
        .into_iter()
        .map(|(table, engine)| format!("{engine} for {table}"))
        .collect();
    Ok(judge(&facts))
}

async fn pairs(
    connection: &mut MySqlConnection,
    query: &'static str,
) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query(query).fetch_all(connection).await?;
    let pair = |row: &Row| Ok((row.string(0)?, row.string(1)?));
    Row::each(rows)
        .iter()
        .map(pair)
        .collect::<Result<_, crate::store::StoreError>>()
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

fn judge(facts: &Facts) -> Vec<Weakness> {
    let value = |name: &str| facts.variables.get(name).map_or("", String::as_str);
    let is = |name: &str, wanted: &[&str]| {
        wanted
            .iter()
            .any(|other| value(name).eq_ignore_ascii_case(other))
    };
    let has_binary_log = is("log_bin", &["ON", "1"]);
    let mut found = Vec::new();
    let mut note = |is_weak: bool, setting, required, advice| {
        if is_weak {
            found.push(Weakness {
                setting,
                actual: value(setting).to_owned(),
                required,
                advice,
            });
        }
    };
    note(
        is_too_old(value("version")),
        "version",
        "8.0.16 or later, of MariaDB 10.11 or later",
        "Install a newer server.",
    );
    // 3 is MariaDB's: it syncs no less than 1 does.
    note(
        !is("innodb_flush_log_at_trx_commit", &["1", "3"]),
        "innodb_flush_log_at_trx_commit",
        "1",
        "Set it in the server's configuration: each commit is then on the disk.",
    );
    note(
        has_binary_log && !is("sync_binlog", &["1"]),
        "sync_binlog",
        "1 while log_bin is on",
        "Set it in the server's configuration, or switch the binary log off.",
    );
    note(
        has_binary_log && is("binlog_format", &["STATEMENT"]),
        "binlog_format",
        "ROW or MIXED while log_bin is on",
        "Set it in the server's configuration: nothing could be written at READ COMMITTED.",
    );
    note(
        is("innodb_doublewrite", &["OFF", "0", "DETECT_ONLY"]),
        "innodb_doublewrite",
        "ON",
        "Set it in the server's configuration: a page that is torn by a power cut can then be restored.",
    );
    note(
        is("innodb_flush_method", &["nosync", "littlesync"]),
        "innodb_flush_method",
        "fsync or O_DIRECT",
        "Set it in the server's configuration.",
    );
    note(
        is("Innodb_redo_log_enabled", &["OFF"]),
        "Innodb_redo_log_enabled",
        "ON",
        "Switch it on: ALTER INSTANCE ENABLE INNODB REDO_LOG.",
    );
    if !facts.other_engines.is_empty() {
        found.push(Weakness {
            setting: "the engine of tables",
            actual: facts.other_engines.join(", "),
            required: "InnoDB for all of them",
            advice: "Change each: ALTER TABLE ... ENGINE = InnoDB.",
        });
    }
    found
}

fn is_too_old(version: &str) -> bool {
    let oldest = if version.contains("MariaDB") {
        (10, 11, 0)
    } else {
        (8, 0, 16)
    };
    version_numbers(version) < oldest
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAFE: &[(&str, &str)] = &[
        ("version", "10.11.6-MariaDB-0+deb12u1-log"),
        ("innodb_flush_log_at_trx_commit", "1"),
        ("innodb_doublewrite", "ON"),
        ("innodb_flush_method", "O_DIRECT"),
        ("log_bin", "ON"),
        ("sync_binlog", "1"),
        ("binlog_format", "ROW"),
    ];

    fn named(changes: &[(&str, &str)]) -> Vec<&'static str> {
        let variables = SAFE
            .iter()
            .chain(changes)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let facts = Facts {
            variables,
            other_engines: Vec::new(),
        };
        judge(&facts)
            .iter()
            .map(|weakness| weakness.setting)
            .collect()
    }

    #[test]
    fn each_setting_that_loses_commits_is_named() {
        for (changes, expected) in [
            (&[][..], &[][..]),
            (&[("version", "8.0.36")], &[]),
            (&[("version", "8.0.15")], &["version"]),
            (&[("version", "10.6.16-MariaDB")], &["version"]),
            (
                &[("innodb_flush_log_at_trx_commit", "2")],
                &["innodb_flush_log_at_trx_commit"],
            ),
            (&[("innodb_flush_log_at_trx_commit", "3")], &[]),
            (&[("sync_binlog", "0")], &["sync_binlog"]),
            (&[("sync_binlog", "0"), ("log_bin", "OFF")], &[]),
            (&[("binlog_format", "STATEMENT")], &["binlog_format"]),
            (&[("innodb_doublewrite", "OFF")], &["innodb_doublewrite"]),
            (
                &[("innodb_flush_method", "nosync")],
                &["innodb_flush_method"],
            ),
            (
                &[("Innodb_redo_log_enabled", "OFF")],
                &["Innodb_redo_log_enabled"],
            ),
            (
                &[("innodb_doublewrite", "OFF"), ("sync_binlog", "100")],
                &["sync_binlog", "innodb_doublewrite"],
            ),
        ] {
            assert_eq!(named(changes), expected, "{changes:?}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_committed_is_named() {
        let facts = Facts {
            variables: SAFE
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            other_engines: vec!["MyISAM for answers".to_owned()],
        };
        let told = judge(&facts)[0].to_string();
        assert!(
            told.starts_with("the engine of tables is MyISAM for answers, and has to be InnoDB"),
            "{told}"
        );
    }
}
