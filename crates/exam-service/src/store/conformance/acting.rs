//! What staff do to those who sit an exam: pauses, credits, messages, whom they reach, and the log of them.

use super::sitting::minutes;
use super::*;
use crate::exam::event::{Event, EventKind, Report};
use crate::exam::invigilation::Measure;
use crate::exam::{AttemptId, EventId, Phase};
use crate::store::Staff;
use crate::store::sitting::{ActionOutcome, ActionRequest, Target};
use crate::store::{AuditStore as _, NewAccount, Role, SittingStore as _};

/// See its name.
pub async fn a_pause_stops_the_clock_and_takes_answers_and_resuming_gives_it_back(ground: Ground) {
    let fixture = fixture(ground).await;
    let at = |count| now() + minutes(count);
    let order = async |key: &str, measure, now| ActionRequest {
        now,
        ..fixture.order(key, measure).await
    };
    let paused = fixture
        .act(&order("pause", Measure::Pause, at(4)).await)
        .await;
    assert_eq!((paused.targeted, paused.changed), (2, 2));
    let record = fixture.record(0, at(600)).await;
    assert_eq!(record.attempt.phase(at(600)), Phase::Open);
    assert_eq!(record.attempt.remaining_ms(at(600)), 6 * 60_000);
    assert_eq!(fixture.store.count_open_attempts(at(600)).await.unwrap(), 2);
    assert_eq!(fixture.store.calendar(at(600)).await.unwrap().running, 1);
    let save = SaveRequest {
        received_at: at(600),
        ..fixture.save(0, fixture.question(1), 1, Response::Value(true))
    };
    assert_eq!(decided(&fixture.save_one(save).await), (1, vec![]));
    let again = order("pause again", Measure::Pause, at(5)).await;
    assert_eq!(fixture.act(&again).await.changed, 0);
    fixture
        .act(&order("fire", Measure::FireExit, at(6)).await)
        .await;
    assert!(fixture.record(1, at(7)).await.standing.is_blanked);
    fixture
        .act(&order("resume", Measure::Resume, at(24)).await)
        .await;
    let record = fixture.record(0, at(24)).await;
    assert_eq!(record.attempt.deadline_at, at(30));
    assert_eq!(record.attempt.paused_at, None);
    assert!(!record.standing.is_blanked);
    // Pause, fire exit, resume.
    assert_eq!(record.standing.revision, 3);
    fixture
        .act(&order("submit", Measure::ForceSubmit, at(25)).await)
        .await;
    let record = fixture.record(0, at(26)).await;
    assert_eq!(record.attempt.submitted_at, Some(at(25)));
    fixture
        .act(&order("reopen", Measure::Reopen(60), at(40)).await)
        .await;
    let record = fixture.record(0, at(40)).await;
    assert_eq!(record.attempt.submitted_at, None);
    assert_eq!(record.attempt.deadline_at, at(46));
}

/// See its name.
pub async fn an_action_is_done_once_for_each_key(ground: Ground) {
    let fixture = fixture(ground).await;
    let order = fixture.order("key", Measure::CreditTime(60)).await;
    let first = fixture.act(&order).await;
    let later = ActionRequest {
        now: now() + minutes(1),
        ..order.clone()
    };
    assert_eq!(fixture.act(&later).await, first);
    let other = ActionRequest {
        request_hash: "something else".to_owned(),
        ..order.clone()
    };
    let outcome = fixture.store.act(&other).await.unwrap();
    assert_eq!(outcome, ActionOutcome::KeyUsedBefore);
    // Sent many times at once, from two processes.
    let stores = [
        Arc::clone(&fixture.store),
        Arc::new(fixture.ground.open().await),
    ];
    let order = fixture.order("second key", Measure::CreditTime(60)).await;
    let acts: Vec<_> = (0..6_usize)
        .map(|number| {
            let (store, order) = (Arc::clone(&stores[number % 2]), order.clone());
            tokio::spawn(async move { store.act(&order).await.unwrap() })
        })
        .collect();
    let mut outcomes = Vec::new();
    for act in acts {
        outcomes.push(act.await.unwrap());
    }
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
    let record = fixture.record(0, now()).await;
    assert_eq!(record.attempt.deadline_at, now() + minutes(12));
    assert_eq!(fixture.store.count_rows("audit_log").await, 2);
}

