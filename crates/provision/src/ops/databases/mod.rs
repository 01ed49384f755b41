//! Databases: what is in them, who may use them, and how the servers are set.
//!
//! Servers are asked and told over their local socket as their own administrator. What is sent to
//! them travels on standard input: no statement shows in the arguments of a process, and no
//! password leaves examctl, only what the server itself would store of it.

mod hashing;
mod mysql;
mod mysql_account;
pub(crate) mod mysql_database;
mod mysql_grants;
pub(crate) mod mysql_settings;
pub(crate) mod mysql_user;
mod postgresql;
pub(crate) mod postgresql_database;
pub(crate) mod postgresql_grants;
pub(crate) mod postgresql_hba;
pub(crate) mod postgresql_settings;
pub(crate) mod postgresql_user;
pub(crate) mod redis_settings;
mod settings;

use crate::facts::{FactKey, Facts, Probed, Request};
use crate::fields::{Fields, is_template};
use crate::ops::PlanError;

/// A question to a server, which only a change to that server can make untrue.
fn question(name: &str, script: String) -> Request {
    let key = FactKey::Probe {
        name: name.to_owned(),
        script,
        reads: Vec::new(),
    };
    key.into()
}

/// The answer to [`question`].
fn answer<'a>(facts: &'a Facts, name: &str) -> Result<&'a Probed, PlanError> {
    facts.probes.get(name).ok_or_else(|| {
        PlanError(format!(
            "'{name}' was not answered on this host: run it again"
        ))
    })
}

/// The lines between `@MARK` and the next line that starts with `@`.
fn section(text: &str, mark: &str) -> String {
    let is_mark = |line: &&str| line.strip_prefix('@') == Some(mark);
    let lines = text.lines().skip_while(|line| !is_mark(line)).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with('@')).collect();
    lines.join("\n")
}

/// Whether a change that makes the answer to `own` untrue may make the one to `key` untrue: what
/// others read anywhere may be it too.
fn touches(key: &FactKey, own: &str) -> bool {
    match key {
        FactKey::Probe { name, reads, .. } => name == own || reads.iter().any(|read| read == "/"),
        _ => false,
    }
}

/// A name that stands in a database: letters, digits and `_-$.`; at most `limit` bytes.
fn object_name(fields: &mut Fields<'_>, key: &str, limit: usize) -> Option<String> {
    let name = fields.text(key)?;
    if fields.findings.unrendered && is_template(&name) {
        return Some(name);
    }
    if is_object_name(&name, limit) {
        return Some(name);
    }
    fields.wrong(
        key,
        format!("'{name}' is not a name of letters, digits and _-$. (at most {limit})"),
    );
    None
}

fn is_object_name(name: &str, limit: usize) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-$.".contains(c);
    !name.is_empty() && name.len() <= limit && !name.starts_with('-') && name.chars().all(plain)
}

/// A password: printable ASCII, so that no client and no server encodes it differently.
fn optional_password(fields: &mut Fields<'_>, key: &str) -> Option<crate::secret::Secret> {
    let password = fields.optional_text(key)?;
    let unrendered = fields.findings.unrendered && is_template(&password);
    if !unrendered && (password.is_empty() || !password.bytes().all(|b| (32..127).contains(&b))) {
        fields.wrong(
            key,
            format!("'{key}' is text of printable ASCII characters, and not empty"),
        );
        return None;
    }
    Some(crate::secret::Secret::new(password))
}
