//! Breaks that students take, and answers that they have checked in practice.

use super::sitting::minutes;
use super::*;
use crate::exam::Phase;
use crate::exam::invigilation::Measure;
use crate::exam::timing::BreaksLeft;
use crate::store::sitting::{ActionRequest, Happening};
use crate::store::{
    BreakOutcome, BreakStep, BreakStore as _, PracticeStore as _, SittingStore as _,
};

impl Fixture {
    async fn grant_breaks(&self, seconds: i64) {
        let granted = r#"{"extra_percent":0,"extra_seconds":0,"break_seconds":SECONDS}"#;
        let granted = granted.replace("SECONDS", &seconds.to_string());
        let sql = format!("UPDATE candidates SET accommodation = '{granted}'");
        self.store.execute_raw(sql).await;
    }

    async fn take_break(&self, step: BreakStep, at: DateTime<Utc>) -> BreakOutcome {
        let (attempt, user) = (self.attempt_id(0), self.students[0]);
        let taken = self.store.take_break(attempt, user, step, at).await;
        taken.unwrap().unwrap()
    }

    /// What a page is told to which nothing was said.
    async fn has_breaks(&self) -> bool {
        let told = self.store.messages(self.attempt_id(0)).await.unwrap();
        assert!(told.messages.is_empty());
        told.has_breaks
    }

    /// What the timeline tells of breaks and checks.
    async fn told(&self, at: DateTime<Utc>) -> Vec<(i64, String)> {
        let timeline = self
            .store
            .timeline(self.admin().await, self.attempt_id(0), at);
        let entries = timeline.await.unwrap().unwrap().entries.into_iter();
        let told = entries.filter_map(|entry| {
            let word = match entry.what {
                Happening::Event { kind, .. } => kind,
                Happening::Checked { sequence, .. } => format!("checked {sequence}"),
                _ => return None,
            };
            Some(((entry.at - now()).num_minutes(), word))
        });
        told.collect()
    }
}

/// How many, and how many minutes together.
fn counted(left: Option<BreaksLeft>) -> Option<(usize, i64)> {
    left.map(|left| (left.count, left.time.num_minutes()))
}

/// See its name.
pub async fn a_break_stops_the_clock_as_far_as_it_was_granted(ground: Ground) {
    let fixture = fixture(ground).await;
    let at = |count| now() + minutes(count);
    let refused = fixture.take_break(BreakStep::Begin, at(1)).await;
    assert_eq!((refused.is_changed, refused.left), (false, None));
    assert!(!fixture.has_breaks().await);
    let nothing = fixture
        .store
        .breaks_left(fixture.attempt_id(0), at(1))
        .await;
    assert_eq!(nothing.unwrap(), None);
    fixture.grant_breaks(5 * 60).await;
    assert!(fixture.has_breaks().await);
    let stranger = (fixture.attempt_id(0), fixture.students[1]);
    let nobodys = fixture
        .store
        .take_break(stranger.0, stranger.1, BreakStep::Begin, at(1));
    assert_eq!(nobodys.await.unwrap(), None);

    let began = fixture.take_break(BreakStep::Begin, at(2)).await;
    assert_eq!(
        (began.is_changed, counted(began.left)),
        (true, Some((49, 5)))
    );
    assert!(!fixture.take_break(BreakStep::Begin, at(3)).await.is_changed);
    let record = fixture.record(0, at(4)).await;
    assert_eq!(record.attempt.remaining_ms(at(4)), 8 * 60_000);
    assert_eq!(record.standing.break_ends_at, Some(at(7)));
    assert!(record.standing.is_blanked);
    assert_eq!(record.standing.revision, 0, "there is nothing to confirm");
    let save = SaveRequest {
        received_at: at(4),
        ..fixture.save(0, fixture.question(1), 1, Response::Value(true))
    };
    let SaveOutcome::Decided {
        saved, standing, ..
    } = fixture.save_one(save).await
    else {
        panic!("not saved")
    };
    assert_eq!((saved.len(), standing.break_ends_at), (1, Some(at(7))));
    let board = fixture.store.board(fixture.exam).await.unwrap();
    let on_break = board
        .iter()
        .filter_map(|row| row.attempt.as_ref()?.break_ends_at);
    assert_eq!(on_break.collect::<Vec<_>>(), [at(7)]);

    let back = fixture.take_break(BreakStep::End, at(5)).await;
    assert_eq!((back.is_changed, counted(back.left)), (true, Some((49, 2))));
    let still = fixture
        .store
        .breaks_left(fixture.attempt_id(0), at(5))
        .await;
    assert_eq!(counted(still.unwrap()), Some((49, 2)));
    assert!(!fixture.take_break(BreakStep::End, at(5)).await.is_changed);
    let record = fixture.record(0, at(5)).await;
    assert_eq!(record.attempt.deadline_at, at(13));
    assert!(!record.standing.is_blanked);
    assert_eq!(
        fixture.told(at(6)).await,
        [(2, "break_begun".to_owned()), (5, "break_ended".to_owned())]
    );
    // A pause by staff is not theirs to end.
    let pause = ActionRequest {
        now: at(6),
        ..fixture.order("pause", Measure::Pause).await
    };
    fixture.act(&pause).await;
    for step in [BreakStep::Begin, BreakStep::End] {
        assert!(!fixture.take_break(step, at(7)).await.is_changed);
    }
    assert!(fixture.record(0, at(8)).await.attempt.paused_at.is_some());
}

