//! Is every acknowledged answer stored, whatever was done to the server meanwhile? Students who save as fast as they are
//! answered, and remember it.

mod ledger;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::http::was_refused;
use crate::service::{Demo, Service};
use crate::waiting::wait_for;

use ledger::Ledger;
pub use ledger::{Ledgers, Stored};

/// How long it may take until saves are acknowledged again after a fault is over.
const RECOVERY_LIMIT: Duration = Duration::from_mins(1);
/// Between two tries of a student who was refused.
const BACK_OFF: Duration = Duration::from_millis(20);

/// Students at work, each in a thread of their own, until this is dropped.
///
/// ```no_run
/// # use integration_tests::{savers::Savers, service::Service};
/// # let mut service = Service::new();
/// # let demo = service.prepare_demo(16);
/// # service.start();
/// let savers = Savers::start(&service, &demo);
/// savers.wait_for_saves(100);
/// service.kill();
/// savers.rest(|ledgers| {
///     ledgers.assert_nothing_is_lost(&service); // before a newer answer can hide a loss
///     service.start();
/// });
/// savers.wait_for_saves(100); // it serves again
/// ```
pub struct Savers {
    work: Arc<Work>,
    threads: Vec<JoinHandle<()>>,
}

/// What the students share.
struct Work {
    ledgers: Vec<Mutex<Ledger>>,
    /// Read by each request while it is under way.
    gate: RwLock<()>,
    finished: AtomicBool,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    interrupted: AtomicU64,
}

impl Savers {
    /// Signs all students of `demo` in and lets them begin.
    pub fn start(service: &Service, demo: &Demo) -> Self {
        let ledgers = (0..demo.students.len())
            .map(|number| Mutex::new(Ledger::new(demo.student(service, number))))
            .collect();
        let work = Arc::new(Work {
            ledgers,
            gate: RwLock::default(),
            finished: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
        });
        let threads = (0..work.ledgers.len()).map(|number| {
            let work = Arc::clone(&work);
            std::thread::spawn(move || work.save_until_finished(number))
        });
        let threads = threads.collect();
        Self { work, threads }
    }

    /// Saves acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.work.acknowledged.load(Ordering::SeqCst)
    }

    /// Requests that were answered by 503 or 429 so far.
    pub fn refused(&self) -> u64 {
        self.work.refused.load(Ordering::SeqCst)
    }

    /// Requests of which the outcome stayed unknown so far: the connection broke, or no answer came in time.
    pub fn interrupted(&self) -> u64 {
        self.work.interrupted.load(Ordering::SeqCst)
    }

    /// Waits until so many more saves are acknowledged.
    pub fn wait_for_saves(&self, more: u64) {
        let target = self.acknowledged() + more;
        wait_for("acknowledged saves", RECOVERY_LIMIT, || {
            self.assert_all_work();
            (self.acknowledged() >= target).then_some(())
        });
    }

    /// Waits until so many more requests had no success.
    pub fn wait_for_failures(&self, more: u64) {
        let failures = || self.refused() + self.interrupted();
        let target = failures() + more;
        wait_for("refused saves", RECOVERY_LIMIT, || {
            self.assert_all_work();
            (failures() >= target).then_some(())
        });
    }

    /// Does something while the students rest: requests under way end first, and none is sent until it is done.
    pub fn rest<T>(&self, meanwhile: impl FnOnce(&Ledgers<'_>) -> T) -> T {
        let closed = self
            .work
            .gate
            .write()
            .expect("no student falls in the gate");
        let result = meanwhile(&Ledgers::of(&self.work.ledgers));
        drop(closed);
        result
    }

    fn assert_all_work(&self) {
        let has_fallen = self.threads.iter().any(JoinHandle::is_finished);
        assert!(!has_fallen, "a student has fallen: see above");
    }
}

impl Drop for Savers {
    fn drop(&mut self) {
        self.work.finished.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            // One that has fallen has said why, and made this test fail.
            thread.join().ok();
        }
    }
}

impl Work {
    /// An unknown outcome is not repeated: the next answer has a higher sequence, so that a retry cannot store what the
    /// lost request should have.
    fn save_until_finished(&self, number: usize) {
        let ledger = &self.ledgers[number];
        let questions = ledger.lock().unwrap().questions();
        for sequence in 1.. {
            let open = self.gate.read();
            if self.finished.load(Ordering::SeqCst) || open.is_err() {
                return;
            }
            let question = fastrand::usize(..questions);
            if !self.save(ledger, question, sequence) {
                drop(open);
                std::thread::sleep(BACK_OFF);
            }
        }
    }

    fn save(&self, ledger: &Mutex<Ledger>, question: usize, sequence: u64) -> bool {
        let (student, answer) = ledger.lock().unwrap().next(question, sequence);
        match student.save(std::slice::from_ref(&answer)) {
            Ok(reply) if reply.status == 200 => {
                let saved = &reply.json()["saved"][0];
                assert_eq!(saved["question_id"], answer.question_id, "{saved}");
                assert_eq!(saved["sequence"], sequence, "{saved}");
                ledger.lock().unwrap().acknowledge(answer);
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                return true;
            }
            Ok(reply) => {
                let is_refusal = matches!(reply.status, 429 | 503);
                assert!(is_refusal, "{}: {}", reply.status, reply.text);
                let retry_after = reply.headers.get("retry-after");
                assert!(retry_after.is_some(), "{:?}", reply.headers);
                self.refused.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) if was_refused(&error) => {}
            Err(_) => {
                self.interrupted.fetch_add(1, Ordering::SeqCst);
            }
        }
        false
    }
}
