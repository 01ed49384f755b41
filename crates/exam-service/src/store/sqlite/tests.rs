//! The store on a real temporary database.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tempfile::TempDir;

use super::connect::{durable_options, open_pool};
use super::*;
use crate::exam::{Answer, QuestionId, RefusalReason, Response, Sequence};
use crate::store::Rotation;

const OPTION: DemoOption = DemoOption {
    text: "option",
    is_correct: true,
};
const EXAM: DemoExam = DemoExam {
    code: "test",
    title: "Test",
    duration_seconds: 600,
    questions: &[
        DemoQuestion {
            text: "choice",
            points: 2,
            options: &[OPTION, OPTION, OPTION],
            correct_value: None,
        },
        DemoQuestion {
            text: "statement",
            points: 1,
            options: &[],
            correct_value: Some(true),
        },
    ],
};

/// A database with one exam and two students, each with an attempt.
struct Fixture {
    store: SqliteStore,
    directory: TempDir,
    students: Vec<UserId>,
    records: Vec<AttemptRecord>,
    exam: ExamId,
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

async fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&directory.path().join("exam.db"))
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let seed = DemoSeed {
        students: vec!["one".to_owned(), "two".to_owned()],
        admin: "admin",
        password_hash: "hash".to_owned(),
        now: now(),
        open_for: TimeDelta::days(1),
    };
    let exam = store.seed_demo(&EXAM, &seed).await.unwrap();
    let (mut students, mut records) = (Vec::new(), Vec::new());
    for login in &seed.students {
        let user = store.account_by_login(login).await.unwrap().unwrap().id;
        let outcome = store
            .start_attempt(StartRequest {
                exam,
                user,
                now: now(),
                seed: [7; 16],
            })
            .await
            .unwrap();
        let StartOutcome::Started(record) = outcome else {
            panic!("{outcome:?}")
        };
        students.push(user);
        records.push(record);
    }
    Fixture {
        store,
        directory,
        students,
        records,
        exam,
    }
}

impl Fixture {
    fn question(&self, index: usize) -> QuestionId {
        self.records[0].paper.questions()[index].id
    }

    fn save(
        &self,
        student: usize,
        question: QuestionId,
        sequence: i64,
        response: Response,
    ) -> SaveRequest {
        let sequence = Sequence::new(sequence).unwrap();
        SaveRequest {
            attempt: self.records[student].attempt.id,
            user: self.students[student],
            answers: vec![Answer {
                question_id: question,
                response,
                sequence,
                flagged: None,
            }],
            received_at: now(),
        }
    }

    async fn stored(&self, student: usize) -> Vec<(QuestionId, i64, Response)> {
        let id = self.records[student].attempt.id;
        let record = self
            .store
            .attempt(id, self.students[student], now())
            .await
            .unwrap()
            .unwrap();
        record
            .answers
            .into_iter()
            .map(|it| (it.question_id, it.sequence.get(), it.response))
            .collect()
    }
}

fn decided(outcome: &SaveOutcome) -> (usize, Vec<RefusalReason>) {
    match outcome {
        SaveOutcome::NotFound => panic!("the attempt was not found"),
        SaveOutcome::Decided { saved, refused, .. } => (
            saved.len(),
            refused.iter().map(|answer| answer.refusal.reason).collect(),
        ),
    }
}

#[tokio::test]
async fn one_batch_serves_many_students_and_keeps_the_highest_sequence() {
    let fixture = fixture().await;
    let question = fixture.question(1);
    let requests = [
        fixture.save(0, question, 2, Response::Value(true)),
        fixture.save(1, question, 1, Response::Value(false)),
        fixture.save(0, question, 1, Response::Value(false)),
        fixture.save(0, question, 2, Response::Value(true)),
        fixture.save(0, question, 3, Response::Cleared),
    ];
    let outcomes = fixture.store.save_answers(&requests, now()).await.unwrap();
    let decided: Vec<_> = outcomes.iter().map(decided).collect();
    let stale = vec![RefusalReason::StaleAnswer];
    assert_eq!(
        decided,
        [
            (1, vec![]),
            (1, vec![]),
            (0, stale),
            (1, vec![]),
            (1, vec![])
        ]
    );
    assert_eq!(fixture.stored(0).await, [(question, 3, Response::Cleared)]);
    assert_eq!(
        fixture.stored(1).await,
        [(question, 1, Response::Value(false))]
    );
}

