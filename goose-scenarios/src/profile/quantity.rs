//! How durations and shares are written in a profile: `200ms`, `5s`, `2m`; `1%`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};

/// How a duration is written, for editors.
#[derive(JsonSchema)]
#[schemars(rename = "Duration")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct DurationText(
    /// A number and a unit: `200ms`, `5s`, `2m`, `1h`.
    #[schemars(regex(pattern = r"^\s*[0-9]*\.?[0-9]+\s*(ms|s|m|h)\s*$"))]
    String,
);

/// How a share is written, for editors.
#[derive(JsonSchema)]
#[schemars(rename = "Share")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct ShareText(
    /// A percentage from 0% to 100%: `1%`, `99.5%`.
    #[schemars(regex(pattern = r"^\s*[0-9]*\.?[0-9]+\s*%\s*$"))]
    String,
);

/// Reads `200ms`, `5s`, `2m` or `1h`: a whole or decimal number and one unit.
///
/// # Errors
/// A sentence saying what was expected, for a person who wrote the text.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .ok_or_else(|| format!("'{text}' has no unit: write for example 200ms, 5s or 2m"))?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number
        .parse()
        .map_err(|_| format!("'{text}' is not a duration: write for example 200ms, 5s or 2m"))?;
    let unit_seconds = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        other => {
            return Err(format!(
                "'{other}' is not a unit of time: use ms, s, m or h"
            ));
        }
    };
    Duration::try_from_secs_f64(number * unit_seconds)
        .map_err(|_| format!("'{text}' is too long a duration"))
}

/// `200ms`, `5s`: whole seconds as such, everything else in milliseconds.
pub(crate) fn render_duration(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 && !duration.is_zero() {
        format!("{}s", duration.as_secs())
    } else {
        render_milliseconds(duration.as_secs_f64() * 1000.0)
    }
}

/// A time in milliseconds with as many digits as a person compares.
pub(crate) fn render_milliseconds(milliseconds: f64) -> String {
    if milliseconds >= 10_000.0 {
        format!("{:.1}s", milliseconds / 1000.0)
    } else if milliseconds >= 100.0 {
        format!("{milliseconds:.0}ms")
    } else {
        let text = format!("{milliseconds:.1}");
        format!("{}ms", text.strip_suffix(".0").unwrap_or(&text))
    }
}

/// `1%`, `0.05%`: a share as a person compares it.
pub(crate) fn render_share(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Reads `1%` or `99.5%` as a share between 0 and 1.
fn parse_share(text: &str) -> Result<f64, String> {
    let number = text
        .trim()
        .strip_suffix('%')
        .ok_or_else(|| format!("'{text}' is not a share: write a percentage such as 1%"))?;
    match number.trim().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(format!("'{text}' is not a percentage from 0% to 100%")),
    }
}

/// For `#[serde(deserialize_with)]` on a `Duration`.
pub(super) fn deserialize_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// For `#[serde(deserialize_with)]` on an `Option` of a share.
pub(super) fn deserialize_optional_share<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f64>, D::Error> {
    deserialize_share(deserializer).map(Some)
}

/// For `#[serde(deserialize_with)]` on an `Option<Duration>`.
pub(super) fn deserialize_optional_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    deserialize_duration(deserializer).map(Some)
}

/// For `#[serde(deserialize_with)]` on a share.
pub(super) fn deserialize_share<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<f64, D::Error> {
    parse_share(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(parse_duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_mins(2)));
        for wrong in ["5", "s", "", "5 parsecs", "-1s", "1e400s", "..s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_are_percentages() {
        assert_eq!(parse_share("1%"), Ok(0.01));
        for wrong in ["1", "101%", "-1%", "x%"] {
            assert!(parse_share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_and_shares_read_well() {
        assert_eq!(render_milliseconds(0.44), "0.4ms");
        assert_eq!(render_milliseconds(12.0), "12ms");
        assert_eq!(render_milliseconds(512.4), "512ms");
        assert_eq!(render_milliseconds(12_340.0), "12.3s");
        assert_eq!(render_duration(Duration::from_secs(1)), "1s");
        assert_eq!(render_duration(Duration::from_millis(1500)), "1500ms");
        assert_eq!(render_share(0.01), "1%");
        assert_eq!(render_share(0.0), "0%");
        assert_eq!(render_share(0.123_45), "12.35%");
    }
}