/// See its name.
pub async fn a_break_that_is_used_up_ends_for_the_clock_once(ground: Ground) {
    let fixture = fixture(ground).await;
    let at = |count| now() + minutes(count);
    fixture.grant_breaks(5 * 60).await;
    fixture.take_break(BreakStep::Begin, at(2)).await;
    assert_eq!(fixture.store.use_up_breaks(at(6), 100).await.unwrap(), 0);
    let other = fixture.ground.open().await;
    let (one, two) = tokio::join!(
        fixture.store.use_up_breaks(at(9), 100),
        other.use_up_breaks(at(9), 100)
    );
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    let record = fixture.record(0, at(9)).await;
    assert_eq!(record.attempt.paused_at, None);
    assert_eq!(record.attempt.deadline_at, at(15));
    assert!(record.standing.is_blanked, "the student is still away");
    assert_eq!(record.attempt.phase(at(16)), Phase::Overdue);
    let back = fixture.take_break(BreakStep::End, at(10)).await;
    assert_eq!((back.is_changed, counted(back.left)), (true, Some((0, 0))));
    let refused = fixture.take_break(BreakStep::Begin, at(11)).await;
    assert_eq!(
        (refused.is_changed, counted(refused.left)),
        (false, Some((0, 0)))
    );
    let record = fixture.record(0, at(11)).await;
    assert_eq!(record.attempt.deadline_at, at(15));
    assert!(!record.standing.is_blanked);
    assert_eq!(
        fixture.told(at(12)).await,
        [
            (2, "break_begun".to_owned()),
            (7, "break_used_up".to_owned()),
            (10, "break_ended".to_owned())
        ]
    );
    other.close().await.unwrap();
}

/// See its name.
pub async fn each_save_that_is_checked_in_practice_is_one_try(ground: Ground) {
    let fixture = fixture(ground).await;
    let check = async |question: usize, sequence, minute| {
        let question = fixture.question(question);
        let sequence = Sequence::new(sequence).unwrap();
        let noted = fixture.store.note_check(
            fixture.attempt_id(0),
            question,
            sequence,
            now() + minutes(minute),
        );
        noted.await.unwrap()
    };
    assert_eq!(check(1, 1, 1).await, 1);
    assert_eq!(check(1, 1, 2).await, 1);
    assert_eq!(check(1, 5, 3).await, 2);
    assert_eq!(check(0, 1, 4).await, 1);
    let (one, two) = tokio::join!(check(0, 9, 5), check(0, 9, 5));
    assert_eq!((one, two), (2, 2));
    let told = fixture.told(now() + minutes(6)).await;
    let told: Vec<(i64, &str)> = told.iter().map(|(at, word)| (*at, &**word)).collect();
    assert_eq!(
        told,
        [
            (1, "checked 1"),
            (3, "checked 5"),
            (4, "checked 1"),
            (5, "checked 9")
        ]
    );
}