#[tokio::test]
async fn a_stale_save_in_a_later_batch_is_refused_with_what_is_stored() {
    let fixture = fixture().await;
    let question = fixture.question(1);
    let newer = fixture.save(0, question, 9, Response::Value(true));
    fixture.store.save_answers(&[newer], now()).await.unwrap();
    let older = fixture.save(0, question, 8, Response::Value(false));
    let outcomes = fixture.store.save_answers(&[older], now()).await.unwrap();
    let SaveOutcome::Decided { refused, .. } = &outcomes[0] else {
        panic!("{outcomes:?}")
    };
    let current = refused[0].refusal.current.as_ref().unwrap();
    assert_eq!(
        (current.sequence.get(), &current.response),
        (9, &Response::Value(true))
    );
}

#[tokio::test]
async fn somebody_elses_attempt_does_not_exist() {
    let fixture = fixture().await;
    let mut request = fixture.save(0, fixture.question(1), 1, Response::Value(true));
    request.user = fixture.students[1];
    assert_eq!(
        fixture.store.save_answers(&[request], now()).await.unwrap(),
        [SaveOutcome::NotFound]
    );
    let id = fixture.records[0].attempt.id;
    assert!(
        fixture
            .store
            .attempt(id, fixture.students[1], now())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        fixture
            .store
            .submit_attempt(id, fixture.students[1], now())
            .await
            .unwrap()
            .is_none()
    );
    assert!(fixture.stored(0).await.is_empty());
}

#[tokio::test]
async fn nothing_is_accepted_after_submission_and_submitting_again_changes_nothing() {
    let fixture = fixture().await;
    let (question, id) = (fixture.question(1), fixture.records[0].attempt.id);
    let first = fixture
        .store
        .submit_attempt(id, fixture.students[0], now())
        .await
        .unwrap()
        .unwrap();
    let request = fixture.save(0, question, 1, Response::Value(true));
    let outcomes = fixture.store.save_answers(&[request], now()).await.unwrap();
    assert_eq!(
        decided(&outcomes[0]),
        (0, vec![RefusalReason::AttemptClosed])
    );
    let later = now() + TimeDelta::minutes(1);
    let again = fixture
        .store
        .submit_attempt(id, fixture.students[0], later)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again.attempt, first.attempt);
    assert!(fixture.stored(0).await.is_empty());
}

#[tokio::test]
async fn an_overdue_attempt_is_handed_in_at_its_deadline_by_looking_at_it() {
    let fixture = fixture().await;
    let attempt = &fixture.records[0].attempt;
    assert_eq!(attempt.deadline_at, now() + TimeDelta::minutes(10));
    let late = now() + TimeDelta::minutes(11);
    assert_eq!(fixture.store.count_open_attempts(now()).await.unwrap(), 2);
    assert_eq!(fixture.store.count_open_attempts(late).await.unwrap(), 0);
    let record = fixture
        .store
        .attempt(attempt.id, fixture.students[0], late)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.attempt.submitted_at, Some(attempt.deadline_at));
}

#[tokio::test]
async fn starting_again_resumes_the_same_attempt_with_the_same_order() {
    let fixture = fixture().await;
    let request = StartRequest {
        exam: fixture.exam,
        user: fixture.students[0],
        now: now(),
        seed: [8; 16],
    };
    let outcome = fixture.store.start_attempt(request).await.unwrap();
    let StartOutcome::Resumed(record) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(record.attempt, fixture.records[0].attempt);
    assert_eq!(record.layout, fixture.records[0].layout);
    let options: BTreeSet<_> = record.layout.questions[0].options.iter().collect();
    assert_eq!(options.len(), 3);
}

#[tokio::test]
async fn two_processes_share_the_file_and_see_each_others_commits() {
    let fixture = fixture().await;
    let other = SqliteStore::open(&fixture.directory.path().join("exam.db"))
        .await
        .unwrap();
    let question = fixture.question(1);
    let from_blue = [fixture.save(0, question, 5, Response::Value(true))];
    let from_green = [fixture.save(0, question, 4, Response::Value(false))];
    fixture.store.save_answers(&from_blue, now()).await.unwrap();
    let outcomes = other.save_answers(&from_green, now()).await.unwrap();
    assert_eq!(decided(&outcomes[0]), (0, vec![RefusalReason::StaleAnswer]));
    other
        .submit_attempt(fixture.records[0].attempt.id, fixture.students[0], now())
        .await
        .unwrap();
    let late = [fixture.save(0, question, 6, Response::Value(false))];
    let outcomes = fixture.store.save_answers(&late, now()).await.unwrap();
    assert_eq!(
        decided(&outcomes[0]),
        (0, vec![RefusalReason::AttemptClosed])
    );
}

