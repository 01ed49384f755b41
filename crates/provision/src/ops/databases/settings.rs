//! What the settings of servers have in common: how they are written and when two mean the same.

use std::collections::BTreeMap;

use crate::fields::{Fields, is_template};
use crate::ops::Sources;

/// Reads `settings`: names of letters, digits and `_-.`, and values of one line without quotes;
/// truth values are written as `yes` and `no`.
pub(super) fn parse_settings(
    fields: &mut Fields<'_>,
    sources: &dyn Sources,
    spelling: impl Fn(&str) -> String,
    (yes, no): (&str, &str),
) -> Option<BTreeMap<String, String>> {
    if fields.get("settings").is_none() {
        fields.missing("settings");
        return None;
    }
    let mut settings = BTreeMap::new();
    for (name, value) in fields.texts_by_name("settings") {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            fields.wrong("settings", format!("'{name}' is not the name of a setting"));
            continue;
        }
        if value.contains(['\n', '"', '\'', '\\']) && !is_template(&value) {
            let message =
                format!("the value of '{name}' may not hold quotes, backslashes or line ends");
            fields.wrong("settings", message);
        }
        if sources.holds_secret(value.as_bytes()) {
            let message = format!("the value of '{name}' is a secret, which this does not hide");
            fields.wrong("settings", message);
        }
        let value = match value.as_str() {
            "true" => yes.to_owned(),
            "false" => no.to_owned(),
            _ => value,
        };
        settings.insert(spelling(&name), value);
    }
    Some(settings)
}

/// Whether two values mean the same to a server: sizes, truth values, numbers, or the same text.
pub(super) fn same_value(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    let numbers = || Some((number(one)?, number(other)?));
    one.eq_ignore_ascii_case(other)
        || numbers().is_some_and(|(one, other)| one.to_bits() == other.to_bits())
        || truth(one).is_some_and(|value| truth(other) == Some(value))
}

/// `2G` or `2gb` as bytes; `None` where there is no suffix.
pub(super) fn bytes(value: &str) -> Option<u64> {
    let value = value.strip_suffix(['b', 'B']).unwrap_or(value);
    let (digits, suffix) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let shift = match suffix {
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        "T" | "t" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn number(value: &str) -> Option<f64> {
    let bytes = bytes(value).map(|bytes| bytes.to_string());
    let text = bytes.as_deref().unwrap_or(value);
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "1" | "yes" | "true" => Some(true),
        "off" | "0" | "no" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_in_other_words_is_no_difference() {
        for (one, other) in [
            ("2G", "2147483648"),
            ("256mb", "268435456"),
            ("ON", "1"),
            ("0.200000", "0.2"),
            ("utf8mb4", "UTF8MB4"),
        ] {
            assert!(same_value(one, other), "{one} {other}");
        }
        for (one, other) in [("2G", "2M"), ("ON", "0"), ("a", "b"), ("", "0")] {
            assert!(!same_value(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_size_beyond_all_numbers_is_no_size() {
        assert_eq!(bytes("99999999999999999999G"), None);
        assert_eq!(bytes("18446744073709551615T"), None);
        assert_eq!(bytes("é"), None);
    }
}
