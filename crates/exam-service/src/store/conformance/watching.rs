//! Watching an exam, and what the service does by itself: the board, timelines, what is over, and outages.

use super::sitting::minutes;
use super::*;
use crate::exam::event::{Event, EventKind, Report};
use crate::exam::invigilation::Measure;
use crate::exam::{EventId, Phase};
use crate::store::sitting::{ActionRequest, Happening, Outage};
use crate::store::{AuditStore as _, Role, SittingStore as _};

fn reported(fixture: &Fixture, kind: EventKind) -> SaveRequest {
    let event = Event {
        id: EventId::generate(),
        kind,
        occurred_at: now() + minutes(2),
    };
    SaveRequest {
        report: Some(Report {
            seen_revision: None,
            events: vec![event],
        }),
        ..SaveRequest::new(
            fixture.attempt_id(0),
            fixture.students[0],
            Vec::new(),
            now(),
        )
    }
}

/// See its name.
pub async fn the_board_shows_who_is_in_and_how_far_they_are(ground: Ground) {
    let fixture = fixture(ground).await;
    let saved_at = now() + minutes(1);
    let requests = [
        fixture.save(0, fixture.question(1), 1, Response::Value(true)),
        fixture.save(0, fixture.question(0), 1, Response::Cleared),
    ];
    let store = &fixture.store;
    store.save_answers(&requests, saved_at).await.unwrap();
    let seen_at = now() + minutes(2);
    for kind in [
        EventKind::TabHidden,
        EventKind::TabShown,
        EventKind::TabHidden,
    ] {
        let heartbeat = [reported(&fixture, kind)];
        store.save_answers(&heartbeat, seen_at).await.unwrap();
    }
    fixture
        .act(&fixture.order("pause", Measure::Pause).await)
        .await;
    let board = store.board(fixture.exam).await.unwrap();
    let logins: Vec<&str> = board.iter().map(|row| &*row.login).collect();
    assert_eq!(logins, ["one", "three", "two"]);
    let one = board[0].attempt.as_ref().unwrap();
    assert_eq!((one.answered, one.violations, one.number), (1, 2, 1));
    assert_eq!(
        (one.saved_at, one.last_seen_at),
        (Some(saved_at), Some(seen_at))
    );
    assert_eq!(one.attempt.paused_at, Some(now()));
    assert!(!one.is_confirmed);
    assert_eq!(board[1].attempt, None);
    let two = board[2].attempt.as_ref().unwrap();
    assert_eq!(
        (two.answered, two.saved_at, two.last_seen_at),
        (0, None, None)
    );
}

/// See its name.
pub async fn a_timeline_tells_what_happened_in_order_to_those_whose_exam_it_is(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let save = fixture.save(0, fixture.question(1), 7, Response::Value(true));
    let saved = store.save_answers(&[save], now() + minutes(1)).await;
    saved.unwrap();
    let event = [reported(&fixture, EventKind::Paste)];
    store
        .save_answers(&event, now() + minutes(2))
        .await
        .unwrap();
    let order = ActionRequest {
        now: now() + minutes(3),
        ..fixture.order("submit", Measure::ForceSubmit).await
    };
    fixture.act(&order).await;
    let (admin, id) = (fixture.admin().await, fixture.attempt_id(0));
    let later = now() + minutes(5);
    let timeline = store.timeline(admin, id, later).await.unwrap().unwrap();
    assert!(!timeline.is_cut);
    let told: Vec<String> = timeline
        .entries
        .iter()
        .map(|entry| match &entry.what {
            Happening::Started => "started".to_owned(),
            Happening::Submitted => "submitted".to_owned(),
            Happening::Saved { sequence, .. } => format!("saved {sequence}"),
            Happening::Event { kind, .. } => kind.clone(),
            Happening::Checked { sequence, .. } => format!("checked {sequence}"),
            Happening::Noted(_) => "noted".to_owned(),
            Happening::Action { action, .. } => action.clone(),
        })
        .collect();
    let expected = ["started", "saved 7", "paste", "force_submit", "submitted"];
    assert_eq!(told, expected);
    assert!(!timeline.questions.is_empty());
    let damage = "UPDATE attempts SET layout = 'nonsense'".to_owned();
    store.execute_raw(damage).await;
    let damaged = store.timeline(admin, id, later).await.unwrap().unwrap();
    assert_eq!(damaged.questions, Vec::<String>::new());
    assert_eq!(damaged.entries, timeline.entries);
    let stranger = staff(fixture.students[0], Role::Lecturer);
    assert_eq!(store.timeline(stranger, id, later).await.unwrap(), None);
    let nobody = store.timeline(admin, crate::exam::AttemptId::generate(), later);
    assert_eq!(nobody.await.unwrap(), None);
}

