//! Sitting an exam and watching it: rules at the start, computers, pauses, actions, messages and the log of them.

use super::*;
use crate::exam::admission::{Arrival, Obstacle};
use crate::exam::event::{Event, EventKind, Report};
use crate::exam::invigilation::Measure;
use crate::exam::paper::{Draw, Navigation, PaperRules, Section, SectionItem};
use crate::exam::{AttemptId, DeviceId, EventId, Phase};
use crate::store::Staff;
use crate::store::sitting::{ActionOutcome, ActionReceipt, ActionRequest, Target};
use crate::store::{NewAccount, Role, SittingStore as _};

impl Fixture {
    pub(super) async fn set_rules(&self, rules: &str) {
        let sql = format!("UPDATE exams SET rules = '{rules}' WHERE code = 'test'");
        self.store.execute_raw(sql).await;
    }

    pub(super) async fn admin(&self) -> Staff {
        Staff {
            user: self.user("admin").await,
            role: Role::Administrator,
        }
    }

    /// An action on all by an administrator.
    pub(super) async fn order(&self, key: &str, measure: Measure) -> ActionRequest {
        ActionRequest {
            staff: self.admin().await,
            exam: self.exam,
            key: key.to_owned(),
            request_hash: key.to_owned(),
            target: Target::All,
            measure: Some(measure),
            message: None,
            reason: None,
            now: now(),
        }
    }

