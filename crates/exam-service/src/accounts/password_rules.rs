//! Which passwords are taken: long ones that nobody guesses, whatever they are made of.
//!
//! After NIST SP 800-63B, section 5.1.1.2: a minimum length, a comparison with what is commonly used or known of the person, and no rules
//! about kinds of characters. How hard a password is to guess is estimated by zxcvbn (Wheeler, USENIX Security 2016).

use thiserror::Error;
use zxcvbn::{Score, zxcvbn};

use crate::passwords::MAX_PASSWORD_BYTES;
use crate::store::Role;

/// Of those who see and change what others do, in characters.
const STAFF_MINIMUM: usize = 12;
/// Of students, in characters.
const STUDENT_MINIMUM: usize = 8;
/// Withstands everything but somebody who has the hashes and time.
const ENOUGH: Score = Score::Three;
/// What everybody here may think of.
const HOUSE_WORDS: [&str; 3] = ["exam", "exam-service", "examctl"];

/// Why a password is not taken. None of them repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PasswordRefusal {
    /// Too short.
    #[error(
        "the password needs {0} characters or more: a few words that do not belong together are easy to remember"
    )]
    TooShort(usize),
    /// Too long to be hashed in bounded time.
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// Easily guessed.
    #[error("the password is easily guessed{}. A few words that do not belong together are hard to guess", because(.0.as_deref()))]
    Guessable(Option<String>),
}

fn because(why: Option<&str>) -> String {
    why.map_or(String::new(), |why| {
        format!(": {}", why.trim_end_matches('.'))
    })
}

/// Whether somebody with `role` may have `password`; `known` is what others know of them: login, names, mail address.
///
/// # Errors
/// Why not.
pub fn check(password: &str, role: Role, known: &[&str]) -> Result<(), PasswordRefusal> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordRefusal::TooLong);
    }
    let minimum = match role {
        Role::Student => STUDENT_MINIMUM,
        Role::Lecturer | Role::Invigilator | Role::Administrator => STAFF_MINIMUM,
    };
    if password.chars().count() < minimum {
        return Err(PasswordRefusal::TooShort(minimum));
    }
    let known: Vec<&str> = known.iter().copied().chain(HOUSE_WORDS).collect();
    let estimate = zxcvbn(password, &known);
    if estimate.score() >= ENOUGH {
        return Ok(());
    }
    let warning = estimate
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning);
    Err(PasswordRefusal::Guessable(
        warning.map(|warning| warning.to_string()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_passwords_that_nobody_guesses_are_taken_whatever_they_are_made_of() {
        for password in [
            "correct horse battery staple",
            "quiet lamp bridges seven",
            "öffne die blaue Kiste bald",
            "vKq7-mzPw-x2Rt",
            "🐴🔋📎🌊🏔🎻🚲🍋🦉🧵🪁🧭",
        ] {
            assert_eq!(
                check(password, Role::Administrator, &["anna"]),
                Ok(()),
                "{password}"
            );
        }
        assert_eq!(check("vKq7-mzPw", Role::Student, &[]), Ok(()));
    }

    #[test]
    fn what_everybody_tries_first_is_refused_though_it_is_long() {
        for password in [
            "passwordpassword",
            "password123456",
            "P@ssw0rd1234",
            "qwertyuiop[]",
            "aaaaaaaaaaaaaaaa",
            "123456789012345",
            "exam-service-exam",
            "anna.example2026",
        ] {
            let refused = check(password, Role::Lecturer, &["anna.example", "Anna Example"]);
            let refused = refused.expect_err(password);
            assert!(
                matches!(refused, PasswordRefusal::Guessable(_)),
                "{password}: {refused}"
            );
            assert!(!refused.to_string().contains(password));
        }
    }

    #[test]
    fn the_shortest_length_is_that_of_the_role_and_counts_characters() {
        use PasswordRefusal::{TooLong, TooShort};
        assert_eq!(
            check("vKq7-mzPw-x", Role::Invigilator, &[]),
            Err(TooShort(12))
        );
        assert_eq!(check("vKq7-mz", Role::Student, &[]), Err(TooShort(8)));
        assert_eq!(check("ööööööö", Role::Student, &[]), Err(TooShort(8)));
        assert_eq!(check(&"vKq7".repeat(300), Role::Student, &[]), Err(TooLong));
        // Long and not short-circuited: estimating has a bound as well.
        check(&"Kx4m-".repeat(200), Role::Student, &[]).ok();
    }
}
