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

/// What the databases read each in its own way, so that what is found here need not be what is done there.
const AMBIGUOUS: &[(&str, &str)] = &[
    (
        "\\",
        "ends a text in one database and not in the other: write the text without a backslash",
    ),
    ("/*!", "is a comment that MySQL executes"),
    ("$$", "begins a text of PostgreSQL that may hold anything"),
    ("#", "begins a comment of MySQL: use --"),
];

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
    for (sign, reason) in AMBIGUOUS {
        if sql.contains(sign) {
            found.push(Finding {
                statement: (*sign).to_owned(),
                reason,
                is_forbidden: true,
            });
        }
    }
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

/// The first statement that may not run twice in a migration of several: where a failure cannot be undone, the migration
/// is repeated, and what it did before has to be no matter. A single statement does all or nothing.
pub(super) fn unrepeatable(sql: &str) -> Option<String> {
    let statements = split(sql);
    if statements.len() < 2 {
        return None;
    }
    let is_repeatable = |words: &[String]| {
        let begins = |wanted: &[&str]| words.iter().take(wanted.len()).eq(wanted.iter());
        begins(&["CREATE", "TABLE", "IF", "NOT", "EXISTS"])
            || begins(&["INSERT", "IGNORE"])
            || begins(&["UPDATE"])
            || begins(&["DELETE"])
    };
    let first = statements
        .iter()
        .find(|statement| !is_repeatable(&statement.words));
    first.map(Statement::shown)
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
        "CREATE" if has("CONCURRENTLY") => {
            Effect::Escapes("cannot be in a transaction: a failure would be half done")
        }
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
#[path = "statements_tests.rs"]
mod tests;