    pub(super) async fn act(&self, request: &ActionRequest) -> ActionReceipt {
        match self.store.act(request).await.unwrap() {
            ActionOutcome::Done(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn record(&self, student: usize, at: DateTime<Utc>) -> AttemptRecord {
        let id = self.records[student].attempt.id;
        let record = self.store.attempt(id, self.students[student], at).await;
        record.unwrap().unwrap()
    }

    pub(super) async fn save_one(&self, request: SaveRequest) -> SaveOutcome {
        let outcomes = self.store.save_answers(&[request], now()).await;
        outcomes.unwrap().remove(0)
    }

    pub(super) fn attempt_id(&self, student: usize) -> AttemptId {
        self.records[student].attempt.id
    }
}

pub(super) fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

fn obstacle(outcome: &StartOutcome) -> Option<Obstacle> {
    match outcome {
        StartOutcome::Refused { obstacle, .. } => Some(*obstacle),
        _ => None,
    }
}

/// See its name.
pub async fn the_rules_of_an_exam_decide_who_may_start(ground: Ground) {
    let fixture = fixture(ground).await;
    let rules = r#"{"late_start":{"keeps_time":{"within_seconds":60}},"access_code":"Larch","networks":["10.0.0.0/8"]}"#;
    fixture.set_rules(rules).await;
    let user = fixture.user("three").await;
    let start = async |code: Option<&str>, address: &str, at: DateTime<Utc>| {
        let request = StartRequest {
            now: at,
            arrival: Arrival {
                access_code: code.map(str::to_owned),
                address: Some(address.parse().unwrap()),
                ..Arrival::default()
            },
            ..fixture.start_request(user)
        };
        fixture.store.start_attempt(request).await.unwrap()
    };
    let here = "10.1.2.3";
    for (code, address, at, expected) in [
        (Some("Larch"), here, now() + minutes(2), Obstacle::TooLate),
        (Some("Larch"), "192.0.2.1", now(), Obstacle::WrongNetwork),
        (None, here, now(), Obstacle::AccessCodeMissing),
        (Some("larch"), here, now(), Obstacle::AccessCodeWrong),
    ] {
        let outcome = start(code, address, at).await;
        assert_eq!(obstacle(&outcome), Some(expected), "{outcome:?}");
    }
    let set_state = async |state: &str| {
        let sql = format!("UPDATE exams SET state = '{state}' WHERE code = 'test'");
        fixture.store.execute_raw(sql).await;
    };
    set_state("draft").await;
    let outcome = start(Some("Larch"), here, now()).await;
    assert!(matches!(outcome, StartOutcome::NotFound), "{outcome:?}");
    set_state("closed").await;
    let outcome = start(Some("Larch"), here, now()).await;
    assert_eq!(obstacle(&outcome), Some(Obstacle::ExamClosed));
    set_state("published").await;
    let outcome = start(Some("Larch"), here, now()).await;
    assert!(matches!(outcome, StartOutcome::Started(_)), "{outcome:?}");
    // Going on needs no code, and no earlier start; but the place still has to be right.
    let outcome = start(None, here, now() + minutes(5)).await;
    assert!(matches!(outcome, StartOutcome::Resumed(_)), "{outcome:?}");
    let outcome = start(None, "192.0.2.1", now()).await;
    assert_eq!(obstacle(&outcome), Some(Obstacle::WrongNetwork));
}

/// See its name.
pub async fn attempts_are_made_one_after_the_other_as_many_as_are_allowed(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.set_rules(r#"{"attempts_allowed":2}"#).await;
    let user = fixture.students[0];
    let start = async |number| {
        let request = StartRequest {
            number,
            ..fixture.start_request(user)
        };
        fixture.store.start_attempt(request).await.unwrap()
    };
    let outcome = start(Some(2)).await;
    assert_eq!(obstacle(&outcome), Some(Obstacle::AttemptOpen));
    let first = fixture.attempt_id(0);
    let submitted = fixture.store.submit_attempt(first, user, now()).await;
    submitted.unwrap().unwrap();
    let StartOutcome::Resumed(record) = start(None).await else {
        panic!("a repeated start began anew")
    };
    assert_eq!((record.attempt.id, record.number), (first, 1));
    for _ in 0..2 {
        let record = match start(Some(2)).await {
            StartOutcome::Started(record) | StartOutcome::Resumed(record) => record,
            other => panic!("{other:?}"),
        };
        assert_eq!((record.attempt.submitted_at, record.number), (None, 2));
    }
    let listed = fixture.store.exams_of(user).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_ne!(listed[0].attempt.as_ref().unwrap().id, first);
    assert_eq!(fixture.store.count_rows("attempts").await, 3);
    for number in [0, 3] {
        let outcome = start(Some(number)).await;
        assert_eq!(obstacle(&outcome), Some(Obstacle::NoAttemptLeft));
    }
}

/// See its name.
pub async fn extra_time_granted_before_is_in_the_deadline(ground: Ground) {
    let fixture = fixture(ground).await;
    let granted = r#"{"extra_percent":25,"extra_seconds":60,"break_seconds":0}"#;
    let sql = format!("UPDATE candidates SET accommodation = '{granted}'");
    fixture.store.execute_raw(sql).await;
    let user = fixture.user("three").await;
    let StartOutcome::Started(record) = fixture.start(user).await else {
        panic!("not started")
    };
    let extra = TimeDelta::seconds(600 + 150 + 60);
    assert_eq!(record.attempt.deadline_at, now() + extra);
    // A credit keeps what was granted before.
    fixture
        .act(&fixture.order("credit", Measure::CreditTime(30)).await)
        .await;
    let record = fixture.store.attempt(record.attempt.id, user, now()).await;
    let attempt = record.unwrap().unwrap().attempt;
    assert_eq!(attempt.deadline_at, now() + extra + TimeDelta::seconds(30));
}

/// Two of four statements, to be answered one after the other.
fn drawn() -> NewExam {
    let statement = || {
        let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
        Question::new("a statement", 1.into(), kind)
    };
    let section = Section {
        items: vec![SectionItem::Draw(Draw {
            count: 2,
            ..Draw::default()
        })],
        ..Section::default()
    };
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Drawn".to_owned(),
        duration: minutes(10),
    };
    let rules = PaperRules {
        navigation: Navigation::QuestionsInOrder,
        ..PaperRules::default()
    };
    let questions = (0..4).map(|_| statement()).collect();
    NewExam {
        code: "drawn",
        paper: Paper::with_sections(header, rules, questions, vec![section]),
    }
}

/// See its name.
pub async fn only_drawn_questions_are_answered_and_none_that_was_left_behind(ground: Ground) {
    let store = ground.open().await;
    store.migrate(false).await.unwrap();
    let drawn = drawn();
    let questions = drawn.paper.questions();
    let exam = store.seed_demo(&drawn, &seed(&["one"])).await.unwrap();
    let user = store.account_by_login("one").await.unwrap().unwrap().id;
    let request = StartRequest::new(exam, user, now(), [7; 16]);
    let StartOutcome::Started(record) = store.start_attempt(request).await.unwrap() else {
        panic!("not started")
    };
    let asked: Vec<QuestionId> = record
        .layout
        .questions
        .iter()
        .map(|place| place.question_id)
        .collect();
    let not_drawn = questions
        .iter()
        .find(|question| !asked.contains(&question.id));
    let answer = |question_id, sequence| Answer {
        question_id,
        response: Response::Value(true),
        sequence: Sequence::new(sequence).unwrap(),
        flagged: None,
    };
    let other = ground.open().await;
    let id = record.attempt.id;
    for (store, answers, expected) in [
        (
            &store,
            vec![answer(not_drawn.unwrap().id, 1)],
            (0, vec!["invalid-answer"]),
        ),
        // In one request the order in which they were made counts.
        (
            &store,
            vec![answer(asked[1], 6), answer(asked[0], 5)],
            (2, vec![]),
        ),
        (
            &store,
            vec![answer(asked[0], 7)],
            (0, vec!["question-closed"]),
        ),
        // Another process knows how far somebody came.
        (
            &other,
            vec![answer(asked[0], 8)],
            (0, vec!["question-closed"]),
        ),
        (&other, vec![answer(asked[1], 9)], (1, vec![])),
    ] {
        let request = SaveRequest::new(id, user, answers, now());
        let outcomes = store.save_answers(&[request], now()).await.unwrap();
        let (saved, reasons) = decided(&outcomes[0]);
        let reasons = reasons.into_iter().map(RefusalReason::as_str).collect();
        assert_eq!((saved, reasons), expected);
    }
}

/// See its name.
pub async fn the_newest_computer_holds_the_attempt_and_the_old_one_loses_nothing(ground: Ground) {
    let fixture = fixture(ground).await;
    let (old, new) = (DeviceId::generate(), DeviceId::generate());
    let hold = async |device: DeviceId, at: DateTime<Utc>| {
        let request = StartRequest {
            device: Some(device),
            now: at,
            ..fixture.start_request(fixture.students[0])
        };
        let outcome = fixture.store.start_attempt(request).await.unwrap();
        assert!(matches!(outcome, StartOutcome::Resumed(_)), "{outcome:?}");
    };
    let taken_over = now() + minutes(1);
    hold(old, now()).await;
    hold(new, taken_over).await;
    hold(new, taken_over + minutes(1)).await;
    let save = async |device: DeviceId, question: usize, made_at: DateTime<Utc>| {
        let sequence = made_at.timestamp_millis();
        let question = fixture.question(question);
        let response = if question == fixture.question(1) {
            Response::Value(true)
        } else {
            Response::Cleared
        };
        let save = fixture.save(0, question, sequence, response);
        fixture
            .save_one(SaveRequest {
                device: Some(device),
                ..save
            })
            .await
    };
    let before = save(old, 1, taken_over - TimeDelta::seconds(1)).await;
    assert_eq!(decided(&before), (1, vec![]));
    let SaveOutcome::Decided { standing, .. } = &before else {
        panic!("{before:?}")
    };
    assert!(standing.is_elsewhere(Some(old)) && !standing.is_elsewhere(Some(new)));
    let after = taken_over + TimeDelta::seconds(1);
    let elsewhere = (0, vec![RefusalReason::AttemptElsewhere]);
    for _ in 0..2 {
        assert_eq!(decided(&save(old, 0, after).await), elsewhere);
    }
    assert_eq!(decided(&save(new, 0, after).await), (1, vec![]));
    // Two that count, and the one that was set aside once.
    assert_eq!(fixture.store.count_rows("answer_history").await, 3);
    let aside = "answer_history WHERE is_set_aside = 1";
    assert_eq!(fixture.store.count_rows(aside).await, 1);
    let noted = "attempt_events WHERE kind = 'second_device'";
    assert_eq!(fixture.store.count_rows(noted).await, 1);
}

/// See its name.
pub async fn every_save_stays_in_the_history(ground: Ground) {
    let fixture = fixture(ground).await;
    let question = fixture.question(1);
    let batch = [
        fixture.save(0, question, 1, Response::Value(true)),
        fixture.save(0, question, 2, Response::Value(false)),
        fixture.save(0, question, 2, Response::Value(false)),
        fixture.save(0, question, 1, Response::Cleared),
        fixture.save(1, question, 9, Response::Cleared),
    ];
    for _ in 0..2 {
        fixture.store.save_answers(&batch, now()).await.unwrap();
    }
    assert_eq!(fixture.store.count_rows("answer_history").await, 3);
    let first = "answer_history WHERE sequence = 1 AND response LIKE '%true%'";
    assert_eq!(fixture.store.count_rows(first).await, 1);
}

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
        ("all", Target::All, [2, 3]),
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
        staff.push(Staff {
            user,
            role: Role::Invigilator,
        });
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
        let messages = fixture.store.messages(attempt).await.unwrap();
        messages.into_iter().map(|message| message.body).collect()
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
pub async fn the_log_of_actions_is_a_chain_that_tells_of_changes(ground: Ground) {
    let fixture = fixture(ground).await;
    for number in 0..4 {
        let order = fixture
            .order(&format!("key {number}"), Measure::CreditTime(1))
            .await;
        fixture.act(&order).await;
    }
    let store = &fixture.store;
    let end = store.check_audit().await.unwrap().unwrap();
    assert_eq!(end.number, 4);
    let page = store.audit(1, 2).await.unwrap();
    let numbers: Vec<i64> = page.lines.iter().map(|line| line.line.number).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(page.chain.unwrap().hash, page.lines[1].hash);
    assert_eq!(store.audit(4, 10).await.unwrap().lines, []);

    let change = "UPDATE audit_log SET action = 'pause' WHERE number = 3".to_owned();
    store.execute_raw(change).await;
    assert_eq!(store.check_audit().await.unwrap(), Err(3));
    assert_eq!(store.audit(0, 10).await.unwrap().chain, Err(3));
    let undo = "UPDATE audit_log SET action = 'credit_time' WHERE number = 3".to_owned();
    store.execute_raw(undo).await;
    assert_eq!(store.check_audit().await.unwrap(), Ok(end));
    for table in ["audit_attempts", "audit_log"] {
        store
            .execute_raw(format!("DELETE FROM {table} WHERE number = 4"))
            .await;
    }
    assert_eq!(store.check_audit().await.unwrap(), Err(4));
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
