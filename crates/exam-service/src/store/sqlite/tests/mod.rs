//! The store on a real temporary file: the suite of every database, and what only a file can do.

mod backup;
mod file;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tempfile::TempDir;

use super::connect::{durable_options, open_pool};
use super::*;
use crate::exam::paper::PaperHeader;
use crate::exam::question::TrueFalse;
use crate::exam::{Answer, ExamId, Paper, Question, QuestionKind, Response, Sequence, UserId};
use crate::settings::{Database, Environment};
use crate::store::sql::Pool;
use crate::store::{
    AttemptRecord, DatabaseStore, DemoSeed, NewExam, SaveOutcome, SaveRequest, StartOutcome,
    StartRequest, Store as _,
};

crate::conformance_tests!(|| {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("exam.db");
    (format!("sqlite://{}", file.display()), directory)
});

/// A database with one question and two students, each with an attempt.
struct Fixture {
    store: DatabaseStore,
    directory: TempDir,
    students: Vec<UserId>,
    records: Vec<AttemptRecord>,
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

async fn open(directory: &TempDir) -> DatabaseStore {
    let database = Database::Sqlite(directory.path().join("exam.db"));
    DatabaseStore::open(&database, Environment::Production)
        .await
        .unwrap()
}

async fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    store.migrate(false).await.unwrap();
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Test".to_owned(),
        duration: TimeDelta::minutes(10),
    };
    let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
    let question = Question::new("statement", 1.into(), kind);
    let exam = NewExam {
        code: "test",
        paper: Paper::new(header, vec![question]),
    };
    let seed = DemoSeed {
        students: vec!["one".to_owned(), "two".to_owned()],
        admin: "admin",
        password_hash: "hash".to_owned(),
        now: now(),
        open_for: TimeDelta::days(1),
    };
    let exam = store.seed_demo(&exam, &seed).await.unwrap();
    let (mut students, mut records) = (Vec::new(), Vec::new());
    for login in &seed.students {
        let user = store.account_by_login(login).await.unwrap().unwrap().id;
        let start = StartRequest::new(exam, user, now(), [7; 16]);
        let StartOutcome::Started(record) = store.start_attempt(start).await.unwrap() else {
            panic!("{login} did not start")
        };
        students.push(user);
        records.push(record);
    }
    Fixture {
        store,
        directory,
        students,
        records,
    }
}

impl Fixture {
    /// A save of the one question.
    fn save(&self, student: usize, sequence: i64, value: bool) -> SaveRequest {
        SaveRequest::new(
            self.records[student].attempt.id,
            self.students[student],
            vec![Answer {
                question_id: self.records[0].paper.questions()[0].id,
                response: Response::Value(value),
                sequence: Sequence::new(sequence).unwrap(),
                flagged: None,
            }],
            now(),
        )
    }

    /// The same file, read as a whole.
    async fn file(&self) -> DatabaseFile {
        let path = self.directory.path().join("exam.db");
        DatabaseFile::open(&path).await.unwrap()
    }

    /// The one connection that writes.
    fn writer(&self) -> &SqlitePool {
        match &self.store.connections.writers {
            Pool::Sqlite(pool) => pool,
            Pool::MySql(_) | Pool::Postgres(_) => panic!("this is a file"),
        }
    }
}

/// How many answers were saved.
fn saved(outcome: &SaveOutcome) -> usize {
    match outcome {
        SaveOutcome::NotFound | SaveOutcome::Damaged => panic!("{outcome:?}"),
        SaveOutcome::Decided { saved, .. } => saved.len(),
    }
}
