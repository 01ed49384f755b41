//! What an exam may be made of: everything that is too long, too far or impossible is refused here.

use chrono::{DateTime, Datelike as _, SubsecRound as _, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exam::network::Network;
use crate::exam::review::Window;
use crate::exam::{Draft, ExamId, ExamRules};
use crate::http::error::ApiError;

/// The longest title, in characters.
const MAX_TITLE_CHARACTERS: usize = 200;
/// The longest code, in bytes.
const MAX_CODE_BYTES: usize = 64;
/// The longest attempt, in seconds: 90 days, for practice.
const MAX_DURATION_SECONDS: i64 = 90 * 24 * 60 * 60;
/// The most attempts that one student may have.
const MAX_ATTEMPTS: u32 = 20;
/// How long an access code may be, in characters.
const ACCESS_CODE_CHARACTERS: std::ops::RangeInclusive<usize> = 4..=64;
/// The most networks, and the most keys of browsers.
const MAX_LISTED: usize = 100;
/// A key is a SHA-256.
const KEY_DIGITS: usize = 64;

pub(super) fn title(title: String) -> Result<String, ApiError> {
    if title.chars().count() > MAX_TITLE_CHARACTERS || title.chars().any(char::is_control) {
        return Err(ApiError::invalid_input(format!(
            "A title has at most {MAX_TITLE_CHARACTERS} characters, each of which can be seen."
        )));
    }
    Ok(title)
}

/// The code that was chosen, or one that nobody else has.
pub(super) fn code(code: Option<String>, id: ExamId) -> Result<String, ApiError> {
    let Some(code) = code else {
        return Ok(id.to_string());
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=MAX_CODE_BYTES).contains(&code.len()) && code.bytes().all(is_plain) {
        return Ok(code);
    }
    Err(ApiError::invalid_input(format!(
        "A code has 1 to {MAX_CODE_BYTES} letters from a to z, digits, dots, hyphens and underscores."
    )))
}

pub(super) fn duration(seconds: i64) -> Result<TimeDelta, ApiError> {
    if (1..=MAX_DURATION_SECONDS).contains(&seconds) {
        return Ok(TimeDelta::seconds(seconds));
    }
    Err(ApiError::invalid_input(format!(
        "An attempt takes 1 to {MAX_DURATION_SECONDS} seconds."
    )))
}

/// A time as it is kept: in milliseconds, and in a year of four digits.
pub(super) fn time(at: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
    if (1970..=9998).contains(&at.year()) {
        return Ok(at.trunc_subsecs(3));
    }
    Err(ApiError::invalid_input(format!(
        "The year {} is not one in which an exam is sat.",
        at.year()
    )))
}

pub(super) fn window(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> Result<Window, ApiError> {
    let window = Window {
        starts_at: time(starts_at)?,
        ends_at: time(ends_at)?,
    };
    if window.ends_at <= window.starts_at {
        return Err(ApiError::invalid_input(
            "It would end before it starts. Set its end after its start.",
        ));
    }
    Ok(window)
}

pub(super) fn draft(described: Value) -> Result<Draft, ApiError> {
    let draft: Draft = parse(described, "no draft of an exam")?;
    draft.check_limits().map_err(ApiError::invalid_input)?;
    Ok(draft)
}

/// What an object describes, or that it is `otherwise`.
fn parse<T: DeserializeOwned>(described: Value, otherwise: &str) -> Result<T, ApiError> {
    serde_json::from_value(described)
        .map_err(|error| ApiError::invalid_input(format!("This is {otherwise}: {error}.")))
}

pub(super) fn rules(described: Value) -> Result<ExamRules, ApiError> {
    let rules: ExamRules = parse(described, "no set of rules")?;
    match rule_fault(&rules) {
        None => Ok(rules),
        Some(why) => Err(ApiError::invalid_input(why)),
    }
}

fn rule_fault(rules: &ExamRules) -> Option<String> {
    if !(1..=MAX_ATTEMPTS).contains(&rules.attempts_allowed) {
        return Some(format!("A student may have 1 to {MAX_ATTEMPTS} attempts."));
    }
    let is_code = |code: &String| {
        ACCESS_CODE_CHARACTERS.contains(&code.chars().count())
            && code.trim() == code
            && !code.chars().any(char::is_control)
    };
    if !rules.access_code.as_ref().is_none_or(is_code) {
        return Some(format!(
            "An access code has {} to {} characters, and no spaces around it.",
            ACCESS_CODE_CHARACTERS.start(),
            ACCESS_CODE_CHARACTERS.end()
        ));
    }
    let keys = &rules.safe_exam_browser_keys;
    if rules.networks.len() > MAX_LISTED || keys.len() > MAX_LISTED {
        return Some(format!(
            "There are at most {MAX_LISTED} networks and {MAX_LISTED} keys."
        ));
    }
    // The number and not the text: what was sent may be of any length.
    let is_network = |text: &String| text.parse::<Network>().is_ok();
    if let Some(at) = rules.networks.iter().position(|text| !is_network(text)) {
        return Some(format!(
            "Network {} is none: write 10.1.0.0/16, 2001:db8::/32 or an address.",
            at + 1
        ));
    }
    let is_key =
        |key: &String| key.len() == KEY_DIGITS && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let at = keys.iter().position(|key| !is_key(key))?;
    Some(format!(
        "Key {} of Safe Exam Browser is none: it has {KEY_DIGITS} hexadecimal digits.",
        at + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut ExamRules)) -> ExamRules {
        let mut rules = ExamRules::default();
        change(&mut rules);
        rules
    }

    #[test]
    fn rules_that_could_not_be_kept_are_refused() {
        for (rules, expected) in [
            (with(|it| it.attempts_allowed = 0), "1 to 20 attempts"),
            (with(|it| it.attempts_allowed = 21), "1 to 20 attempts"),
            (
                with(|it| it.access_code = Some("abc".to_owned())),
                "access code",
            ),
            (
                with(|it| it.access_code = Some(" abcd".to_owned())),
                "access code",
            ),
            (
                with(|it| it.access_code = Some("x".repeat(65))),
                "access code",
            ),
            (
                with(|it| it.networks = vec!["10.0.0.0/8".to_owned(), "lab".to_owned()]),
                "Network 2",
            ),
            (
                with(|it| it.networks = vec!["::1".to_owned(); 101]),
                "at most 100",
            ),
            (
                with(|it| it.safe_exam_browser_keys = vec!["0f".repeat(31)]),
                "Key 1",
            ),
            (
                with(|it| it.safe_exam_browser_keys = vec!["zz".repeat(32)]),
                "Key 1",
            ),
        ] {
            let found = rule_fault(&rules).unwrap_or_default();
            assert!(found.contains(expected), "'{expected}' is not in '{found}'");
        }
        let full = with(|it| {
            it.attempts_allowed = 20;
            it.access_code = Some("été 7".to_owned());
            it.networks = vec!["10.0.0.0/8".to_owned(), "2001:db8::1".to_owned()];
            it.safe_exam_browser_keys = vec!["0F".repeat(32)];
        });
        assert_eq!(rule_fault(&full), None);
    }

    #[test]
    fn a_time_is_kept_in_milliseconds_and_in_years_of_four_digits() {
        let at: DateTime<Utc> = "2026-06-01T08:00:00.123456Z".parse().unwrap();
        assert_eq!(
            time(at).unwrap().to_rfc3339(),
            "2026-06-01T08:00:00.123+00:00"
        );
        for absurd in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
            time(absurd).unwrap_err();
        }
    }
}
