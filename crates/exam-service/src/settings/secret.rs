//! The secret that signs tokens: kept from being printed, and checked for strength.

use std::fmt;

/// The fewest bytes a signing secret has: the size of the hash it keys.
const MIN_BYTES: usize = 32;

/// Words that give away a secret copied from an example.
const WEAK_WORDS: [&str; 8] = [
    "change",
    "secret",
    "password",
    "example",
    "default",
    "insecure",
    "0123456789",
    "abcdefgh",
];

/// The key of the access tokens. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// The key itself.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Takes `text` as the secret.
    ///
    /// # Errors
    /// What is unsafe about it, never containing it. `allow_weak` accepts guessable ones outside production.
    pub fn parse(text: &str, allow_weak: bool) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < MIN_BYTES {
            return Err(format!(
                "has {} bytes, {MIN_BYTES} are needed. Make one with: openssl rand -hex 32",
                text.len()
            ));
        }
        if !allow_weak && is_weak(text) {
            return Err(
                "is a known or guessable value. Make one with: openssl rand -hex 32".to_owned(),
            );
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

fn is_weak(text: &str) -> bool {
    let lower = text.to_lowercase();
    let distinct = lower
        .chars()
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    distinct < 8 || WEAK_WORDS.iter().any(|word| lower.contains(word))
}
