//! When an attempt ends: the one formula, by the server's clock.

mod grants;
mod late;
mod sitting;

use chrono::{DateTime, TimeDelta, Utc};

pub use grants::{BreaksLeft, Credit, Grants};
pub use late::{LateStart, StartVerdict};
pub use sitting::{Accommodation, Pause, PauseReason, Sitting, SittingPhase};

/// How long after the deadline a save still counts: the last auto-save of an honest page may be on its way.
pub const GRACE: TimeDelta = TimeDelta::seconds(5);

/// How long a save that was received in time may still be on its way to the database: as long as a request may take.
pub const SETTLING: TimeDelta = TimeDelta::seconds(30);

/// Whether something received at `received_at` is too late, grace included.
pub fn is_late(received_at: DateTime<Utc>, deadline: DateTime<Utc>) -> bool {
    received_at - deadline > GRACE
}

/// Whether at `now` every save that was received in time has been stored or refused.
pub fn is_settled(now: DateTime<Utc>, deadline: DateTime<Utc>) -> bool {
    now - deadline > GRACE + SETTLING
}

/// Milliseconds until `deadline`, never negative.
pub fn remaining_ms(now: DateTime<Utc>, deadline: DateTime<Utc>) -> i64 {
    (deadline - now).num_milliseconds().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(milliseconds).unwrap()
    }

    #[test]
    fn grace_ends_five_seconds_after_the_deadline_to_the_millisecond() {
        assert!(!is_late(at(5_000), at(0)));
        assert!(is_late(at(5_001), at(0)));
    }

    #[test]
    fn an_attempt_is_settled_half_a_minute_after_its_grace() {
        assert!(!is_settled(at(35_000), at(0)));
        assert!(is_settled(at(35_001), at(0)));
    }
}
