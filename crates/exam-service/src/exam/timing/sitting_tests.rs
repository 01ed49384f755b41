//! The formula, by worked examples and by what has to hold whatever is granted.

use proptest::prelude::*;

use super::*;
use crate::exam::timing::StartVerdict;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// An hour, in a window of two, started at once.
fn sitting() -> Sitting {
    Sitting {
        started_at: at(0),
        duration: TimeDelta::hours(1),
        window_start: at(0),
        window_end: at(7200),
        late_start: LateStart::default(),
        accommodation: Accommodation::NONE,
        credits: Vec::new(),
        pauses: Vec::new(),
    }
}

fn pause(reason: PauseReason, from: i64, until: Option<i64>) -> Pause {
    Pause {
        reason,
        from: at(from),
        until: until.map(at),
    }
}

fn extra(percent: u32, seconds: u32, break_seconds: u32) -> Accommodation {
    Accommodation {
        extra_percent: percent,
        extra_seconds: seconds,
        break_seconds,
    }
}

fn assert_deadlines(cases: &[(&str, Sitting, i64)]) {
    for (what, sitting, expected) in cases {
        assert_eq!(sitting.deadline(at(1000)), at(*expected), "{what}");
    }
}

#[test]
fn the_deadline_with_what_was_granted_before() {
    let loses = LateStart::LosesTime {
        within_seconds: None,
    };
    let plain = sitting();
    let cases = [
        ("nothing granted", plain.clone(), 3600),
        (
            "25 percent more",
            Sitting {
                accommodation: extra(25, 0, 0),
                ..plain.clone()
            },
            4500,
        ),
        (
            "and ten minutes",
            Sitting {
                accommodation: extra(25, 600, 0),
                ..plain.clone()
            },
            5100,
        ),
        (
            "started late, cut by the window",
            Sitting {
                started_at: at(5400),
                ..plain.clone()
            },
            7200,
        ),
        (
            "25 percent of what is left, beyond the window",
            Sitting {
                started_at: at(5400),
                accommodation: extra(25, 0, 0),
                ..plain.clone()
            },
            7650,
        ),
        (
            "late, and the clock ran",
            Sitting {
                started_at: at(600),
                late_start: loses,
                ..plain.clone()
            },
            3600,
        ),
        (
            "later than the end",
            Sitting {
                started_at: at(4000),
                late_start: loses,
                ..plain.clone()
            },
            4000,
        ),
        (
            "two credits and one that takes away",
            Sitting {
                credits: [300, 60, -999].map(TimeDelta::seconds).to_vec(),
                ..plain.clone()
            },
            3960,
        ),
    ];
    assert_deadlines(&cases);
}

#[test]
fn the_deadline_with_pauses_and_breaks() {
    use PauseReason::{Break, Interruption};
    let plain = sitting();
    let cases = [
        (
            "ten minutes of pauses that overlap",
            Sitting {
                pauses: vec![
                    pause(Interruption, 400, Some(900)),
                    pause(Interruption, 300, Some(700)),
                ],
                ..plain.clone()
            },
            4200,
        ),
        (
            "a pause that lasts",
            Sitting {
                pauses: vec![pause(Interruption, 500, None)],
                ..plain.clone()
            },
            4100,
        ),
        (
            "a break beyond what is granted",
            Sitting {
                accommodation: extra(0, 0, 300),
                pauses: vec![pause(Break, 100, Some(500))],
                ..plain.clone()
            },
            3900,
        ),
        (
            "a break that was not granted",
            Sitting {
                pauses: vec![pause(Break, 100, Some(500))],
                ..plain.clone()
            },
            3600,
        ),
        (
            "an outage during a break",
            Sitting {
                pauses: vec![
                    pause(Break, 100, Some(500)),
                    pause(Interruption, 400, Some(600)),
                ],
                ..plain.clone()
            },
            3800,
        ),
        (
            "an outage before the start",
            Sitting {
                started_at: at(100),
                pauses: vec![pause(Interruption, 0, Some(160))],
                ..plain
            },
            3760,
        ),
    ];
    assert_deadlines(&cases);
}

