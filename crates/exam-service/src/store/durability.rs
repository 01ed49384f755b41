//! What speaks against believing a database that says `committed`: said of each setting, with what to do about it.

use std::fmt;

/// A setting with which an acknowledged answer could be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// As the database calls it.
    pub setting: &'static str,
    /// What it is.
    pub actual: String,
    /// What it has to be.
    pub required: &'static str,
    /// What to do.
    pub advice: &'static str,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is {}, and has to be {}. {}",
            self.setting, self.actual, self.required, self.advice
        )
    }
}

/// All of them, a line for each.
pub(super) fn listed(weaknesses: &[Weakness]) -> String {
    let lines: Vec<String> = weaknesses.iter().map(ToString::to_string).collect();
    format!("\n  {}", lines.join("\n  "))
}

/// The leading numbers of a version such as `10.11.6-MariaDB-0+deb12u1-log`.
pub(super) fn version_numbers(version: &str) -> (u32, u32, u32) {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.');
    let mut numbers = version[..end.unwrap_or(version.len())]
        .split('.')
        .map(|number| number.parse().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    (next(), next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_far_as_they_are_numbers() {
        for (text, numbers) in [
            ("8.0.36", (8, 0, 36)),
            ("10.11.6-MariaDB-0+deb12u1-log", (10, 11, 6)),
            ("15.5 (Debian 15.5-0+deb12u1)", (15, 5, 0)),
            ("17beta1", (17, 0, 0)),
            ("", (0, 0, 0)),
        ] {
            assert_eq!(version_numbers(text), numbers, "{text}");
        }
    }
}