/// See its name.
pub async fn what_is_over_is_handed_in_once_it_is_settled_by_as_many_processes_as_like(
    ground: Ground,
) {
    let fixture = fixture(ground).await;
    let deadline = now() + minutes(10);
    let other = Arc::new(fixture.ground.open().await);
    let pause = fixture.order("pause", Measure::Pause).await;
    let pause = ActionRequest {
        target: crate::store::sitting::Target::Attempts(vec![fixture.attempt_id(1)]),
        ..pause
    };
    fixture.act(&pause).await;
    let settled = deadline + TimeDelta::seconds(35);
    assert_eq!(fixture.store.submit_overdue(settled, 10).await.unwrap(), 0);
    let after = settled + TimeDelta::milliseconds(1);
    let (one, another) = tokio::join!(
        fixture.store.submit_overdue(after, 10),
        other.submit_overdue(after, 10)
    );
    assert_eq!(one.unwrap() + another.unwrap(), 1);
    let record = fixture.record(0, after).await;
    assert_eq!(record.attempt.submitted_at, Some(deadline));
    // What is paused is never over.
    assert_eq!(
        fixture.record(1, after).await.attempt.phase(after),
        Phase::Open
    );
    let resume = ActionRequest {
        now: after,
        ..fixture.order("resume", Measure::Resume).await
    };
    fixture.act(&resume).await;
    let much_later = after + minutes(60);
    assert_eq!(other.submit_overdue(much_later, 10).await.unwrap(), 1);
    assert_eq!(other.submit_overdue(much_later, 10).await.unwrap(), 0);
}

/// See its name.
pub async fn time_in_which_nobody_was_served_is_given_back_once(ground: Ground) {
    let fixture = fixture(ground).await;
    let note = async |at: DateTime<Utc>| fixture.store.note_serving(at).await.unwrap();
    // The first time ever, a short gap, and a clock that was set back are none.
    for at in [now(), now() + TimeDelta::seconds(30), now()] {
        assert_eq!(note(at).await, None);
    }
    let last = now() + TimeDelta::seconds(30);
    // The outage lasts beyond the deadline of ten minutes.
    let back = now() + minutes(20);
    let other = fixture.ground.open().await;
    let (one, another) = tokio::join!(
        fixture.store.note_serving(back),
        other.note_serving(back + TimeDelta::milliseconds(1))
    );
    let found = [one.unwrap(), another.unwrap()];
    let outage = found.iter().flatten().collect::<Vec<_>>();
    assert_eq!(outage.len(), 1, "{found:?}");
    assert_eq!(
        (
            outage[0].from,
            outage[0].given_back,
            outage[0].is_left_to_staff
        ),
        (last, 2, false)
    );
    let record = fixture.record(0, back).await;
    let lost = record.attempt.deadline_at - (now() + minutes(10)) - (back - last);
    assert!(lost.abs() <= TimeDelta::milliseconds(1), "{lost}");
    assert_eq!(record.attempt.submitted_at, None);
    assert_eq!(record.standing.revision, 1);
    let messages = fixture
        .store
        .messages(fixture.attempt_id(0))
        .await
        .unwrap()
        .messages;
    assert!(messages[0].body.contains("19 min 30 s"), "{messages:?}");
    assert_eq!(
        fixture.store.check_audit().await.unwrap().unwrap().number,
        1
    );
    // Who started later lost less, and who had handed in nothing.
    let user = fixture.user("three").await;
    let request = StartRequest {
        now: back,
        ..fixture.start_request(user)
    };
    let StartOutcome::Started(late) = fixture.store.start_attempt(request).await.unwrap() else {
        panic!("not started")
    };
    let id = fixture.attempt_id(1);
    let submitted = fixture.store.submit_attempt(id, fixture.students[1], back);
    submitted.await.unwrap().unwrap();
    note(back + TimeDelta::seconds(10)).await;
    let again = note(back + minutes(2)).await.unwrap();
    assert_eq!(again.given_back, 2);
    let late = fixture.store.attempt(late.attempt.id, user, back).await;
    let late = late.unwrap().unwrap().attempt;
    assert_eq!(
        late.deadline_at,
        back + minutes(10) + TimeDelta::seconds(110)
    );
    let submitted = fixture.record(1, back).await.attempt;
    assert_eq!(submitted.submitted_at, Some(back));
}

/// See its name.
pub async fn an_exam_may_keep_outages_and_a_night_is_none(ground: Ground) {
    let fixture = fixture(ground).await;
    let note = async |at: DateTime<Utc>| fixture.store.note_serving(at).await.unwrap();
    fixture.set_rules(r#"{"gives_back_outages":false}"#).await;
    note(now()).await;
    let kept = Outage {
        from: now(),
        given_back: 0,
        is_left_to_staff: false,
    };
    assert_eq!(note(now() + minutes(5)).await, Some(kept));
    fixture.set_rules("{}").await;
    let night = note(now() + minutes(300)).await.unwrap();
    assert!(night.is_left_to_staff);
    let unchanged = fixture.record(0, now()).await.attempt;
    assert_eq!(unchanged.deadline_at, now() + minutes(10));
}