#[test]
fn a_paused_sitting_is_not_over_until_it_goes_on() {
    let paused = Sitting {
        pauses: vec![pause(PauseReason::Interruption, 3000, None)],
        ..sitting()
    };
    for (now, phase) in [
        (2999, SittingPhase::Running),
        (3000, SittingPhase::Paused),
        (9000, SittingPhase::Paused),
    ] {
        assert_eq!(paused.phase(at(now)), phase, "at {now}");
    }
    let resumed = Sitting {
        pauses: vec![pause(PauseReason::Interruption, 3000, Some(9000))],
        ..sitting()
    };
    assert_eq!(resumed.phase(at(9000)), SittingPhase::Running);
    assert_eq!(resumed.phase(at(9600)), SittingPhase::Over);
    let on_break = Sitting {
        pauses: vec![pause(PauseReason::Break, 3000, None)],
        ..sitting()
    };
    assert_eq!(on_break.phase(at(3599)), SittingPhase::Paused);
    assert_eq!(on_break.phase(at(3600)), SittingPhase::Over);
}

#[test]
fn who_comes_too_late_cannot_start() {
    let limited = LateStart::KeepsTime {
        within_seconds: Some(900),
    };
    for (rule, now, verdict) in [
        (LateStart::default(), -1, StartVerdict::TooEarly),
        (LateStart::default(), 0, StartVerdict::MayStart),
        (LateStart::default(), 7199, StartVerdict::MayStart),
        (LateStart::default(), 7200, StartVerdict::TooLate),
        (limited, 900, StartVerdict::MayStart),
        (limited, 901, StartVerdict::TooLate),
    ] {
        assert_eq!(
            rule.verdict(at(now), at(0), at(7200)),
            verdict,
            "{rule:?} at {now}"
        );
    }
}

prop_compose! {
    fn any_pause()(from in 0_i64..8000, length in 0_i64..2000, lasts in any::<bool>(), is_break in any::<bool>()) -> Pause {
        let reason = if is_break { PauseReason::Break } else { PauseReason::Interruption };
        pause(reason, from, (!lasts).then_some(from + length))
    }
}

prop_compose! {
    fn any_sitting()(
        started in 0_i64..7200, minutes in 1_i64..200, percent in 0_u32..200, seconds in 0_u32..3600,
        breaks in 0_u32..3600, credits in proptest::collection::vec(-600_i64..600, 0..4),
        pauses in proptest::collection::vec(any_pause(), 0..6), loses in any::<bool>(),
    ) -> Sitting {
        let within_seconds = None;
        Sitting {
            started_at: at(started),
            duration: TimeDelta::minutes(minutes),
            late_start: if loses { LateStart::LosesTime { within_seconds } } else { LateStart::KeepsTime { within_seconds } },
            accommodation: extra(percent, seconds, breaks),
            credits: credits.into_iter().map(TimeDelta::seconds).collect(),
            pauses,
            ..sitting()
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_is_granted_ever_takes_time_away(
        sitting in any_sitting(), more in any_pause(), credit in 0_i64..600, percent in 0_u32..50, now in 0_i64..20_000,
    ) {
        let now = at(now);
        let before = sitting.deadline(now);
        prop_assert!(before >= sitting.started_at);
        let mut granted = sitting.clone();
        granted.credits.push(TimeDelta::seconds(credit));
        prop_assert_eq!(granted.deadline(now), before + TimeDelta::seconds(credit));
        granted = sitting.clone();
        granted.accommodation.extra_percent += percent;
        prop_assert!(granted.deadline(now) >= before);
        granted = sitting.clone();
        granted.pauses.push(Pause { reason: PauseReason::Interruption, ..more });
        prop_assert!(granted.deadline(now) >= before);
    }

    #[test]
    fn an_interruption_of_its_own_gives_back_exactly_what_it_took(
        sitting in any_sitting(), length in 0_i64..5000,
    ) {
        // After all others have ended.
        let mut ended = sitting;
        for pause in &mut ended.pauses {
            pause.until = pause.until.or(Some(at(8000)));
        }
        let now = at(30_000);
        let before = ended.deadline(now);
        ended.pauses.push(pause(PauseReason::Interruption, 11_000, Some(11_000 + length)));
        prop_assert_eq!(ended.deadline(now), before + TimeDelta::seconds(length));
    }

    #[test]
    fn the_order_of_pauses_and_credits_means_nothing(sitting in any_sitting(), now in 0_i64..20_000) {
        let mut turned = sitting.clone();
        turned.pauses.reverse();
        turned.credits.reverse();
        prop_assert_eq!(turned.deadline(at(now)), sitting.deadline(at(now)));
    }

    /// A deadline that was told never comes nearer: time that passes can only give back more.
    #[test]
    fn the_deadline_never_moves_back(sitting in any_sitting(), now in 0_i64..20_000, later in 0_i64..20_000) {
        prop_assert!(sitting.deadline(at(now + later)) >= sitting.deadline(at(now)));
    }
}
