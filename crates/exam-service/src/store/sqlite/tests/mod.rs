//! The store on a real temporary database.

mod attempts;
mod backup;
mod canaries;
mod file;
mod sessions;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sqlx::Row as _;
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
    store.migrate(false).await.unwrap();
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
        SaveOutcome::NotFound | SaveOutcome::Damaged => panic!("{outcome:?}"),
        SaveOutcome::Decided { saved, refused, .. } => (
            saved.len(),
            refused.iter().map(|answer| answer.refusal.reason).collect(),
        ),
    }
}
