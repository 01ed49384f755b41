//! Acknowledged means durable: the server is killed again and again while students save, and every
//! answer it acknowledged must be there at the end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use integration_tests::http::was_refused;
use integration_tests::service::Service;
use integration_tests::student::{Answer, Student};
use integration_tests::waiting::wait_for;
use serde_json::Value;

const STUDENTS: usize = 16;
const KILLS: usize = 6;
/// Acknowledgements that each life of the server gives at least, before it is killed.
const SAVES_PER_LIFE: u64 = 20;

/// What all students together have seen, while they work.
#[derive(Default)]
struct Progress {
    acknowledged: AtomicU64,
    interrupted: AtomicU64,
    finished: AtomicBool,
}

/// What one student knows: everything sent, and the newest of it that was acknowledged.
struct Ledger {
    student: Student,
    /// (question, sequence) -> response.
    sent: HashMap<(String, u64), Value>,
    /// Question -> highest acknowledged sequence.
    acknowledged: HashMap<String, u64>,
}

impl Ledger {
    fn new(student: Student) -> Self {
        Self {
            student,
            sent: HashMap::new(),
            acknowledged: HashMap::new(),
        }
    }

    /// Saves one answer after the other until told to stop. An unknown outcome is not repeated: the next answer
    /// has a higher sequence, so the ledger never learns from a retry what only a retry has stored.
    fn work(mut self, progress: &Progress) -> Self {
        let questions = self.student.questions().len();
        for sequence in 1.. {
            if progress.finished.load(Ordering::SeqCst) {
                break;
            }
            let index = fastrand::usize(..questions);
            let answer = self.student.answer(index, sequence, fastrand::usize(..100));
            self.save(answer, progress);
        }
        self
    }

    fn save(&mut self, answer: Answer, progress: &Progress) {
        let key = (answer.question_id.clone(), answer.sequence);
        self.sent.insert(key, answer.response.clone());
        match self.student.save(std::slice::from_ref(&answer)) {
            Ok(reply) if reply.status == 200 => {
                let saved = &reply.json()["saved"][0];
                assert_eq!(saved["question_id"], answer.question_id, "{saved}");
                assert_eq!(saved["sequence"], answer.sequence, "{saved}");
                self.acknowledged
                    .insert(answer.question_id, answer.sequence);
                progress.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.text),
            Err(error) if was_refused(&error) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => {
                progress.interrupted.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    /// Each question with an acknowledged answer whose stored answer (sequence and response) is older, or is
    /// not what was sent under its sequence.
    fn lost(&self, stored: &HashMap<(String, String), (u64, Value)>) -> Vec<String> {
        let mut lost = Vec::new();
        for (question, acknowledged) in &self.acknowledged {
            let found = stored.get(&(self.student.login.clone(), question.clone()));
            let is_there = found.is_some_and(|(sequence, response)| {
                sequence >= acknowledged
                    && self.sent.get(&(question.clone(), *sequence)) == Some(response)
            });
            if !is_there {
                lost.push(format!(
                    "{}, question {question}: {acknowledged} was acknowledged, stored is {found:?}",
                    self.student.login
                ));
            }
        }
        lost
    }
}

/// (login, question) -> (sequence, response), as the database has it.
fn stored_answers(service: &Service) -> HashMap<(String, String), (u64, Value)> {
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

/// Kills the server at a random moment of its work and starts it again, `KILLS` times; the interrupted requests
/// of each time.
fn kill_again_and_again(service: &mut Service, progress: &Progress) -> Vec<u64> {
    let mut interrupted_by_kill = Vec::new();
    for life in 1..=KILLS {
        let before = progress.acknowledged.load(Ordering::SeqCst);
        wait_for("saving", Duration::from_secs(30), || {
            (progress.acknowledged.load(Ordering::SeqCst) >= before + SAVES_PER_LIFE).then_some(())
        });
        // Not a wait for anything: the moment of the kill is the experiment.
        std::thread::sleep(Duration::from_micros(fastrand::u64(..300_000)));
        let interrupted = progress.interrupted.load(Ordering::SeqCst);
        service.kill();
        let after = wait_for("an interrupted request", Duration::from_secs(10), || {
            Some(progress.interrupted.load(Ordering::SeqCst)).filter(|after| *after > interrupted)
        });
        interrupted_by_kill.push(after - interrupted);
        eprintln!("kill {life}: {before} answers acknowledged before this life");
        service.start();
    }
    interrupted_by_kill
}

#[test]
fn no_acknowledged_answer_is_missing_after_kills_under_load() {
    let mut service = Service::new();
    let demo = service.prepare_demo(STUDENTS);
    service.start();
    let students: Vec<Student> = (0..STUDENTS)
        .map(|number| demo.student(&service, number))
        .collect();

    let progress = Progress::default();
    let (ledgers, interrupted) = std::thread::scope(|scope| {
        let progress = &progress;
        let work = |student| scope.spawn(move || Ledger::new(student).work(progress));
        let workers: Vec<_> = students.into_iter().map(work).collect();
        // The students must be told to stop even where this fails.
        let interrupted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kill_again_and_again(&mut service, progress)
        }));
        progress.finished.store(true, Ordering::SeqCst);
        let ledgers: Vec<Ledger> = workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect();
        (ledgers, interrupted.unwrap())
    });
    // The last life ends by a kill as well: what is checked is what is on the disk.
    service.kill();

    let acknowledged = progress.acknowledged.load(Ordering::SeqCst);
    eprintln!(
        "{acknowledged} answers acknowledged, requests interrupted per kill: {interrupted:?}"
    );
    assert!(acknowledged >= KILLS as u64 * SAVES_PER_LIFE);
    let stored = stored_answers(&service);
    let lost: Vec<String> = ledgers
        .iter()
        .flat_map(|ledger| ledger.lost(&stored))
        .collect();
    assert!(
        lost.is_empty(),
        "{} acknowledged answers are lost:\n{}",
        lost.len(),
        lost.join("\n")
    );

    // A student who comes back sees the same.
    service.start();
    for ledger in &ledgers {
        let attempt = ledger.student.reload().unwrap().expect(200);
        for answer in attempt["answers"].as_array().unwrap() {
            let key = (
                ledger.student.login.clone(),
                answer["question_id"].as_str().unwrap().to_owned(),
            );
            let seen = (
                answer["sequence"].as_u64().unwrap(),
                answer["response"].clone(),
            );
            assert_eq!(stored.get(&key), Some(&seen), "{key:?}");
        }
        assert!(attempt["answers"].as_array().unwrap().len() >= ledger.acknowledged.len());
    }
}