/// See its name.
pub async fn actions_reach_whom_they_are_meant_for(ground: Ground) {
    let fixture = fixture(ground).await;
    let users = &fixture.students;
    for (user, seat) in [(users[0], "H1-001"), (users[1], "H2-001")] {
        let sql = format!("UPDATE candidates SET seat = '{seat}' WHERE user_id = '{user}'");
        fixture.store.execute_raw(sql).await;
    }
    let (course, group) = (ExamId::generate(), ExamId::generate());
    for sql in [
        format!(
            "INSERT INTO courses (id, code, title, created_at) VALUES ('{course}', 'C', 'C', 0)"
        ),
        format!(
            "INSERT INTO course_groups (id, course_id, name) VALUES ('{group}', '{course}', 'G')"
        ),
        format!(
            "INSERT INTO group_members (group_id, user_id) VALUES ('{group}', '{}')",
            users[1]
        ),
    ] {
        fixture.store.execute_raw(sql).await;
    }
    for (key, target, expected) in [
        ("room", Target::Room("H1-".to_owned()), [1, 0]),
        ("group", Target::Group(group.to_string()), [1, 1]),
        (
            "one",
            Target::Attempts(vec![fixture.attempt_id(1), AttemptId::generate()]),
            [1, 2],
        ),
        ("nobody", Target::Room("h1-".to_owned()), [1, 2]),
        // Without a plan, by the beginning of the seat.
        ("building", Target::Room("H".to_owned()), [2, 3]),
        ("all", Target::All, [3, 4]),
    ] {
        let order = ActionRequest {
            target,
            ..fixture.order(key, Measure::CreditTime(60)).await
        };
        fixture.act(&order).await;
        for (student, credits) in expected.into_iter().enumerate() {
            let record = fixture.record(student, now()).await;
            assert_eq!(
                record.attempt.deadline_at,
                now() + minutes(10 + credits),
                "{key}"
            );
        }
    }
}

/// See its name.
pub async fn staff_act_on_the_exams_of_their_courses_only(ground: Ground) {
    let fixture = fixture(ground).await;
    let course = ExamId::generate();
    let sql = format!(
        "INSERT INTO courses (id, code, title, created_at) VALUES ('{course}', 'C', 'C', 0)"
    );
    fixture.store.execute_raw(sql).await;
    let mut staff = Vec::new();
    for (login, part) in [
        ("watcher", Some("invigilator")),
        ("learner", Some("student")),
        ("stranger", None),
    ] {
        let account = NewAccount {
            login: login.to_owned(),
            display_name: login.to_owned(),
            role: Role::Invigilator,
            password_hash: "hash".to_owned(),
        };
        let user = fixture.store.create_account(account, now()).await.unwrap();
        if let Some(part) = part {
            let sql = format!(
                "INSERT INTO enrolments (course_id, user_id, role) VALUES ('{course}', '{user}', '{part}')"
            );
            fixture.store.execute_raw(sql).await;
        }
        staff.push(super::staff(user, Role::Invigilator));
    }
    let may = async |staff: Staff, key: &str| {
        let order = ActionRequest {
            staff,
            ..fixture.order(key, Measure::CreditTime(1)).await
        };
        fixture.store.act(&order).await.unwrap() != ActionOutcome::NotFound
    };
    // An exam of no course is the administrators'.
    assert!(!may(staff[0], "before").await);
    let sql = format!("UPDATE exams SET course_id = '{course}' WHERE code = 'test'");
    fixture.store.execute_raw(sql).await;
    assert!(may(staff[0], "theirs").await);
    assert!(!may(staff[1], "not staff there").await);
    assert!(!may(staff[2], "not there").await);
    assert!(may(fixture.admin().await, "everywhere").await);
    assert_eq!(fixture.store.count_rows("audit_log").await, 2);
}

