//! Sitting an exam: rules at the start, attempts, drawn questions, computers, and the history of answers.

use super::*;
use crate::exam::admission::{Arrival, Obstacle};
use crate::exam::invigilation::Measure;
use crate::exam::paper::{Draw, Navigation, PaperRules, Section, SectionItem};
use crate::exam::{AttemptId, DeviceId};
use crate::store::sitting::{ActionOutcome, ActionReceipt, ActionRequest, Target};
use crate::store::{Role, SittingStore as _, Staff};

impl Fixture {
    pub(super) async fn set_rules(&self, rules: &str) {
        let sql = format!("UPDATE exams SET rules = '{rules}' WHERE code = 'test'");
        self.store.execute_raw(sql).await;
    }

    pub(super) async fn admin(&self) -> Staff {
        staff(self.user("admin").await, Role::Administrator)
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
