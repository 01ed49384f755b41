//! Measures one after the other, with the deadline that each leaves.

use proptest::prelude::*;

use super::*;
use crate::exam::{AttemptId, ExamId, UserId};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// An hour, started at once, in a window of two.
fn exam() -> ExamTime {
    ExamTime {
        duration: TimeDelta::hours(1),
        starts_at: at(0),
        ends_at: at(7200),
        late_start: LateStart::default(),
    }
}

fn case() -> Case {
    Case {
        attempt: Attempt {
            id: AttemptId::generate(),
            owner: UserId::generate(),
            exam_id: ExamId::generate(),
            deadline_at: at(3600),
            submitted_at: None,
            paused_at: None,
        },
        started_at: at(0),
        is_blanked: false,
        break_ends_at: None,
        grants: Grants::default(),
        accommodation: Accommodation {
            break_seconds: 600,
            ..Accommodation::NONE
        },
    }
}

/// Measures, each with its second.
type Measures<'a> = &'a [(i64, Measure)];

/// The case after these measures, each with its second; every one of them has to change something.
fn after(measures: &[(i64, Measure)]) -> Case {
    measures.iter().fold(case(), |case, (second, measure)| {
        let next = case.after(*measure, &exam(), at(*second));
        next.unwrap_or_else(|| panic!("{measure:?} at {second} changed nothing"))
    })
}

