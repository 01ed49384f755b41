//! When an attempt ends: the one formula, by the server's clock.

mod late;
mod sitting;

use chrono::{DateTime, TimeDelta, Utc};

pub use late::{LateStart, StartVerdict};
pub use sitting::{Accommodation, Pause, PauseReason, Sitting, SittingPhase};

/// How long after the deadline a save still counts: the last auto-save of an honest page may be on its way.
pub const GRACE: TimeDelta = TimeDelta::seconds(5);

/// How long a save that was received in time may still be on its way to the database: as long as a request may take.
pub const SETTLING: TimeDelta = TimeDelta::seconds(30);

/// The deadline of an attempt that starts at `now` with nothing granted: its full duration, cut at the end of the exam's
/// window.
pub fn deadline(
    now: DateTime<Utc>,
    duration: TimeDelta,
    window_end: DateTime<Utc>,
) -> DateTime<Utc> {
    let sitting = Sitting {
        started_at: now,
        duration,
        window_start: now,
        window_end,
        late_start: LateStart::default(),
        accommodation: Accommodation::NONE,
        credits: Vec::new(),
        pauses: Vec::new(),
    };
    sitting.deadline(now)
}

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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_deadline_is_never_past_the_window_nor_longer_than_the_duration(
            now in 0_i64..4_000_000_000_000, duration in 0_i64..100_000_000, window in 0_i64..4_000_000_000_000,
        ) {
            let window = window.max(now);
            let end = deadline(at(now), TimeDelta::milliseconds(duration), at(window));
            prop_assert!(end <= at(window));
            prop_assert!(end <= at(now + duration));
            prop_assert!(end == at(window) || end == at(now + duration));
        }
    }
}
