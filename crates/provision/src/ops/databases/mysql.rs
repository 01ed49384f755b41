//! How `MySQL` and `MariaDB` are asked and told: over the local socket, as root.

use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, Request};
use crate::ops::{Action, Change, PlanError};

/// Databases of the server itself.
pub(super) const SYSTEM_DATABASES: &[&str] =
    &["mysql", "sys", "information_schema", "performance_schema"];

/// Fixes how quotes and backslashes are read, whatever the server is set to.
const PREFACE: &str = "SET SESSION sql_mode = '';\n";

/// The client. Its settings come from root's home even where sudo keeps another one.
pub(super) const CLIENT: &str = "HOME=/root $(command -v mariadb || command -v mysql) --protocol=socket --user=root --batch --skip-column-names --default-character-set=utf8mb4";

/// Whose server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    MySql,
    MariaDb,
}

/// What the server answered: rows of fields.
pub(super) struct Answer {
    pub(super) flavour: Flavour,
    pub(super) rows: Vec<Vec<String>>,
    /// The status of the client: it stops at the first statement that fails.
    pub(super) status: i32,
}

/// A read-only question to the server.
pub(super) fn ask(name: &str, sql: &str) -> Request {
    let sql = format!("{PREFACE}SELECT VERSION();\n{sql}");
    super::question(name, format!("printf %s {} | {CLIENT} 2>&1", quote(&sql)))
}

/// The answer to [`ask`].
pub(super) fn answer(facts: &Facts, name: &str) -> Result<Answer, PlanError> {
    let probed = super::answer(facts, name)?;
    let mut rows: Vec<Vec<String>> = probed
        .stdout
        .lines()
        .map(|line| line.split('\t').map(unescape).collect())
        .collect();
    let is_version = |row: &Vec<String>| matches!(row.as_slice(), [version] if version.starts_with(|c: char| c.is_ascii_digit()));
    // What the client says of a failure comes before what it had printed already.
    let Some(at) = rows.iter().position(is_version) else {
        let said = probed.stdout.trim();
        let said = if said.is_empty() { "nothing" } else { said };
        return Err(PlanError(format!(
            "MySQL or MariaDB does not answer root over its local socket: install and start it in an earlier task (the client said: {said})"
        )));
    };
    let version = rows.remove(at).remove(0);
    let flavour = if version.contains("MariaDB") {
        Flavour::MariaDb
    } else {
        Flavour::MySql
    };
    Ok(Answer {
        flavour,
        rows,
        status: probed.status,
    })
}

/// A change made by statements, which are sent on standard input.
pub(super) fn change(summary: String, diff: Option<String>, sql: &str) -> Change {
    Change {
        summary,
        diff,
        action: Action::Run(Command::new(CLIENT).stdin(format!("{PREFACE}{sql}"))),
    }
}

/// Whether `key` asks the same server about `name`, or about anything at all.
pub(super) fn touches(key: &FactKey, name: &str) -> bool {
    super::touches(key, name)
}

/// `name` as an identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// `text` as a string; the preface says that backslashes escape.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

/// Undoes what `--batch` escapes.
fn unescape(field: &str) -> String {
    let mut text = String::new();
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('0') => text.push('\0'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            (other, false) => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a quoted token as the server does: a doubled quote is one, and in strings a
    /// backslash takes the next character as it is. `None` where the token ends early.
    fn read(token: &str, quote: char) -> Option<String> {
        let inner = token.strip_prefix(quote)?.strip_suffix(quote)?;
        let mut characters = inner.chars();
        let mut text = String::new();
        while let Some(character) = characters.next() {
            if character == quote {
                (characters.next()? == quote).then_some(())?;
                text.push(quote);
            } else if character == '\\' && quote == '\'' {
                text.push(characters.next()?);
            } else {
                text.push(character);
            }
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn nothing_ends_a_quoted_value_early(text in r"[\\'`a\n; -]{0,20}") {
            prop_assert_eq!(read(&literal(&text), '\''), Some(text.clone()));
            prop_assert_eq!(read(&identifier(&text), '`'), Some(text));
        }
    }

    #[test]
    fn fields_come_back_as_the_server_had_them() {
        assert_eq!(unescape(r"`exam\\_x`.* a\tb\n"), "`exam\\_x`.* a\tb\n");
    }
}
