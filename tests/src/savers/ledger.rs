//! What is acknowledged, and does the database have it?

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::Value;

use crate::service::Service;
use crate::student::{Answer, Student};

/// (login, question) -> (sequence, response), as the database has it.
pub type Stored = HashMap<(String, String), (u64, Value)>;

/// What one student knows: everything sent, and the newest of it that was acknowledged.
pub(super) struct Ledger {
    student: Student,
    /// (question, sequence) -> response.
    sent: HashMap<(String, u64), Value>,
    /// Question -> highest acknowledged sequence.
    acknowledged: HashMap<String, u64>,
}

/// What all students know, while none of them sends anything.
pub struct Ledgers<'a>(&'a [Mutex<Ledger>]);

impl<'a> Ledgers<'a> {
    pub(super) fn of(ledgers: &'a [Mutex<Ledger>]) -> Self {
        Self(ledgers)
    }

    /// What the database holds now.
    ///
    /// # Panics
    /// When an acknowledged answer is not there or older than its acknowledgement, when what is there was never sent
    /// like this, or when a question has two answers.
    pub fn assert_nothing_is_lost(&self, service: &Service) -> Stored {
        let stored = stored_answers(service);
        let ledgers: Vec<_> = self.0.iter().map(|ledger| ledger.lock().unwrap()).collect();
        let lost: Vec<String> = ledgers
            .iter()
            .flat_map(|ledger| ledger.lost(&stored))
            .collect();
        let count = lost.len();
        assert!(
            lost.is_empty(),
            "{count} answers are lost:\n{}",
            lost.join("\n")
        );
        stored
    }

    /// What a student who comes back sees is what is stored.
    pub fn assert_reloads_show(&self, stored: &Stored) {
        for ledger in self.0 {
            ledger.lock().unwrap().assert_reload_shows(stored);
        }
    }
}

impl Ledger {
    pub(super) fn new(student: Student) -> Self {
        Self {
            student,
            sent: HashMap::new(),
            acknowledged: HashMap::new(),
        }
    }

    pub(super) fn questions(&self) -> usize {
        self.student.questions().len()
    }

    /// Notes an answer as sent; it is the caller's to send it.
    pub(super) fn next(&mut self, question: usize, sequence: u64) -> (Student, Answer) {
        let answer = self
            .student
            .answer(question, sequence, fastrand::usize(..100));
        let key = (answer.question_id.clone(), sequence);
        self.sent.insert(key, answer.response.clone());
        (self.student.clone(), answer)
    }

    pub(super) fn acknowledge(&mut self, answer: Answer) {
        self.acknowledged
            .insert(answer.question_id, answer.sequence);
    }

    /// Each question whose stored answer (sequence and response) is older than its acknowledgement, or is not what was
    /// sent under its sequence.
    fn lost(&self, stored: &Stored) -> Vec<String> {
        let login = &self.student.login;
        let was_sent = |question: &String, sequence: &u64, response: &Value| {
            self.sent.get(&(question.clone(), *sequence)) == Some(response)
        };
        let missing = self.acknowledged.iter().filter_map(|(question, acknowledged)| {
            let found = stored.get(&(login.clone(), question.clone()));
            let is_there = found.is_some_and(|(sequence, _)| sequence >= acknowledged);
            (!is_there).then(|| {
                format!("{login}, question {question}: {acknowledged} was acknowledged, stored is {found:?}")
            })
        });
        let invented = stored
            .iter()
            .filter(|((of, question), (sequence, response))| {
                of == login && !was_sent(question, sequence, response)
            })
            .map(|(key, value)| format!("{key:?}: {value:?} was never sent"));
        missing.chain(invented).collect()
    }

    fn assert_reload_shows(&self, stored: &Stored) {
        let attempt = self.student.reload().unwrap().expect(200);
        let answers = attempt["answers"].as_array().unwrap();
        assert!(answers.len() >= self.acknowledged.len(), "{attempt}");
        for answer in answers {
            let key = (
                self.student.login.clone(),
                answer["question_id"].as_str().unwrap().to_owned(),
            );
            let seen = (
                answer["sequence"].as_u64().unwrap(),
                answer["response"].clone(),
            );
            assert_eq!(stored.get(&key), Some(&seen), "{key:?}");
        }
    }
}

fn stored_answers(service: &Service) -> Stored {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut stored = HashMap::new();
    for row in service.stored_answers() {
        let key = (text(&row["login"]), text(&row["question_id"]));
        let value = (row["sequence"].as_u64().unwrap(), row["response"].clone());
        let twice = stored.insert(key, value);
        assert_eq!(twice, None, "two answers to one question: {row}");
    }
    stored
}
