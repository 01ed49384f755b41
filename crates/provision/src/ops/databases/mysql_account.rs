//! An account of `MySQL` or `MariaDB` as the server stores it, and how it logs in.

use std::collections::BTreeMap;

use super::hashing::{is_mysql_sha2, mysql_native, mysql_sha2};
use super::mysql::{Answer, Flavour, literal};
use crate::fields::{Fields, is_template};
use crate::secret::Secret;

/// In the order of the columns that the question reads.
pub(super) const LIMITS: [&str; 4] = [
    "max_queries_per_hour",
    "max_updates_per_hour",
    "max_connections_per_hour",
    "max_user_connections",
];

/// How an account logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    Password(Secret),
    /// Whoever has the same name on the host.
    Socket,
}

/// What is there, from `mysql.user`.
pub(super) struct Account {
    pub(super) plugin: String,
    pub(super) stored: Vec<u8>,
    pub(super) requires_ssl: bool,
    pub(super) limits: [u64; 4],
}

impl Login {
    pub(super) fn is_that_of(&self, account: &Account, flavour: Flavour) -> bool {
        let plugin = account.plugin.as_str();
        match (self, flavour) {
            (Self::Socket, Flavour::MariaDb) => plugin == "unix_socket",
            (Self::Socket, Flavour::MySql) => plugin == "auth_socket",
            (Self::Password(password), Flavour::MariaDb) => {
                plugin == "mysql_native_password"
                    && account.stored == mysql_native(password.expose()).as_bytes()
            }
            (Self::Password(password), Flavour::MySql) => {
                plugin == "caching_sha2_password"
                    && is_mysql_sha2(&account.stored, password.expose())
            }
        }
    }

    pub(super) fn clause(&self, flavour: Flavour) -> String {
        match (self, flavour) {
            (Self::Socket, Flavour::MariaDb) => " IDENTIFIED VIA unix_socket".to_owned(),
            (Self::Socket, Flavour::MySql) => " IDENTIFIED WITH auth_socket".to_owned(),
            (Self::Password(password), Flavour::MariaDb) => {
                let hash = mysql_native(password.expose());
                format!(" IDENTIFIED VIA mysql_native_password USING '{hash}'")
            }
            (Self::Password(password), Flavour::MySql) => {
                let stored = mysql_sha2(password.expose());
                let stored = literal(&String::from_utf8_lossy(&stored));
                format!(" IDENTIFIED WITH caching_sha2_password AS {stored}")
            }
        }
    }
}

pub(super) fn read_account(answer: &Answer) -> Option<Account> {
    answer.rows.iter().find_map(|row| {
        let [mark, plugin, stored, ssl, limits @ ..] = row.as_slice() else {
            return None;
        };
        let mut numbers = limits.iter().map(|text| text.parse().unwrap_or(0));
        (mark == "account").then(|| Account {
            plugin: plugin.clone(),
            stored: from_hex(stored),
            requires_ssl: !ssl.is_empty(),
            limits: std::array::from_fn(|_| numbers.next().unwrap_or(0)),
        })
    })
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.filter_map(byte).collect()
}

pub(super) fn parse_host(fields: &mut Fields<'_>) -> Option<String> {
    let Some(host) = fields.optional_text("host") else {
        return Some("localhost".to_owned());
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".:%_-/".contains(c);
    let allowed = !host.is_empty() && host.len() <= 255 && host.chars().all(plain);
    if allowed || (fields.findings.unrendered && is_template(&host)) {
        return Some(host);
    }
    let message = format!("'{host}' is not a host, for instance localhost, 10.0.0.% or %");
    fields.wrong("host", message);
    None
}

pub(super) fn parse_login(fields: &mut Fields<'_>, present: bool) -> Option<Login> {
    let password = super::optional_password(fields, "password");
    let socket = fields.boolean("socket").unwrap_or(false);
    if !present {
        for key in ["password", "socket", "grants", "require_ssl", "limits"] {
            if fields.get(key).is_some() {
                let message = format!("'{key}' means nothing for an account with 'state: absent'");
                fields.wrong(key, message);
            }
        }
        return None;
    }
    match (password, socket) {
        (Some(password), false) => Some(Login::Password(password)),
        (None, true) => Some(Login::Socket),
        (Some(_), true) => {
            fields.wrong(
                "socket",
                "mysql_user takes 'password' or 'socket', not both",
            );
            None
        }
        (None, false) => {
            if fields.get("password").is_none() {
                fields.missing_one_of(&["password", "socket"]);
            }
            None
        }
    }
}

pub(super) fn parse_limits(fields: &mut Fields<'_>) -> BTreeMap<String, u64> {
    let mut limits = BTreeMap::new();
    for (name, text) in fields.texts_by_name("limits") {
        if !LIMITS.contains(&name.as_str()) {
            let known = LIMITS.join(", ");
            let message = format!("'{name}' is not a limit of an account (known: {known})");
            fields.wrong("limits", message);
        } else if let Ok(number) = text.parse() {
            limits.insert(name, number);
        } else if !(fields.findings.unrendered && is_template(&text)) {
            fields.wrong(
                "limits",
                format!("'{name}' is a whole number, not '{text}'"),
            );
        }
    }
    limits
}
