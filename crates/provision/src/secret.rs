//! A string that cannot be printed by accident.

use std::fmt;

use zeroize::Zeroize as _;

/// What stands in the place of a secret wherever text is shown.
pub const MASK: &str = "********";

/// A value that must not appear in plans, diffs, logs, errors or process arguments.
///
/// `Debug` and `Display` show [`MASK`]; the value itself is only reached through [`Secret::expose`],
/// and its memory is cleared when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself. Call it only where the value leaves for its destination.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every occurrence of this secret replaced by [`MASK`].
    ///
    /// Secrets under four characters are left alone: masking them would mangle ordinary text
    /// and tell the reader what they are.
    pub fn mask_in(&self, text: &str) -> String {
        if self.0.len() < 4 {
            return text.to_owned();
        }
        text.replace(&self.0, MASK)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// `text` with every one of `secrets` masked.
pub fn mask_all(text: &str, secrets: &[Secret]) -> String {
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| secret.mask_in(&text))
}

/// The ways in which a text is written where it is quoted: in shells, SQL, JSON and URLs. Whoever
/// sees one of them knows the text.
pub(crate) fn quoted_forms(text: &str) -> Vec<String> {
    let json = serde_json::Value::from(text).to_string();
    let mut forms = vec![
        text.replace('\'', "'\\''"),
        text.replace('\'', "''"),
        json[1..json.len() - 1].to_owned(),
        text.bytes().map(in_url).collect(),
    ];
    forms.retain(|form| form != text);
    forms
}

fn in_url(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_in_quotes_too() {
        assert_eq!(quoted_forms("plain-text_1.0"), [""; 0]);
        let secrets: Vec<Secret> = quoted_forms("it's \"ö\"")
            .into_iter()
            .map(Secret::new)
            .collect();
        for quoted in [
            "'it'\\''s \"ö\"'",
            "'it''s \"ö\"'",
            "\"it's \\\"ö\\\"\"",
            "//it%27s%20%22%C3%B6%22@",
        ] {
            assert!(mask_all(quoted, &secrets).contains(MASK), "{quoted}");
        }
    }

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("correct horse");
        assert_eq!(format!("{secret} {secret:?}"), "******** ********");
        assert_eq!(
            secret.mask_in("password=correct horse;"),
            "password=********;"
        );
    }
}
