//! Passwords that somebody else knows: made here for an account, or given to it by an administrator. Each has to be changed at
//! the first sign-in.
//!
//! One that is made here has 89 random bits. Argon2 is slow so that guessing from a stolen database is; against 2^89
//! guesses a single SHA-256 is as safe (10^12 of them in a second take ten million years), and needs no salt, since no two are the same. So
//! ten thousand accounts are made in one request, where argon2 would take minutes. At the first use the password that
//! replaces it is hashed with argon2. What an administrator types is not random: argon2 from the beginning.

use std::fmt;

use argon2::password_hash::phc::Output;
use sha2::{Digest as _, Sha256};

use crate::exam::receipt::hexadecimal;

/// Nothing that looks like something else on paper: no 0, 1, I, L and O.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Random characters: 31^18 passwords, 89 bits.
const LENGTH: usize = 18;
/// How many characters stand together on paper.
const GROUP: usize = 6;
/// What precedes every stored password that has to be changed.
const MARK: &str = "initial:";
/// What precedes the hash of one that was made here.
const FAST: &str = "sha256:";

/// The stored form without the mark that it has to be changed.
pub fn without_mark(stored: &str) -> &str {
    stored.strip_prefix(MARK).unwrap_or(stored)
}

/// Whether a stored password has to be changed at the next sign-in.
pub fn has_to_be_changed(stored: &str) -> bool {
    stored.starts_with(MARK)
}

/// The stored form of a password with this argon2 hash that has to be changed.
pub fn marked(hash: &str) -> String {
    format!("{MARK}{hash}")
}

/// The SHA-256, in hexadecimal, of a password made here as it was typed: in capital letters or small ones, with blanks and
/// hyphens anywhere.
pub fn fingerprint(typed: &str) -> String {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    hexadecimal(&Sha256::digest(plain.as_bytes()))
}

/// A password that was made here. It is a secret: `Debug` does not show it.
pub struct InitialPassword([u8; LENGTH]);

impl InitialPassword {
    /// The password that these random bytes make; each is as likely as any other, to one in 2^38.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let mut number = u128::from_be_bytes(bytes);
        Self(std::array::from_fn(|_| {
            let digit = usize::try_from(number % 31).unwrap_or_default();
            number /= 31;
            ALPHABET[digit]
        }))
    }

    /// For paper: three groups of six.
    pub fn printed(&self) -> String {
        let groups: Vec<String> = self
            .0
            .chunks(GROUP)
            .map(|group| group.iter().copied().map(char::from).collect())
            .collect();
        groups.join("-")
    }

    /// For the database, with the mark that it has to be changed.
    pub fn stored(&self) -> String {
        let hash = fingerprint(&self.printed());
        marked(&format!("{FAST}{hash}"))
    }

    /// Whether a stored form without its mark is that of a password made here.
    pub fn is_stored(stored: &str) -> bool {
        stored.starts_with(FAST)
    }

    /// Whether what was typed, in capital letters or small ones, with blanks and hyphens anywhere, is the password with
    /// this stored form.
    pub fn matches(stored: &str, typed: &str) -> bool {
        let hash = fingerprint(typed);
        let expected = stored.strip_prefix(FAST).unwrap_or_default();
        let outputs = (
            Output::new(hash.as_bytes()),
            Output::new(expected.as_bytes()),
        );
        // They are compared in constant time.
        matches!(outputs, (Ok(given), Ok(expected)) if given == expected)
    }
}

impl fmt::Debug for InitialPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InitialPassword(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_again_however_it_is_typed_and_nothing_else_is() {
        let (ours, other) = (
            InitialPassword::from_random([7; 16]),
            InitialPassword::from_random([8; 16]),
        );
        let (printed, stored) = (ours.printed(), ours.stored());
        assert_eq!(printed.len(), LENGTH + 2);
        assert!(has_to_be_changed(&stored));
        let bare = without_mark(&stored);
        assert!(InitialPassword::is_stored(bare));
        for typed in [
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', " "),
        ] {
            assert!(InitialPassword::matches(bare, &typed), "{typed}");
        }
        for typed in ["", &other.printed(), &printed[1..], bare] {
            assert!(!InitialPassword::matches(bare, typed), "{typed}");
        }
        assert!(!stored.contains(&printed) && !format!("{ours:?}").contains(&printed));
    }

    #[test]
    fn what_an_administrator_typed_is_marked_and_keeps_its_slow_hash() {
        let stored = marked("$argon2id$v=19$...");
        assert!(has_to_be_changed(&stored));
        assert_eq!(without_mark(&stored), "$argon2id$v=19$...");
        assert!(!InitialPassword::is_stored(without_mark(&stored)));
        assert!(!has_to_be_changed("$argon2id$v=19$..."));
    }
}
