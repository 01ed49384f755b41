//! A load run: students and an exam that were made to try the service with, and go again.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The most characters of the name of a run.
const MOST_CHARACTERS: usize = 40;

/// The name of a load run. Its exam and its accounts are marked with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct LoadRun(String);

impl LoadRun {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of its exam.
    pub fn exam_code(&self) -> String {
        format!("LOAD-{}", self.0)
    }

    /// What the logins of its students begin with.
    pub fn login_prefix(&self) -> String {
        format!("load-{}-", self.0)
    }

    /// The login of one of its students, counted from 1.
    pub fn login(&self, number: u32) -> String {
        format!("{}{number:05}", self.login_prefix())
    }
}

impl FromStr for LoadRun {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=MOST_CHARACTERS).contains(&text.len()) && text.bytes().all(is_allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "the name of a load run has 1 to {MOST_CHARACTERS} characters of a to z, 0 to 9 and '-', for example nightly-7"
        ))
    }
}

impl fmt::Display for LoadRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        let longest = "a".repeat(40);
        for name in ["a", "0", "-", "nightly-7", &longest] {
            assert_eq!(name.parse::<LoadRun>().unwrap().as_str(), name);
        }
        let too_long = "a".repeat(41);
        for name in ["", "A", "a b", "a_b", "ä", "a'", "%", "a\n", &too_long] {
            assert!(name.parse::<LoadRun>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn logins_are_sorted_as_they_are_counted() {
        let run: LoadRun = "x-1".parse().unwrap();
        assert_eq!(run.login(7), "load-x-1-00007");
        assert!(run.login(9) < run.login(10) && run.login(99_999).len() == run.login(1).len());
        assert_eq!(run.exam_code(), "LOAD-x-1");
    }
}
