//! How `PostgreSQL` is asked and told: over the local socket, as the user `postgres`.

use serde_json::Value;

use crate::connections::{Command, quote};
use crate::facts::{Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind};
use crate::ops::{Action, Change, PlanError};

/// No statement of examctl is logged: some hold what the server stores of a password.
const PREFACE: &str = "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'; SET client_min_messages = 'error'; SET standard_conforming_strings = on;\n";

/// The field by which every operation on `PostgreSQL` says which cluster it means.
pub(super) const CLUSTER: Field = Field::optional(
    "cluster",
    Kind::Text,
    "VERSION/NAME, for instance 15/main. Default: the only one of the host.",
);

/// Which cluster is meant; `None` for the only one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cluster(Option<String>);

pub(super) fn parse_cluster(fields: &mut Fields<'_>) -> Cluster {
    let Some(text) = fields.optional_text("cluster") else {
        return Cluster(None);
    };
    let plain = |part: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(letter)
    };
    let parts: Vec<&str> = text.split('/').collect();
    let fits = parts.len() == 2 && parts.into_iter().all(plain);
    if !(fits || fields.findings.unrendered && is_template(&text)) {
        let message = format!("'{text}' is not VERSION/NAME, for instance 15/main");
        fields.wrong("cluster", message);
    }
    Cluster(Some(text))
}

impl Cluster {
    /// ` 15/main` or nothing, for names of questions.
    pub(super) fn suffix(&self) -> String {
        self.0
            .as_ref()
            .map_or(String::new(), |text| format!(" in {text}"))
    }

    /// Shell that sets `$c` (VERSION/NAME), `$d` (its folder of settings) and `$p` (its port), or
    /// ends with status 90 and the clusters there are.
    pub(super) fn find(&self) -> String {
        let pattern = match &self.0 {
            Some(cluster) => quote(cluster),
            None => "*/*".to_owned(),
        };
        format!(
            "set -- /etc/postgresql/{pattern}/postgresql.conf\n\
             [ $# -eq 1 ] && [ -f \"$1\" ] || {{ echo @clusters; ls -d /etc/postgresql/*/*/ 2>/dev/null | cut -d / -f 4,5; exit 90; }}\n\
             d=${{1%/postgresql.conf}}; c=${{d#/etc/postgresql/}}\n\
             p=$(sed -nE 's/^port *=? *([0-9]+).*/\\1/p' \"$1\" | tail -n 1); p=${{p:-5432}}\n"
        )
    }
}

/// The client, after [`Cluster::find`]; its database is a quoted word of shell.
fn client(database: &str) -> String {
    format!(
        "runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -p \"$p\" -d {}",
        quote(database)
    )
}

/// A shell command that asks one database for rows. A plain `%s` would stand for the staged file
/// where this is part of a validation.
pub(super) fn query(database: &str, sql: &str) -> String {
    format!(
        "printf '%''s' {} | (cd / && {}) 2>&1",
        quote(&format!("{PREFACE}{sql}")),
        client(database)
    )
}

/// A read-only question to the server, whose answer is one JSON value on one line.
pub(super) fn ask(cluster: &Cluster, name: &str, database: &str, sql: &str) -> Request {
    let script = format!("{}{}", cluster.find(), query(database, sql));
    super::question(name, script)
}

/// The answer to [`ask`]: one value per line.
pub(super) fn answer(facts: &Facts, name: &str) -> Result<Vec<Value>, PlanError> {
    let probed = super::answer(facts, name)?;
    found(&probed.stdout, probed.status)?;
    let values: Option<Vec<Value>> = probed
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).ok())
        .collect();
    values
        .filter(|values| !values.is_empty() && probed.status == 0)
        .ok_or_else(|| silent(&probed.stdout))
}

/// Whether the one cluster that is meant was found.
pub(super) fn found(said: &str, status: i32) -> Result<(), PlanError> {
    if status != 90 {
        return Ok(());
    }
    let clusters = super::section(said, "clusters").replace('\n', ", ");
    let message = if clusters.is_empty() {
        "PostgreSQL is not on this host: install it in an earlier task".to_owned()
    } else {
        format!("say with 'cluster' which is meant; the clusters of this host are {clusters}")
    };
    Err(PlanError(message))
}

pub(super) fn silent(said: &str) -> PlanError {
    let said = match said.trim() {
        "" => "nothing",
        said => said,
    };
    PlanError(format!(
        "PostgreSQL does not answer the user postgres over its local socket: start it in an earlier task (the client said: {said})"
    ))
}

/// A change made by statements in one transaction, which are sent on standard input.
pub(super) fn change(
    cluster: &Cluster,
    database: &str,
    summary: String,
    diff: Option<String>,
    sql: &str,
) -> Change {
    let single = if sql.starts_with("CREATE DATABASE") || sql.starts_with("DROP DATABASE") {
        ""
    } else {
        " -1"
    };
    let script = format!("{}cd / && {}{single}", cluster.find(), client(database));
    Change {
        summary,
        diff,
        action: Action::Run(Command::new(script).stdin(format!("{PREFACE}{sql}"))),
    }
}

/// `name` as an identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a string; the preface says that backslashes are nothing special.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a quoted token as the server does: a doubled quote is one.
    fn read(token: &str, quote: char) -> Option<String> {
        let inner = token.strip_prefix(quote)?.strip_suffix(quote)?;
        let mut characters = inner.chars();
        let mut text = String::new();
        while let Some(character) = characters.next() {
            if character == quote {
                (characters.next()? == quote).then_some(())?;
            }
            text.push(character);
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn nothing_ends_a_quoted_value_early(text in r#"[\\'"a\n; -]{0,20}"#) {
            prop_assert_eq!(read(&literal(&text), '\''), Some(text.clone()));
            prop_assert_eq!(read(&identifier(&text), '"'), Some(text));
        }
    }
}
