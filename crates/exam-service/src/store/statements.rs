//! What a migration does to the version before it: pure reading of its SQL, on the safe side where it is unsure.
//!
//! While a release is tried, and when it is taken back, the version before runs on the new schema. A step that only
//! adds is no matter to it (*expand*). A step that takes away, renames, rewrites or forbids something is (*contract*).

use std::collections::BTreeSet;

/// A statement that the version before would feel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Its beginning, on one line.
    pub statement: String,
    /// What it does.
    pub reason: &'static str,
    /// No migration may have it, whatever its header says.
    pub is_forbidden: bool,
}

/// The most that is shown of a statement, in characters.
const SHOWN: usize = 80;

/// What a statement does to the version before.
enum Effect {
    /// Nothing.
    Adds,
    /// It takes away, rewrites or forbids.
    Takes(&'static str),
    /// It ends the transaction that makes a failed migration leave nothing behind.
    Escapes(&'static str),
}

/// Every statement of a migration that takes something away from the version before, or may never be in one.
pub(super) fn findings(sql: &str) -> Vec<Finding> {
    // What this migration makes is known to nobody yet: it may do with it as it likes.
    let mut own = BTreeSet::new();
    let mut found = Vec::new();
    for statement in split(sql) {
        let (reason, is_forbidden) = match effect(&statement.words, &own) {
            Effect::Adds => {
                own.extend(created_table(&statement.words));
                continue;
            }
            Effect::Takes(reason) => (reason, false),
            Effect::Escapes(reason) => (reason, true),
        };
        found.push(Finding {
            statement: statement.shown(),
            reason,
            is_forbidden,
        });
    }
    found
}

/// The reason in the header line `-- contract: REASON`, which has to come before the first statement.
pub(super) fn contract_reason(sql: &str) -> Option<&str> {
    sql.lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with("--"))
        .find_map(|line| line.strip_prefix("-- contract:"))
        .map(str::trim)
        .filter(|reason| !reason.is_empty())
}

fn effect(words: &[String], own: &BTreeSet<String>) -> Effect {
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let is_own = |after: &str| table_after(words, after).is_some_and(|table| own.contains(&table));
    match word(0) {
        "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "START" => {
            Effect::Escapes("leaves the transaction of the migration: a failure would be half done")
        }
        "VACUUM" | "ATTACH" | "DETACH" | "PRAGMA" => {
            Effect::Escapes("is about the database as a whole, not about its schema")
        }
        "DROP" => Effect::Takes("drops what the version before may use"),
        "DELETE" if is_own("FROM") => Effect::Adds,
        "DELETE" | "TRUNCATE" => Effect::Takes("deletes rows"),
        "REPLACE" => Effect::Takes("overwrites rows"),
        "UPDATE" if has("WHERE") || is_own("UPDATE") => Effect::Adds,
        "UPDATE" => Effect::Takes("rewrites every row"),
        "INSERT" if is_own("INTO") => Effect::Adds,
        "INSERT"
            if word(2) == "REPLACE" || has("CONFLICT") && has("UPDATE") || has("DUPLICATE") =>
        {
            Effect::Takes("overwrites rows")
        }
        "WITH" if has("DELETE") || has("UPDATE") || has("REPLACE") => {
            Effect::Takes("rewrites or deletes rows")
        }
        "INSERT" | "SELECT" | "WITH" | "ANALYZE" | "COMMENT" | "GRANT" => Effect::Adds,
        "CREATE" => create(words, &is_own),
        "ALTER" if word(1) == "TABLE" && !is_own("TABLE") => alter_table(words),
        "ALTER" if word(1) == "TABLE" => Effect::Adds,
        _ => Effect::Takes("is not known to only add something"),
    }
}

fn create(words: &[String], is_own: &dyn Fn(&str) -> bool) -> Effect {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let before_name: Vec<&str> = words.iter().take(4).map(String::as_str).collect();
    if before_name.contains(&"REPLACE") {
        return Effect::Takes("replaces what the version before may use");
    }
    if before_name.contains(&"TRIGGER") {
        return Effect::Takes("changes what the version before writes");
    }
    if before_name.contains(&"UNIQUE") && has("INDEX") && !is_own("ON") {
        return Effect::Takes("forbids rows that the version before may write");
    }
    let kinds = [
        "TABLE",
        "INDEX",
        "VIEW",
        "SEQUENCE",
        "TYPE",
        "SCHEMA",
        "EXTENSION",
    ];
    if kinds.iter().any(|kind| before_name.contains(kind)) {
        Effect::Adds
    } else {
        Effect::Takes("is not known to only add something")
    }
}