#[tokio::test]
async fn weaker_pragmas_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("exam.db");
    let refusal = async |options| open_pool(&path, options, 1).await.unwrap_err().to_string();
    let durable = durable_options(&path).create_if_missing(true);
    let weak = durable.clone().synchronous(SqliteSynchronous::Normal);
    assert!(
        refusal(weak)
            .await
            .contains("synchronous=1, but an acknowledged answer is only safe with 2 (FULL)")
    );
    let weak = durable.clone().journal_mode(SqliteJournalMode::Delete);
    assert!(refusal(weak).await.contains("journal_mode=delete"));
    let weak = durable.clone().foreign_keys(false);
    assert!(refusal(weak).await.contains("foreign_keys=0"));
    let weak = durable.clone().busy_timeout(std::time::Duration::ZERO);
    assert!(refusal(weak).await.contains("busy_timeout=0"));
    open_pool(&path, durable, 1).await.unwrap();
}

#[tokio::test]
async fn seeding_again_keeps_the_exam_and_adds_students() {
    let fixture = fixture().await;
    let seed = DemoSeed {
        students: ["one", "two", "three"].map(str::to_owned).to_vec(),
        admin: "admin",
        password_hash: "another hash".to_owned(),
        now: now(),
        open_for: TimeDelta::days(2),
    };
    assert_eq!(
        fixture.store.seed_demo(&EXAM, &seed).await.unwrap(),
        fixture.exam
    );
    for login in &seed.students {
        let account = fixture
            .store
            .account_by_login(login)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(account.password_hash, "another hash");
        assert_eq!(fixture.store.exams_of(account.id).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let fixture = fixture().await;
    let before = fixture.store.migration_status().await.unwrap();
    assert!(before.pending.is_empty());
    assert_eq!(fixture.store.migrate().await.unwrap(), before);
}

fn token(hash: &str, issued_at: DateTime<Utc>) -> NewToken {
    let reuse_grace = TimeDelta::seconds(30);
    NewToken {
        hash: hash.to_owned(),
        issued_at,
        expires_at: issued_at + TimeDelta::hours(1),
        reuse_grace,
    }
}

#[tokio::test]
async fn a_used_refresh_token_works_for_thirty_seconds_and_then_ends_its_family() {
    let fixture = fixture().await;
    let store = &fixture.store;
    store
        .open_session(fixture.students[0], token("first", now()))
        .await
        .unwrap();
    let rotate = async |used: &'static str, next: &'static str, seconds| {
        store
            .rotate_session(used, token(next, now() + TimeDelta::seconds(seconds)))
            .await
            .unwrap()
    };
    assert!(matches!(
        rotate("first", "second", 10).await,
        Rotation::Rotated(_)
    ));
    assert!(
        matches!(rotate("first", "third", 40).await, Rotation::Rotated(_)),
        "a repeat within the grace"
    );
    assert!(
        matches!(rotate("first", "fourth", 41).await, Rotation::Reused),
        "a copy after the grace"
    );
    assert!(
        matches!(rotate("second", "fifth", 42).await, Rotation::Refused),
        "the family is over"
    );
    assert!(matches!(
        rotate("unknown", "sixth", 42).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn an_expired_or_closed_session_is_not_renewed() {
    let fixture = fixture().await;
    let store = &fixture.store;
    store
        .open_session(fixture.students[0], token("old", now()))
        .await
        .unwrap();
    let late = token("next", now() + TimeDelta::hours(1));
    assert!(matches!(
        store.rotate_session("old", late).await.unwrap(),
        Rotation::Refused
    ));
    store.close_session("old", now()).await.unwrap();
    assert!(matches!(
        store
            .rotate_session("old", token("next", now()))
            .await
            .unwrap(),
        Rotation::Refused
    ));
    store.close_session("never seen", now()).await.unwrap();
}
