//! With which settings a PostgreSQL server could lose what it said was committed.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::{Postgres, Row as _};

use crate::store::durability::{Weakness, version_numbers};

/// As they are for a connection of ours, which has asked for the commits it wants.
const SETTINGS: &str = "
SELECT name, setting FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version')";
/// Tables that are empty after a crash.
const UNLOGGED: &str = "
SELECT relname::text FROM pg_class
WHERE relkind = 'r' AND relpersistence = 'u' AND relnamespace = current_schema()::regnamespace ORDER BY relname";

/// What the server is set to, and the tables that a crash would empty.
#[derive(Debug, Default)]
struct Facts {
    settings: BTreeMap<String, String>,
    unlogged: Vec<String>,
}

/// Everything that speaks against believing the server.
pub(super) async fn weaknesses(connection: &mut PgConnection) -> sqlx::Result<Vec<Weakness>> {
    let mut facts = Facts::default();
    for row in sqlx::query::<Postgres>(SETTINGS)
        .fetch_all(&mut *connection)
        .await?
    {
        facts.settings.insert(row.try_get(0)?, row.try_get(1)?);
    }
    for row in sqlx::query::<Postgres>(UNLOGGED)
        .fetch_all(connection)
        .await?
    {
        facts.unlogged.push(row.try_get(0)?);
    }
    Ok(judge(&facts))
}

fn judge(facts: &Facts) -> Vec<Weakness> {
    let value = |name: &str| facts.settings.get(name).map_or("", String::as_str);
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
        version_numbers(value("server_version")).0 < 15,
        "server_version",
        "15 or later",
        "Install a newer server.",
    );
    note(
        value("fsync") != "on",
        "fsync",
        "on",
        "Set it in postgresql.conf: without it a power cut can destroy the whole database.",
    );
    note(
        value("full_page_writes") != "on",
        "full_page_writes",
        "on",
        "Set it in postgresql.conf: a page that is torn by a power cut can then be restored.",
    );
    note(
        matches!(value("synchronous_commit"), "off" | "local"),
        "synchronous_commit",
        "on",
        "The service sets it: something overrides it.",
    );
    if !facts.unlogged.is_empty() {
        found.push(Weakness {
            setting: "tables without a log",
            actual: facts.unlogged.join(", "),
            required: "none",
            advice: "Change each: ALTER TABLE ... SET LOGGED.",
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(changes: &[(&str, &str)], unlogged: &[&str]) -> Vec<&'static str> {
        let safe = [
            ("server_version", "15.5 (Debian 15.5-0+deb12u1)"),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
        ];
        let facts = Facts {
            settings: safe
                .iter()
                .chain(changes)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            unlogged: unlogged.iter().map(|&name| name.to_owned()).collect(),
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
            (&[("server_version", "14.11")], &["server_version"]),
            (&[("fsync", "off")], &["fsync"]),
            (&[("full_page_writes", "off")], &["full_page_writes"]),
            (&[("synchronous_commit", "off")], &["synchronous_commit"]),
            (&[("synchronous_commit", "local")], &["synchronous_commit"]),
            (&[("synchronous_commit", "remote_apply")], &[]),
            (
                &[("full_page_writes", "off"), ("fsync", "off")],
                &["fsync", "full_page_writes"],
            ),
        ] {
            assert_eq!(named(changes, &[]), expected, "{changes:?}");
        }
        assert_eq!(named(&[], &["answers"]), ["tables without a log"]);
    }
}
