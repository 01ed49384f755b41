//! Trying again where the world is slow.

use std::time::Duration;

use crate::fields::Fields;

/// The longest pause between two attempts, in seconds.
const MAX_DELAY_SECONDS: u64 = 300;
const MAX_ATTEMPTS: u64 = 100;

/// How often a task that fails is tried, and how long to wait in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retries {
    /// All attempts, the first one included.
    pub(crate) attempts: u32,
    delay_seconds: u64,
    backoff: u64,
}

impl Retries {
    pub(super) const KEYS: [&str; 3] = ["attempts", "delay_seconds", "backoff"];

    pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.get("attempts").is_none() {
            fields.missing("attempts");
        }
        let attempts = fields.number_in("attempts", 2..=MAX_ATTEMPTS)?;
        Some(Self {
            attempts: u32::try_from(attempts).ok()?,
            delay_seconds: fields
                .number("delay_seconds", MAX_DELAY_SECONDS)
                .unwrap_or(2),
            backoff: fields.number("backoff", 10).unwrap_or(2),
        })
    }

    /// How long to wait before attempt `number`, counted from 1; at most five minutes.
    pub(crate) fn delay_before(&self, number: u32) -> Duration {
        let factor = self.backoff.saturating_pow(number.saturating_sub(2));
        let seconds = self.delay_seconds.saturating_mul(factor);
        Duration::from_secs(seconds.min(MAX_DELAY_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_within_five_minutes() {
        let retries = Retries {
            attempts: 100,
            delay_seconds: 2,
            backoff: 3,
        };
        let seconds = |number| retries.delay_before(number).as_secs();
        assert_eq!([2, 3, 4, 7, 100].map(seconds), [2, 6, 18, 300, 300]);
    }
}
