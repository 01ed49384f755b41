//! How good must a release be, and how much must a host have to spare, before it is left alone with students?

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::{TargetError, Variables};

/// How long a release is watched where students are served, in seconds.
const PRODUCTION_BAKE: u64 = 60;

/// A number with three decimals, exact, so that targets can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thousandths(pub u32);

impl Thousandths {
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Thousandths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.value())
    }
}

/// What a new release must keep to while it is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BakeLimits {
    /// How long it is watched; zero: not at all.
    pub length: Duration,
    /// With fewer requests nothing is judged.
    pub min_requests: u64,
    /// Too few requests are a failure.
    pub require_traffic: bool,
    /// Failed requests, in percent of all.
    pub error_percent_max: Thousandths,
    /// The same as a multiple of the old release's.
    pub error_ratio_max: Thousandths,
    /// What 95 of 100 requests must be faster than, in milliseconds.
    pub p95_ms_max: u32,
    /// The same as a multiple of the old release's.
    pub p95_ratio_max: Thousandths,
    /// Up to here, in milliseconds, a release may be slower than the old one by any ratio.
    pub p95_floor_ms: u32,
    /// What the process may take; zero: whatever it likes.
    pub memory_mib_max: u64,
}

/// What a host must have to spare before a release comes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// How long before an exam begins nothing is switched any more.
    pub quiet: Duration,
    /// What a second colour takes, in MiB; `None`: half as much again as the one that serves.
    pub colour_memory_mib: Option<u64>,
    /// What must be free where data, backups and logs are kept, in MiB.
    pub free_mib_min: u64,
}

impl BakeLimits {
    pub(super) fn from_vars(vars: &Variables<'_>) -> Result<Self, TargetError> {
        // A template's text is as good as none here: what the host runs is checked by its own program.
        let is_production = match vars.vars.get("app_env") {
            Some(Value::String(name)) => name == "production" || name.contains("{{"),
            _ => true,
        };
        let usual = if is_production { PRODUCTION_BAKE } else { 0 };
        Ok(Self {
            length: Duration::from_secs(
                vars.number("exam_bake_seconds", 0..=3600)?.unwrap_or(usual),
            ),
            min_requests: vars
                .number("exam_bake_min_requests", 1..=1_000_000)?
                .unwrap_or(50),
            require_traffic: vars.flag("exam_bake_require_traffic")?,
            error_percent_max: vars
                .decimal("exam_bake_error_rate_max", 0..=100)?
                .unwrap_or(Thousandths(1000)),
            error_ratio_max: vars
                .decimal("exam_bake_error_ratio_max", 1..=1000)?
                .unwrap_or(Thousandths(3000)),
            p95_ms_max: vars
                .number("exam_bake_p95_ms_max", 1..=60_000)?
                .unwrap_or(1000),
            p95_ratio_max: vars
                .decimal("exam_bake_p95_ratio_max", 1..=1000)?
                .unwrap_or(Thousandths(3000)),
            p95_floor_ms: vars
                .number("exam_bake_p95_floor_ms", 0..=60_000)?
                .unwrap_or(50),
            memory_mib_max: vars
                .number("exam_bake_memory_mib_max", 0..=1_000_000)?
                .unwrap_or(0),
        })
    }
}

impl HostLimits {
    pub(super) fn from_vars(vars: &Variables<'_>) -> Result<Self, TargetError> {
        let minutes: u64 = vars.number("exam_quiet_minutes", 0..=1440)?.unwrap_or(60);
        Ok(Self {
            quiet: Duration::from_secs(minutes * 60),
            colour_memory_mib: vars.number("exam_colour_memory_mib", 0..=1_000_000)?,
            free_mib_min: vars
                .number("exam_free_mib_min", 0..=1_000_000)?
                .unwrap_or(256),
        })
    }
}

impl Variables<'_> {
    /// A number with up to three decimals.
    fn decimal(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<Thousandths>, TargetError> {
        let text = match self.vars.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(_)) => self.text(name)?.unwrap_or_default(),
            Some(other) => other.to_string(),
        };
        let (from, to) = (*range.start(), *range.end());
        parse_thousandths(&text)
            .filter(|number| (from * 1000..=to * 1000).contains(&number.0))
            .map(Some)
            .ok_or_else(|| self.error(name, &format!("must be a number from {from} to {to}")))
    }
}

/// `1`, `0.5`, `2.125`: digits after the third decimal would be lost, so they are refused.
fn parse_thousandths(text: &str) -> Option<Thousandths> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 3 {
        return None;
    }
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    let whole: u32 = whole.parse().ok()?;
    whole.checked_mul(1000)?.checked_add(part).map(Thousandths)
}

#[cfg(test)]
mod tests {
    use super::super::Target;
    use super::*;

    fn target(vars: &str) -> Result<Target, String> {
        Target::from_vars("h", &serde_json::from_str(vars).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_release_is_watched_for_a_minute_where_students_are_and_not_at_all_elsewhere() {
        for (vars, seconds) in [
            ("{}", 60),
            (r#"{"app_env": "production"}"#, 60),
            (r#"{"app_env": "{{ env }}"}"#, 60),
            (r#"{"app_env": "demo"}"#, 0),
            (r#"{"app_env": "demo", "exam_bake_seconds": 5}"#, 5),
            (r#"{"exam_bake_seconds": "0"}"#, 0),
        ] {
            assert_eq!(
                target(vars).unwrap().bake.length.as_secs(),
                seconds,
                "{vars}"
            );
        }
    }

    #[test]
    fn limits_are_numbers_with_few_decimals_within_their_range() {
        let limits = target(
            r#"{"exam_bake_error_rate_max": 0.25, "exam_bake_p95_ratio_max": "2.5", "exam_bake_require_traffic": true}"#,
        );
        let limits = limits.unwrap().bake;
        assert_eq!(limits.error_percent_max, Thousandths(250));
        assert_eq!(limits.p95_ratio_max, Thousandths(2500));
        assert_eq!(limits.p95_ratio_max.to_string(), "2.5");
        assert!(limits.require_traffic);
        for (vars, expected) in [
            (
                r#"{"exam_bake_error_rate_max": 101}"#,
                "`exam_bake_error_rate_max` must be a number from 0 to 100",
            ),
            (
                r#"{"exam_bake_error_rate_max": -1}"#,
                "must be a number from 0 to 100",
            ),
            (
                r#"{"exam_bake_p95_ratio_max": 0.5}"#,
                "must be a number from 1 to 1000",
            ),
            (
                r#"{"exam_bake_p95_ratio_max": "1.23456"}"#,
                "must be a number from 1 to 1000",
            ),
            (
                r#"{"exam_bake_require_traffic": "maybe"}"#,
                "must be true or false",
            ),
        ] {
            let error = target(vars).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
