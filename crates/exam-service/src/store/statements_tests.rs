//! Which statements the version before would feel, as a table.

use super::*;

fn reasons(sql: &str) -> Vec<&'static str> {
    findings(sql).iter().map(|found| found.reason).collect()
}

#[test]
fn what_only_adds_is_no_matter_to_the_version_before() {
    for sql in [
        "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) STRICT;",
        "CREATE TABLE IF NOT EXISTS t (id TEXT UNIQUE)",
        "CREATE INDEX t_a ON t (a);",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE t ADD COLUMN a TEXT",
        "ALTER TABLE t ADD COLUMN type TEXT",
        "ALTER TABLE t ADD a INTEGER NOT NULL DEFAULT 0",
        "alter table t add column drop_at text -- drop it later\n",
        "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1",
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL",
        "UPDATE t SET a = 1 WHERE a IS NULL",
        "INSERT INTO t VALUES ('DROP TABLE t; DELETE FROM t')",
        "INSERT INTO t VALUES ('it''s'); -- DROP TABLE t;",
        "/* DROP TABLE t; */ SELECT 1",
        "CREATE TABLE n (a); CREATE UNIQUE INDEX n_a ON n (a); DELETE FROM n; UPDATE n SET a = 1; ALTER TABLE n RENAME TO m",
        "",
    ] {
        assert_eq!(findings(sql), [], "{sql}");
    }
}

#[test]
fn what_takes_away_rewrites_or_forbids_is_found() {
    for (sql, reason) in [
        ("DROP TABLE t", "drops what"),
        ("drop index if exists t_a", "drops what"),
        ("ALTER TABLE t DROP COLUMN a", "drops what"),
        ("ALTER TABLE t RENAME COLUMN a TO b", "renames"),
        ("ALTER TABLE t RENAME TO u", "renames"),
        ("ALTER TABLE t ALTER COLUMN a TYPE text", "type of a column"),
        ("ALTER TABLE t MODIFY a text", "type of a column"),
        (
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
            "changes a column",
        ),
        ("ALTER TABLE t ADD COLUMN a TEXT NOT NULL", "does not fill"),
        (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
            "forbids rows",
        ),
        ("CREATE UNIQUE INDEX t_a ON t (a)", "forbids rows"),
        (
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
            "what the version before writes",
        ),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "replaces"),
        ("DELETE FROM t WHERE a = 1", "deletes rows"),
        ("DELETE /* all */ FROM \"t\"", "deletes rows"),
        ("TRUNCATE t", "deletes rows"),
        ("UPDATE t SET a = 'WHERE'", "rewrites every row"),
        ("INSERT OR REPLACE INTO t VALUES (1)", "overwrites"),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2",
            "overwrites",
        ),
        ("WITH x AS (SELECT 1) DELETE FROM t", "rewrites or deletes"),
        ("CALL tidy()", "not known"),
    ] {
        let found = reasons(sql);
        assert!(found[0].contains(reason), "{sql}: {found:?}");
        assert!(!findings(sql)[0].is_forbidden, "{sql}");
    }
}

#[test]
fn what_would_end_the_transaction_is_never_allowed() {
    for sql in [
        "COMMIT",
        "begin immediate",
        "SAVEPOINT a",
        "PRAGMA foreign_keys = OFF",
        "VACUUM",
    ] {
        assert!(findings(sql)[0].is_forbidden, "{sql}");
    }
}

#[test]
fn a_finding_shows_the_statement_as_it_was_written() {
    let found = findings("SELECT 1;\n-- away with it\nDROP\n  TABLE old_answers;\n");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].statement, "DROP TABLE old_answers");
    let long = findings(&format!("DROP TABLE {}", "x".repeat(200)));
    assert_eq!(long[0].statement.chars().count(), SHOWN);
}

#[test]
fn the_header_of_a_contract_step_has_a_reason_and_comes_first() {
    for (sql, reason) in [
        (
            "-- contract: nobody reads it since 0.9\nDROP TABLE t;",
            Some("nobody reads it since 0.9"),
        ),
        (
            "\n-- Old things.\n-- contract:  because \nDROP TABLE t;",
            Some("because"),
        ),
        ("-- contract:\nDROP TABLE t;", None),
        ("DROP TABLE t;\n-- contract: too late", None),
        ("DROP TABLE t;", None),
    ] {
        assert_eq!(contract_reason(sql), reason, "{sql}");
    }
}

#[test]
fn what_the_databases_read_differently_is_in_no_migration() {
    for (sql, words) in [
        (
            "INSERT INTO t VALUES ('a\\'); DROP TABLE t; --')",
            "backslash",
        ),
        ("SELECT 1 /*! ; DROP TABLE t */", "MySQL executes"),
        ("SELECT $$ ' $$; DROP TABLE t", "PostgreSQL"),
        ("SELECT 1 # '\n; DROP TABLE t", "comment of MySQL"),
        (
            "CREATE INDEX CONCURRENTLY t_a ON t (a)",
            "cannot be in a transaction",
        ),
    ] {
        let found = findings(sql);
        let forbidden: Vec<&Finding> = found.iter().filter(|one| one.is_forbidden).collect();
        assert!(
            forbidden.iter().any(|one| one.reason.contains(words)),
            "{sql}: {found:?}"
        );
    }
}

#[test]
fn several_statements_are_repeatable_or_it_is_one() {
    for (sql, shown) in [
        ("ALTER TABLE t ADD COLUMN a BIGINT;", None),
        (
            "CREATE TABLE IF NOT EXISTS t (a BIGINT); INSERT IGNORE INTO t VALUES (1);",
            None,
        ),
        (
            "CREATE TABLE IF NOT EXISTS t (a BIGINT); ALTER TABLE u ADD b BIGINT",
            Some("ALTER TABLE u ADD b BIGINT"),
        ),
        (
            "UPDATE t SET a = 1; CREATE TABLE t (a BIGINT)",
            Some("CREATE TABLE t (a BIGINT)"),
        ),
        (
            "INSERT IGNORE INTO t VALUES (1); INSERT INTO t VALUES (2)",
            Some("INSERT INTO t VALUES (2)"),
        ),
    ] {
        assert_eq!(unrepeatable(sql).as_deref(), shown);
    }
}
