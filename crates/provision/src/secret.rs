//! A string that cannot be printed by accident.

use std::fmt;

/// What stands in the place of a secret wherever text is shown.
pub const MASK: &str = "********";

/// A value that must not appear in plans, diffs, logs, errors or process arguments.
///
/// `Debug` and `Display` show [`MASK`]; the value itself is only reached through [`Secret::expose`].
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

#[cfg(test)]
mod tests {
    use super::*;

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
