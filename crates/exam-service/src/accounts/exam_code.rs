//! One-time codes on the slips of an exam: easy to read and to type, with a check character, and stored only as a keyed hash.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;

use crate::exam::receipt::hexadecimal;

/// Nothing that looks like something else on paper: no 0, 1, I, L and O.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Random characters: 31^9 codes, about 44 bits. A guess has to come through the limits of logins.
const RANDOM: usize = 9;
/// With the check character.
const LENGTH: usize = RANDOM + 1;

/// A code as it is on a slip. It is a secret: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ExamCode([u8; LENGTH]);

/// Why what was typed is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ExamCodeError {
    /// A character is missing or there is one too many.
    #[error("a code has {LENGTH} letters and digits")]
    Length,
    /// A character that no code has.
    #[error("a code has no such character; it never has 0, 1, I, L or O")]
    Character,
    /// Two were swapped or one is wrong.
    #[error("the code was mistyped: look at it again")]
    Check,
}

impl ExamCode {
    /// The code that these random bytes make; each code is as likely as any other, to one in 2^80.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let mut number = u128::from_be_bytes(bytes);
        let mut digits = [0_u8; RANDOM];
        for digit in &mut digits {
            *digit = u8::try_from(number % 31).unwrap_or_default();
            number /= 31;
        }
        let mut code = [0; LENGTH];
        code[..RANDOM].copy_from_slice(&digits);
        code[RANDOM] = check_digit(&digits);
        Self(code)
    }

    /// Reads what was typed: capital letters or small ones, with blanks and hyphens anywhere.
    ///
    /// # Errors
    /// When it is no code, said without repeating it.
    pub fn parse(text: &str) -> Result<Self, ExamCodeError> {
        let mut code = [0; LENGTH];
        let mut length = 0;
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let place = code.get_mut(length).ok_or(ExamCodeError::Length)?;
            *place = value_of(c).ok_or(ExamCodeError::Character)?;
            length += 1;
        }
        if length != LENGTH {
            return Err(ExamCodeError::Length);
        }
        if code[RANDOM] != check_digit(&code[..RANDOM]) {
            return Err(ExamCodeError::Check);
        }
        Ok(Self(code))
    }

    /// For the slip: two groups of five.
    pub fn printed(&self) -> String {
        let mut text: String = self
            .0
            .iter()
            .map(|value| char::from(ALPHABET[usize::from(*value)]))
            .collect();
        text.insert(LENGTH / 2, '-');
        text
    }

    /// What is stored: HMAC-SHA-256 under a key that is not in the database, in hexadecimal. A code is too short for a
    /// hash without a key.
    pub fn stored(&self, key: &[u8]) -> String {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            return String::new();
        };
        mac.update(b"exam-code:");
        mac.update(&self.0);
        hexadecimal(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for ExamCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExamCode(***)")
    }
}

fn value_of(c: char) -> Option<u8> {
    let upper = u8::try_from(c.to_ascii_uppercase()).ok()?;
    let place = ALPHABET.iter().position(|known| *known == upper)?;
    u8::try_from(place).ok()
}

/// The sum of digits times their places, modulo the prime 31: no single wrong character and no two that were swapped
/// give the same (as with ISBN-10).
fn check_digit(digits: &[u8]) -> u8 {
    let sum: usize = (1..)
        .zip(digits)
        .map(|(place, digit)| place * usize::from(*digit))
        .sum();
    u8::try_from(sum % 31).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_printed_code_is_read_back_and_every_slip_of_the_finger_is_noticed(
            bytes: [u8; 16], place in 0..LENGTH, other in 1_u8..31,
        ) {
            let code = ExamCode::from_random(bytes);
            let printed = code.printed();
            prop_assert_eq!(ExamCode::parse(&printed), Ok(code.clone()));
            prop_assert_eq!(ExamCode::parse(&format!(" {} ", printed.to_lowercase())), Ok(code.clone()));

            let mut wrong = code.clone();
            wrong.0[place] = (wrong.0[place] + other) % 31;
            prop_assert_eq!(ExamCode::parse(&wrong.printed()), Err(ExamCodeError::Check));

            let mut swapped = code.clone();
            swapped.0.swap(place, (place + 1) % RANDOM);
            if swapped != code && place < RANDOM {
                prop_assert_eq!(ExamCode::parse(&swapped.printed()), Err(ExamCodeError::Check));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            ExamCode::parse(&text).ok();
        }
    }

    #[test]
    fn what_is_no_code_is_said_without_repeating_it() {
        for (text, expected) in [
            ("", ExamCodeError::Length),
            ("23456-7892", ExamCodeError::Length),
            ("23456-78923-4", ExamCodeError::Length),
            ("23456-7892O", ExamCodeError::Character),
            ("23456-7892ö", ExamCodeError::Character),
        ] {
            assert_eq!(ExamCode::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn what_is_stored_depends_on_the_key_and_tells_nothing() {
        let code = ExamCode::from_random([7; 16]);
        assert_eq!(code.stored(b"key"), code.stored(b"key"));
        assert_ne!(code.stored(b"key"), code.stored(b"other"));
        assert_ne!(
            code.stored(b"key"),
            ExamCode::from_random([8; 16]).stored(b"key")
        );
        assert_eq!(code.stored(b"key").len(), 64);
        assert!(!format!("{code:?}").contains(&code.printed()));
    }
}