/// `ALTER TABLE name ...`: adding a column that the version before need not fill is all that is harmless.
fn alter_table(words: &[String]) -> Effect {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let pair = |first: &str, second: &str| {
        words
            .windows(2)
            .any(|pair| pair[0] == first && pair[1] == second)
    };
    if has("RENAME") {
        return Effect::Takes("renames what the version before uses");
    }
    if has("DROP") && !pair("DROP", "NOT") {
        return Effect::Takes("drops what the version before uses");
    }
    // A column may be named TYPE.
    if has("CHANGE") || has("MODIFY") || has("TYPE") && !has("ADD") {
        return Effect::Takes("changes the type of a column");
    }
    if pair("ALTER", "COLUMN") {
        return if pair("SET", "DEFAULT") || pair("DROP", "NOT") {
            Effect::Adds
        } else {
            Effect::Takes("changes a column")
        };
    }
    if !has("ADD") {
        return Effect::Takes("is not known to only add something");
    }
    if pair("ADD", "CONSTRAINT")
        || pair("ADD", "CHECK")
        || pair("ADD", "FOREIGN")
        || has("UNIQUE")
        || has("PRIMARY")
    {
        return Effect::Takes("forbids rows that the version before may write");
    }
    if pair("NOT", "NULL") && !has("DEFAULT") && !has("GENERATED") {
        return Effect::Takes("adds a column that the version before does not fill");
    }
    Effect::Adds
}

/// The table that `CREATE TABLE` makes.
fn created_table(words: &[String]) -> Option<String> {
    let is_create = words.first().is_some_and(|word| word == "CREATE");
    if is_create {
        table_after(words, "TABLE")
    } else {
        None
    }
}

/// The name that follows `word`, past `IF NOT EXISTS` and the like.
fn table_after(words: &[String], word: &str) -> Option<String> {
    let at = words.iter().position(|other| other == word)?;
    let fillers = ["IF", "NOT", "EXISTS", "ONLY", "OR", "IGNORE"];
    words[at + 1..]
        .iter()
        .find(|word| !fillers.contains(&word.as_str()))
        .cloned()
}

/// One statement: its words in capitals, and how it was written.
#[derive(Default)]
struct Statement {
    words: Vec<String>,
    text: String,
}

impl Statement {
    fn shown(&self) -> String {
        let line = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= SHOWN {
            return line;
        }
        let beginning: String = line.chars().take(SHOWN - 1).collect();
        format!("{}…", beginning.trim_end())
    }
}

/// Statements without comments. The body of a trigger falls apart into several, which is on the safe side.
fn split(sql: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut current = Statement::default();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, is_word) = next_token(rest, first);
        let (text, after) = rest.split_at(token);
        rest = after;
        if first == ';' {
            statements.push(std::mem::take(&mut current));
        } else if text.starts_with("--") || text.starts_with("/*") {
            current.text.push(' ');
        } else {
            current.text.push_str(text);
            if is_word {
                let name = text.trim_matches(['"', '`', '[', ']']);
                current.words.push(name.to_uppercase());
            }
        }
    }
    statements.push(current);
    statements.retain(|statement| !statement.words.is_empty());
    statements
}

/// How many bytes the token at the beginning of `text` has, and whether it is a word or a quoted name.
fn next_token(text: &str, first: char) -> (usize, bool) {
    let up_to = |end: &str, skip: usize| {
        text[skip..]
            .find(end)
            .map_or(text.len(), |at| at + skip + end.len())
    };
    match first {
        '-' if text.starts_with("--") => (up_to("\n", 2), false),
        '/' if text.starts_with("/*") => (up_to("*/", 2), false),
        '\'' => (up_to("'", 1), false),
        '"' => (up_to("\"", 1), true),
        '`' => (up_to("`", 1), true),
        '[' => (up_to("]", 1), true),
        _ if first.is_alphanumeric() || first == '_' => {
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
            (end.unwrap_or(text.len()), true)
        }
        _ => (first.len_utf8(), false),
    }
}

#[cfg(test)]
mod tests {
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
}