/// See its name.
pub async fn messages_reach_those_they_are_for_and_are_confirmed(ground: Ground) {
    let fixture = fixture(ground).await;
    let say = async |key: &str, target, text: &str, minute| {
        let order = ActionRequest {
            target,
            measure: None,
            message: Some(text.to_owned()),
            now: now() + minutes(minute),
            ..fixture.order(key, Measure::Pause).await
        };
        fixture.act(&order).await
    };
    let one = Target::Attempts(vec![fixture.attempt_id(0)]);
    say("one", one, "Only \"you\" ✓", 1).await;
    let all = say("all", Target::All, "Everybody", 2).await;
    assert_eq!((all.targeted, all.changed), (2, 2));
    let heard = async |attempt| -> Vec<String> {
        let told = fixture.store.messages(attempt).await.unwrap();
        told.messages
            .into_iter()
            .map(|message| message.body)
            .collect()
    };
    assert_eq!(
        heard(fixture.attempt_id(0)).await,
        ["Only \"you\" ✓", "Everybody"]
    );
    assert_eq!(heard(fixture.attempt_id(1)).await, ["Everybody"]);
    let user = fixture.user("three").await;
    let StartOutcome::Started(late) = fixture.start(user).await else {
        panic!("not started")
    };
    assert_eq!(heard(late.attempt.id).await, ["Everybody"]);

    let confirm = async |seen: i64| {
        let report = Report {
            seen_revision: Some(seen),
            events: Vec::new(),
        };
        let heartbeat = SaveRequest::new(
            fixture.attempt_id(0),
            fixture.students[0],
            Vec::new(),
            now(),
        );
        let outcome = fixture
            .save_one(SaveRequest {
                report: Some(report),
                ..heartbeat
            })
            .await;
        let SaveOutcome::Decided { standing, .. } = outcome else {
            panic!("{outcome:?}")
        };
        (standing.revision, standing.seen_revision)
    };
    assert_eq!(fixture.record(0, now()).await.standing.seen_revision, 0);
    assert_eq!(confirm(1).await, (2, 1));
    assert_eq!(confirm(0).await, (2, 1));
    // Nobody confirms what was not said yet.
    assert_eq!(confirm(99).await, (2, 2));
    assert_eq!(fixture.record(0, now()).await.standing.seen_revision, 2);
}

/// See its name.
pub async fn actions_and_saves_at_the_same_time_lose_nothing(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = Arc::new(fixture.ground.open().await);
    let orders = async {
        for number in 0..10 {
            let order = fixture
                .order(&format!("key {number}"), Measure::CreditTime(6))
                .await;
            assert_eq!(fixture.act(&order).await.changed, 2);
        }
    };
    let saves = async {
        for sequence in 1..=40 {
            let requests = [1, 0].map(|student| {
                fixture.save(
                    student,
                    fixture.question(1),
                    sequence,
                    Response::Value(true),
                )
            });
            let outcomes = other.save_answers(&requests, now()).await.unwrap();
            assert!(outcomes.iter().all(|outcome| decided(outcome).0 == 1));
        }
    };
    tokio::join!(orders, saves);
    for student in 0..2 {
        let record = fixture.record(student, now()).await;
        assert_eq!(record.attempt.deadline_at, now() + minutes(11));
        assert_eq!(record.standing.revision, 10);
        assert_eq!(record.answers[0].sequence.get(), 40);
    }
    assert_eq!(
        fixture.store.check_audit().await.unwrap().unwrap().number,
        10
    );
    assert_eq!(fixture.store.count_rows("answer_history").await, 80);
}

/// See its name.
pub async fn what_pages_report_is_kept_once_and_bounded(ground: Ground) {
    let fixture = fixture(ground).await;
    let report = |events: Vec<Event>| SaveRequest {
        report: Some(Report {
            seen_revision: None,
            events,
        }),
        ..SaveRequest::new(
            fixture.attempt_id(0),
            fixture.students[0],
            Vec::new(),
            now(),
        )
    };
    let event = |_| Event {
        id: EventId::generate(),
        kind: EventKind::TabHidden,
        occurred_at: now(),
    };
    let some: Vec<Event> = (0..50).map(event).collect();
    let twice = [report(some.clone()), report(some)];
    fixture.store.save_answers(&twice, now()).await.unwrap();
    assert_eq!(fixture.store.count_rows("attempt_events").await, 50);
    for _ in 0..60 {
        let request = report((0..50).map(event).collect());
        fixture.store.save_answers(&[request], now()).await.unwrap();
    }
    assert_eq!(fixture.store.count_rows("attempt_events").await, 2000);
    let mut foreign = report(vec![event(0)]);
    foreign.user = fixture.students[1];
    let outcome = fixture.store.save_answers(&[foreign], now()).await.unwrap();
    assert_eq!(outcome, [SaveOutcome::NotFound]);
}
