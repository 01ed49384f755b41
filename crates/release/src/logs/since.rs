//! Which lines of a log were written since a moment? Read from the lines themselves.

use chrono::{DateTime, TimeDelta, Utc};

/// How far into a line its time may begin.
const PREFIX_MAX_BYTES: usize = 80;
const LENGTH: usize = "2026-01-31T08:00:00".len();

/// Understands `90s`, `15m`, `2h`, `1d` before `now`, or a time itself.
pub fn parse_since(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let wrong = || {
        format!("`{text}` is no time: write 90s, 15m, 2h, 1d, or a time as 2026-01-31T08:00:00Z")
    };
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: i64 = digits.parse().map_err(|_| wrong())?;
    let length = match &text[digits.len()..] {
        "s" => TimeDelta::try_seconds(count),
        "m" => TimeDelta::try_minutes(count),
        "h" => TimeDelta::try_hours(count),
        "d" => TimeDelta::try_days(count),
        _ => None,
    };
    length
        .filter(|length| *length >= TimeDelta::zero())
        .and_then(|length| now.checked_sub_signed(length))
        .ok_or_else(wrong)
}

/// Keeps the lines of one log that were written since a moment.
#[derive(Clone, Debug)]
pub(super) struct Since {
    from: Option<DateTime<Utc>>,
    /// A line without a time belongs to the one before it.
    keeps: bool,
}

impl Since {
    pub(super) fn new(from: Option<DateTime<Utc>>) -> Self {
        Self {
            from,
            keeps: from.is_none(),
        }
    }

    /// Whether the next line is one of them.
    pub(super) fn wants(&mut self, line: &str) -> bool {
        if let (Some(from), Some(time)) = (self.from, time_of(line)) {
            self.keeps = time >= from;
        }
        self.keeps
    }
}

/// The time at the beginning of a line, whether it is text, coloured text or JSON.
fn time_of(line: &str) -> Option<DateTime<Utc>> {
    let bytes = line.as_bytes();
    let last = bytes.len().min(PREFIX_MAX_BYTES).checked_sub(LENGTH)?;
    (0..=last).find_map(|start| {
        let rest = &bytes[start..];
        if rest.get(4) != Some(&b'-') || rest.get(10) != Some(&b'T') {
            return None;
        }
        let is_time = |byte: &u8| byte.is_ascii_digit() || b"-:.+TZ".contains(byte);
        let length = rest.iter().take_while(|byte| is_time(byte)).count();
        let text = std::str::from_utf8(&rest[..length]).ok()?;
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(time.to_utc())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn a_moment_is_given_as_a_length_or_as_a_time() {
        let since = |text: &str| parse_since(text, now()).map(|time| time.to_rfc3339());
        for (text, expected) in [
            ("90s", "2026-01-02T03:02:35+00:00"),
            ("15m", "2026-01-02T02:49:05+00:00"),
            ("2h", "2026-01-02T01:04:05+00:00"),
            ("1d", "2026-01-01T03:04:05+00:00"),
            ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00+00:00"),
        ] {
            assert_eq!(since(text).unwrap(), expected);
        }
        for wrong in [
            "",
            "5",
            "m",
            "-5m",
            "5 minutes",
            "99999999999999d",
            "yesterday",
        ] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lines_are_kept_by_their_time_and_those_without_one_with_the_line_before() {
        let lines = [
            "a line of before",
            "{\"timestamp\":\"2026-01-02T03:00:00.5Z\",\"level\":\"INFO\"}",
            "  its backtrace",
            "\u{1b}[2m2026-01-02T03:04:05.000001Z\u{1b}[0m INFO begun",
            "  more of it, since 2026",
        ];
        let kept = |from: Option<DateTime<Utc>>| {
            let mut since = Since::new(from);
            lines.map(|line| since.wants(line))
        };
        assert_eq!(kept(Some(now())), [false, false, false, true, true]);
        assert_eq!(kept(None), [true; 5]);
    }
}
