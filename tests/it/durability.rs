//! Acknowledged means durable: the server is killed again and again while students save, and after each kill every
//! answer it acknowledged must be on the disk.
//!
//! It must be looked for before the students go on: a newer answer to the same question would hide the loss.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use integration_tests::http::was_refused;
use integration_tests::service::Service;
use integration_tests::student::Student;
use integration_tests::waiting::wait_for;
use serde_json::Value;

const STUDENTS: usize = 16;
/// Kills that interrupt at least one request each.
const KILLS: usize = 10;
/// Acknowledgements that each life of the server gives at least, before it is killed.
const SAVES_PER_LIFE: u64 = 20;

/// A limit of a file's size that no file reaches. Under it, to reach a lower one is an error and not a signal.
const NO_LIMIT_KIB: u64 = 1 << 30;

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

/// Saves one answer after the other until told to stop. An unknown outcome is not repeated: the next answer has a
/// higher sequence, so that a retry cannot store what the lost request should have.
fn work(ledger: &Mutex<Ledger>, progress: &Progress) {
    let student = ledger.lock().unwrap().student.clone();
    let questions = student.questions().len();
    for sequence in 1.. {
        if progress.finished.load(Ordering::SeqCst) {
            return;
        }
        let answer = student.answer(
            fastrand::usize(..questions),
            sequence,
            fastrand::usize(..100),
        );
        let key = (answer.question_id.clone(), sequence);
        ledger
            .lock()
            .unwrap()
            .sent
            .insert(key, answer.response.clone());
        match student.save(std::slice::from_ref(&answer)) {
            Ok(reply) if reply.status == 200 => {
                let saved = &reply.json()["saved"][0];
                assert_eq!(saved["question_id"], answer.question_id, "{saved}");
                assert_eq!(saved["sequence"], sequence, "{saved}");
                ledger
                    .lock()
                    .unwrap()
                    .acknowledged
                    .insert(answer.question_id, sequence);
                progress.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.text),
            Err(error) if was_refused(&error) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => {
                progress.interrupted.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// Fails if an acknowledged answer is not in the database of a server that does not run.
fn assert_nothing_is_lost(service: &Service, ledgers: &[Mutex<Ledger>]) {
    let stored = stored_answers(service);
    let lost: Vec<String> = ledgers
        .iter()
        .flat_map(|ledger| ledger.lock().unwrap().lost(&stored))
        .collect();
    assert!(
        lost.is_empty(),
        "{} acknowledged answers are lost:\n{}",
        lost.len(),
        lost.join("\n")
    );
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

/// Kills the server at random moments of its work and starts it again, until `KILLS` kills have interrupted
/// requests; how many requests each of these interrupted.
///
/// A kill between two batches, when everybody has just been answered, interrupts nothing and does not count.
fn kill_again_and_again(
    service: &mut Service,
    ledgers: &[Mutex<Ledger>],
    progress: &Progress,
) -> Vec<u64> {
    let mut interrupted_by_kill = Vec::new();
    for life in 0..KILLS * 5 {
        let interrupted = progress.interrupted.load(Ordering::SeqCst);
        let before = progress.acknowledged.load(Ordering::SeqCst);
        wait_for("saving", Duration::from_secs(30), || {
            (progress.acknowledged.load(Ordering::SeqCst) >= before + SAVES_PER_LIFE).then_some(())
        });
        // Not a wait for anything: the moment of the kill is the experiment. Every other time it is the one right
        // after an acknowledgement: whatever should have been on the disk by then has no time left to get there.
        std::thread::sleep(Duration::from_micros(fastrand::u64(..200_000)));
        let acknowledged = progress.acknowledged.load(Ordering::SeqCst);
        while life % 2 == 0 && progress.acknowledged.load(Ordering::SeqCst) == acknowledged {
            std::hint::spin_loop();
        }
        service.kill();
        assert_nothing_is_lost(service, ledgers);
        service.start();
        let more = progress.interrupted.load(Ordering::SeqCst) - interrupted;
        if more > 0 {
            interrupted_by_kill.push(more);
        }
        if interrupted_by_kill.len() == KILLS {
            return interrupted_by_kill;
        }
    }
    panic!("too few of the kills interrupted a request: {interrupted_by_kill:?}");
}

#[test]
fn no_acknowledged_answer_is_missing_after_kills_under_load() {
    let mut service = Service::new();
    let demo = service.prepare_demo(STUDENTS);
    service.start();
    let ledgers: Vec<Mutex<Ledger>> = (0..STUDENTS)
        .map(|number| Mutex::new(Ledger::new(demo.student(&service, number))))
        .collect();

    let progress = Progress::default();
    let outcome = std::thread::scope(|scope| {
        for ledger in &ledgers {
            scope.spawn(|| work(ledger, &progress));
        }
        // The students must be told to stop even where this fails.
        let kill = || kill_again_and_again(&mut service, &ledgers, &progress);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(kill));
        progress.finished.store(true, Ordering::SeqCst);
        outcome
    });
    let interrupted = outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    service.kill();
    assert_nothing_is_lost(&service, &ledgers);
    let acknowledged = progress.acknowledged.load(Ordering::SeqCst);
    eprintln!(
        "{acknowledged} answers acknowledged, requests interrupted per kill: {interrupted:?}"
    );
    assert!(acknowledged >= KILLS as u64 * SAVES_PER_LIFE);

    // A student who comes back sees what is stored.
    let stored = stored_answers(&service);
    service.start();
    for ledger in ledgers {
        assert_reload_shows(&ledger.into_inner().unwrap(), &stored);
    }
}

fn assert_reload_shows(ledger: &Ledger, stored: &HashMap<(String, String), (u64, Value)>) {
    let attempt = ledger.student.reload().unwrap().expect(200);
    let answers = attempt["answers"].as_array().unwrap();
    assert!(answers.len() >= ledger.acknowledged.len(), "{attempt}");
    for answer in answers {
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
}

/// Lets no file of the running server grow past this many bytes: writing more fails as it does on a full disk.
fn limit_file_size(process_id: u64, bytes: u64) {
    let status = Command::new("prlimit")
        .args(["--pid", &process_id.to_string()])
        // Only the soft limit: raising it again needs no privilege.
        .arg(format!("--fsize={bytes}:"))
        .status()
        .expect("prlimit starts");
    assert!(status.success(), "cannot limit the size of files");
}

/// Saves until `refusals` saves were refused.
fn save_until_refused(ledger: &mut Ledger, refusals: usize) {
    let mut refused = 0;
    for sequence in 1..5000 {
        let answer = ledger.student.answer(0, sequence, fastrand::usize(..100));
        let key = (answer.question_id.clone(), sequence);
        ledger.sent.insert(key, answer.response.clone());
        let reply = ledger.student.save(std::slice::from_ref(&answer)).unwrap();
        if reply.status == 200 {
            ledger.acknowledged.insert(answer.question_id, sequence);
            continue;
        }
        assert_eq!(reply.status, 503, "{}", reply.text);
        assert!(
            reply.headers.contains_key("retry-after"),
            "{:?}",
            reply.headers
        );
        refused += 1;
        if refused == refusals {
            return;
        }
    }
    panic!("the limit was never reached");
}

#[test]
fn no_acknowledged_answer_is_missing_when_the_disk_is_full_and_saving_goes_on_when_it_is_not() {
    let mut service = Service::new();
    let demo = service.prepare_demo(1);
    let socket = format!("unix:{}", service.directory().join("admin.sock").display());
    service.set("EXAM_ADMIN_LISTEN", &socket);
    service.set("RUST_LOG", "error");
    service.limit_file_size_kib(Some(NO_LIMIT_KIB));
    service.start();
    let mut ledger = Ledger::new(demo.student(&service, 0));
    let status = service.run_successfully(&["control", "--admin", &socket, "status"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    let process_id = status["pid"].as_u64().unwrap();

    limit_file_size(process_id, 64 * 1024);
    save_until_refused(&mut ledger, 20);

    // With room again, saving goes on in the same process: the outbox of a page is all that is needed.
    limit_file_size(process_id, NO_LIMIT_KIB * 1024);
    let answer = ledger.student.answer(0, 10_000, 0);
    let reply = ledger.student.save(std::slice::from_ref(&answer)).unwrap();
    reply.expect(200);
    let key = (answer.question_id.clone(), 10_000);
    ledger.sent.insert(key, answer.response);
    ledger.acknowledged.insert(answer.question_id, 10_000);
    service.kill();
    assert_nothing_is_lost(&service, &[Mutex::new(ledger)]);
}