#[test]
fn each_measure_moves_the_deadline_as_the_formula_says() {
    use Measure::{CreditTime, FireExit, ForceSubmit, GiveBackOutage, Pause, Reopen, Resume};
    let cases: &[(&str, Measures<'_>, i64)] = &[
        ("credit", &[(10, CreditTime(300))], 3900),
        ("pause lasts", &[(100, Pause)], 3600),
        ("pause over", &[(100, Pause), (400, Resume)], 3900),
        (
            "credit in a pause",
            &[(100, Pause), (200, CreditTime(60)), (400, Resume)],
            3960,
        ),
        (
            "fire exit after a pause",
            &[(100, Pause), (200, FireExit), (400, Resume)],
            3900,
        ),
        ("outage", &[(900, GiveBackOutage(at(600)))], 3900),
        (
            "outage within a pause counts once",
            &[(100, Pause), (300, GiveBackOutage(at(200))), (400, Resume)],
            3900,
        ),
        (
            "outage over the deadline",
            &[(5000, GiveBackOutage(at(3500)))],
            5100,
        ),
        (
            "reopened with its time",
            &[(1000, ForceSubmit), (1600, Reopen(0))],
            4200,
        ),
        (
            "reopened after its end with more",
            &[(3600, ForceSubmit), (4000, Reopen(120))],
            4120,
        ),
        (
            "handed in out of a pause",
            &[(100, Pause), (200, ForceSubmit), (500, Reopen(0))],
            4000,
        ),
    ];
    for (what, measures, deadline) in cases {
        assert_eq!(after(measures).attempt.deadline_at, at(*deadline), "{what}");
    }
}

#[test]
fn a_break_gives_back_no_more_than_was_granted() {
    use Measure::{
        BeginBreak, CreditTime, EndBreak, FireExit, ForceSubmit, Pause, Reopen, Resume, UseUpBreak,
    };
    let cases: &[(&str, Measures<'_>, i64)] = &[
        ("it lasts", &[(100, BeginBreak)], 3600),
        ("it is over", &[(100, BeginBreak), (400, EndBreak)], 3900),
        (
            "two of them",
            &[
                (100, BeginBreak),
                (400, EndBreak),
                (500, BeginBreak),
                (700, EndBreak),
            ],
            4100,
        ),
        (
            "longer than granted, and nobody noticed",
            &[(100, BeginBreak), (2000, EndBreak)],
            4200,
        ),
        (
            "longer than granted",
            &[(100, BeginBreak), (705, UseUpBreak), (2000, EndBreak)],
            4200,
        ),
        (
            "the rest of what is granted",
            &[
                (100, BeginBreak),
                (600, EndBreak),
                (700, BeginBreak),
                (900, UseUpBreak),
            ],
            4200,
        ),
        (
            "the room is paused meanwhile, which uses up no break",
            &[
                (100, BeginBreak),
                (200, Pause),
                (1200, Resume),
                (1300, BeginBreak),
                (1900, UseUpBreak),
            ],
            3600 + 100 + 1000 + 500,
        ),
        (
            "the room is left meanwhile",
            &[(100, BeginBreak), (200, FireExit), (500, Resume)],
            4000,
        ),
        ("staff end it", &[(100, BeginBreak), (300, Resume)], 3800),
        (
            "more time meanwhile",
            &[(100, BeginBreak), (800, CreditTime(60)), (900, EndBreak)],
            4260,
        ),
        (
            "handed in out of it",
            &[(100, BeginBreak), (300, ForceSubmit), (500, Reopen(0))],
            4000,
        ),
    ];
    for (what, measures, deadline) in cases {
        assert_eq!(after(measures).attempt.deadline_at, at(*deadline), "{what}");
    }
}

#[test]
fn who_has_used_up_the_breaks_is_away_until_coming_back_and_gets_no_more() {
    use Measure::{BeginBreak, EndBreak, UseUpBreak};
    let used_up = after(&[(100, BeginBreak), (705, UseUpBreak)]);
    assert_eq!(used_up.attempt.phase(at(4206)), Phase::Overdue);
    assert!(used_up.is_blanked, "the student is still away");
    let back = used_up.after(EndBreak, &exam(), at(800)).unwrap();
    assert_eq!((back.is_blanked, back.break_ends_at), (false, None));
    assert_eq!(back.after(BeginBreak, &exam(), at(900)), None);
    let left = back.breaks_left(&exam(), at(900)).unwrap();
    assert_eq!((left.count, left.time), (0, TimeDelta::zero()));
}

#[test]
fn nobody_takes_so_many_breaks_that_staff_cannot_pause() {
    let (mut case, mut taken, mut now) = (case(), 0, 0);
    loop {
        now += 2;
        let Some(away) = case.after(Measure::BeginBreak, &exam(), at(now)) else {
            break;
        };
        case = away.after(Measure::EndBreak, &exam(), at(now + 1)).unwrap();
        taken += 1;
    }
    assert_eq!(taken, 50);
    let left = case.breaks_left(&exam(), at(now)).unwrap();
    assert!(left.count == 0 && left.time > TimeDelta::zero());
    assert!(case.after(Measure::Pause, &exam(), at(now)).is_some());
}

#[test]
fn a_measure_that_does_not_fit_the_state_changes_nothing() {
    use Measure::{
        BeginBreak, CreditTime, EndBreak, FireExit, ForceSubmit, GiveBackOutage, Pause, Reopen,
        Resume, UseUpBreak,
    };
    let cases: &[(&str, Measures<'_>, Measure)] = &[
        ("resume what runs", &[], Resume),
        ("pause twice", &[(1, Pause)], Pause),
        ("leave the room twice", &[(1, FireExit)], FireExit),
        ("reopen what is open", &[], Reopen(0)),
        ("hand in twice", &[(1, ForceSubmit)], ForceSubmit),
        (
            "credit to what is handed in",
            &[(1, ForceSubmit)],
            CreditTime(60),
        ),
        ("no credit", &[], CreditTime(0)),
        ("pause what is over", &[(3599, CreditTime(1))], Pause),
        ("an outage after its end", &[], GiveBackOutage(at(3700))),
        ("reopen without time", &[(3606, ForceSubmit)], Reopen(0)),
        ("a break after the end", &[], BeginBreak),
        ("a break in a pause", &[(1, Pause)], BeginBreak),
        ("two breaks at a time", &[(3590, BeginBreak)], BeginBreak),
        ("back from nowhere", &[], EndBreak),
        ("back from a pause", &[(1, Pause)], EndBreak),
        ("a pause is not used up", &[(1, Pause)], UseUpBreak),
        ("a break that lasts", &[(3590, BeginBreak)], UseUpBreak),
    ];
    for (what, before, measure) in cases {
        let changed = after(before).after(*measure, &exam(), at(3800));
        assert_eq!(changed, None, "{what}");
    }
}

#[test]
fn a_credit_that_was_a_mistake_is_taken_back_once_and_leaves_a_minute() {
    let credit = Credit {
        seconds: 600,
        given_at: at(10),
    };
    let take_back = Measure::TakeBackTime { credit, line: 1 };
    let given = after(&[
        (10, Measure::CreditTime(600)),
        (20, Measure::CreditTime(600)),
    ]);
    let taken = given.after(take_back, &exam(), at(30)).unwrap();
    assert_eq!(
        taken.attempt.deadline_at,
        at(4200),
        "the other credit stays"
    );
    assert_eq!(taken.after(take_back, &exam(), at(31)), None);
    // A minute before the deadline that it would have, and a second later.
    assert!(given.after(take_back, &exam(), at(4140)).is_some());
    assert_eq!(given.after(take_back, &exam(), at(4141)), None);
    let paused = given.after(Measure::Pause, &exam(), at(4140)).unwrap();
    assert!(
        paused.after(take_back, &exam(), at(9000)).is_some(),
        "its clock stands still"
    );
    let closed = given.after(Measure::ForceSubmit, &exam(), at(40)).unwrap();
    assert_eq!(closed.after(take_back, &exam(), at(50)), None);
}

#[test]
fn while_it_is_paused_no_time_is_lost_and_answers_are_taken() {
    let paused = after(&[(600, Measure::Pause)]).attempt;
    for second in [600, 3601, 1_000_000] {
        assert_eq!(paused.remaining_ms(at(second)), 3_000_000);
        assert_eq!(paused.phase(at(second)), Phase::Open);
        assert!(!paused.is_settled(at(second)));
    }
    // What was received before the pause is judged by when it came.
    assert_eq!(paused.remaining_ms(at(0)), 3_600_000);
}

proptest! {
    /// Whatever is done in whatever order: nobody loses time, and a pause is open exactly while the attempt is paused.
    #[test]
    fn no_measure_takes_time_away(steps in proptest::collection::vec((0_usize..10, 1_i64..400), 1..30)) {
        let (mut case, mut now) = (case(), 0);
        for (which, seconds) in steps {
            now += seconds;
            let measure = [
                Measure::CreditTime(30), Measure::Pause, Measure::FireExit, Measure::Resume, Measure::ForceSubmit,
                Measure::Reopen(10), Measure::GiveBackOutage(at(now - seconds)),
                Measure::BeginBreak, Measure::EndBreak, Measure::UseUpBreak,
            ][which];
            if let Some(next) = case.after(measure, &exam(), at(now)) {
                prop_assert!(next.attempt.deadline_at >= case.attempt.deadline_at, "{:?}", measure);
                case = next;
            }
            let lasts = case.grants.pauses.iter().any(|pause| pause.until.is_none());
            prop_assert_eq!(lasts, case.attempt.paused_at.is_some());
            prop_assert!(!case.is_blanked || lasts || case.break_ends_at.is_some());
        }
    }
}
