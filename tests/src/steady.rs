//! Is every request of students answered, and is every acknowledged answer stored? A client at a steady rate that knows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http::{Client, Reply};
use crate::service::Demo;
use crate::student::{Answer, Student};
use crate::waiting::wait_for;

/// Less than an access token lives (15 minutes).
const SIGN_IN_AGAIN: Duration = Duration::from_mins(8);
/// So many requests after an event say that it is over.
const SETTLED: usize = 40;

/// Students who ask and save at a steady rate, each over connections that stay open, until they are told to stop.
///
/// The moments at which requests are due are fixed beforehand: a slow server is not spared what it owes. One that falls
/// behind gets them one after the other, so there are as many students as keep the rate at the latencies expected.
///
/// ```no_run
/// # use integration_tests::{host::Host, service::Demo, steady::Steady};
/// # let (host, demo): (Host, Demo) = panic!();
/// let mut steady = Steady::start(&host.client(), demo, 200);
/// // ... deploy ...
/// steady.settle();
/// assert!(steady.since_last().failures.is_empty());
/// let ledger = steady.stop();
/// // assert!(ledger.differences(&stored).is_empty());
/// ```
pub struct Steady {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    ledger: Arc<Mutex<Ledger>>,
}

/// What was answered between two looks.
#[derive(Debug, Default)]
pub struct Served {
    /// Requests with a status of 2xx.
    pub answered: usize,
    /// Requests with any other, or with none.
    pub failures: Vec<Failure>,
    /// The longest time that a request took.
    pub slowest: Duration,
}

/// A request that was not answered as it should be.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Since the client started.
    pub at: Duration,
    pub request: String,
    pub reason: String,
}

/// An answer's attempt and question.
type Key = (String, String);

/// What was answered, and what was acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Since the beginning.
    pub answered: usize,
    served: Served,
    /// The highest acknowledged sequence of each answer, and what was answered.
    acknowledged: BTreeMap<Key, (u64, Value)>,
    /// The highest sequence that was sent, acknowledged or not.
    sent: BTreeMap<Key, u64>,
}

impl Steady {
    /// Signs all students in, and begins with `per_second` requests a second among them.
    pub fn start(client: &Client, demo: Demo, per_second: u32) -> Self {
        let (stop, ledger) = (Arc::default(), Arc::<Mutex<Ledger>>::default());
        let demo = Arc::new(demo);
        let count = u32::try_from(demo.students.len()).expect("a room full of students");
        let every = Duration::from_secs(1) * count / per_second;
        let students: Vec<Student> = (0..demo.students.len())
            .map(|number| demo.student_at(client, number))
            .collect();
        let began = Instant::now();
        let threads = students.into_iter().zip(0..count).map(|(student, number)| {
            let seat = Seat {
                client: client.clone(),
                demo: Arc::clone(&demo),
                student,
                signed_in: began,
                ledger: Arc::clone(&ledger),
                began,
                stop: Arc::clone(&stop),
                sequence: unix_milliseconds(),
            };
            let first = began + every * number / count;
            std::thread::spawn(move || seat.work(first, every))
        });
        let threads = threads.collect();
        Self {
            stop,
            threads,
            ledger,
        }
    }

    /// What was answered since this was asked last.
    pub fn since_last(&self) -> Served {
        std::mem::take(&mut self.ledger.lock().unwrap().served)
    }

    /// Waits until some more requests have come to an end, whichever it is.
    pub fn settle(&self) {
        let ended = || {
            let ledger = self.ledger.lock().unwrap();
            ledger.answered + ledger.served.failures.len()
        };
        let target = ended() + SETTLED;
        wait_for("more requests", Duration::from_mins(1), || {
            (ended() >= target).then_some(())
        });
    }

    /// Waits until requests are answered again, after an outage that was meant.
    pub fn wait_until_answered(&self, limit: Duration) {
        let answered = || self.ledger.lock().unwrap().answered;
        let before = answered();
        wait_for("an answer to the steady client", limit, || {
            (answered() > before).then_some(())
        });
    }

    /// Tells the students to stop, and waits until their last requests have come to an end.
    pub fn stop(&mut self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            assert!(thread.join().is_ok(), "a student of the steady client fell");
        }
        std::mem::take(&mut self.ledger.lock().unwrap())
    }
}

impl Drop for Steady {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Served {
    /// # Panics
    /// When any request failed, or hardly any was made.
    #[track_caller]
    pub fn assert_all_answered(&self, when: &str) {
        assert!(
            self.failures.is_empty(),
            "{when}: {} of {} requests failed: {:#?}",
            self.failures.len(),
            self.answered + self.failures.len(),
            &self.failures[..self.failures.len().min(5)]
        );
        assert!(self.answered >= SETTLED / 2, "{when}: {}", self.answered);
    }
}

impl Ledger {
    /// What failed since [`Steady::since_last`] was asked last.
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// How many different answers were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// How many different answers were sent.
    pub fn sent(&self) -> usize {
        self.sent.len()
    }

    /// The acknowledged answers that these lines of `stored-answers` do not hold, and the stored ones that nobody sent.
    pub fn differences(&self, stored: &[Value]) -> Vec<String> {
        let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let stored: BTreeMap<Key, (u64, &Value)> = stored
            .iter()
            .map(|line| {
                let key = (text(line, "attempt_id"), text(line, "question_id"));
                (
                    key,
                    (line["sequence"].as_u64().unwrap_or(0), &line["response"]),
                )
            })
            .collect();
        let mut differences = Vec::new();
        for (key, (sequence, response)) in &self.acknowledged {
            let is_there = stored.get(key).is_some_and(|(at, what)| {
                *at > *sequence || (*at == *sequence && *what == response)
            });
            if !is_there {
                let found = stored.get(key);
                differences.push(format!(
                    "{key:?} was acknowledged as {response} at {sequence}, and is {found:?}"
                ));
            }
        }
        for (key, (sequence, _)) in stored {
            let sent = self.sent.get(&key);
            if sent.is_none_or(|sent| *sent < sequence) {
                differences.push(format!("{key:?} at {sequence} was never sent ({sent:?})"));
            }
        }
        differences
    }
}

/// One student at work.
struct Seat {
    client: Client,
    demo: Arc<Demo>,
    student: Student,
    signed_in: Instant,
    ledger: Arc<Mutex<Ledger>>,
    began: Instant,
    stop: Arc<AtomicBool>,
    sequence: u64,
}

impl Seat {
    fn work(mut self, first: Instant, every: Duration) {
        for number in 0_u32.. {
            let due = first + every * number;
            while let Some(left) = due.checked_duration_since(Instant::now()) {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::sleep(left.min(Duration::from_millis(100)));
            }
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if self.signed_in.elapsed() > SIGN_IN_AGAIN {
                self.sign_in();
            }
            match number % 6 {
                0 | 2 | 4 => self.save(),
                // That the service is ready is the deploy's own question: a disk that stalls makes it unready, and refuses
                // nobody.
                1 => self.ask("/health/liveness"),
                3 => self.ask("/"),
                _ => {
                    let path = format!("/api/v1/attempts/{}", self.student.attempt_id());
                    self.ask(&path);
                }
            }
        }
    }

    fn ask(&self, path: &str) {
        let sent = Instant::now();
        let reply = self.student.client.get(path);
        self.record(&format!("GET {path}"), sent, reply);
    }

    fn save(&mut self) {
        self.sequence += 1;
        let questions = self.student.questions().len();
        let choice = usize::try_from(self.sequence).unwrap_or(0);
        let answer = self
            .student
            .answer(choice % questions, self.sequence, choice / questions);
        let key = (
            self.student.attempt_id().to_owned(),
            answer.question_id.clone(),
        );
        self.note_sent(&key);
        let sent = Instant::now();
        let reply = self.student.save(std::slice::from_ref(&answer));
        if let Some(reply) = self.record("PUT answers", sent, reply) {
            self.note_acknowledged(key, answer, &reply);
        }
    }

    fn note_sent(&self, key: &Key) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.sent.insert(key.clone(), self.sequence);
    }

    fn note_acknowledged(&self, key: Key, answer: Answer, reply: &Reply) {
        let reply = reply.json();
        let saved = &reply["saved"][0];
        let mut ledger = self.ledger.lock().unwrap();
        if saved["question_id"] == answer.question_id.as_str()
            && saved["sequence"] == answer.sequence
        {
            let acknowledged = (answer.sequence, answer.response);
            ledger.acknowledged.insert(key, acknowledged);
        } else {
            let failure = self.failure("PUT answers", format!("it acknowledged {saved}"));
            ledger.served.failures.push(failure);
        }
    }

    /// Notes how a request ended; returns its reply if that is a good one.
    fn record(
        &self,
        request: &str,
        sent: Instant,
        reply: Result<Reply, ureq::Error>,
    ) -> Option<Reply> {
        let took = sent.elapsed();
        let mut ledger = self.ledger.lock().unwrap();
        ledger.served.slowest = ledger.served.slowest.max(took);
        let reason = match reply {
            Ok(reply) if (200..300).contains(&reply.status) => {
                ledger.answered += 1;
                ledger.served.answered += 1;
                return Some(reply);
            }
            Ok(reply) => format!("{}: {}", reply.status, reply.text),
            Err(error) => format!("{error} after {took:?}"),
        };
        ledger.served.failures.push(self.failure(request, reason));
        None
    }

    fn failure(&self, request: &str, reason: String) -> Failure {
        Failure {
            at: self.began.elapsed(),
            request: request.to_owned(),
            reason,
        }
    }

    /// As a page does before its token ends. Where that does not work, it is tried again with the next request.
    fn sign_in(&mut self) {
        let credentials =
            serde_json::json!({"login": self.student.login, "password": self.demo.password});
        let sent = Instant::now();
        let reply = self.client.post("/api/v1/auth/login", &credentials);
        let Some(reply) = self.record("POST login", sent, reply) else {
            return;
        };
        if let Some(token) = reply.json()["access_token"].as_str() {
            self.student.client = self.client.with_bearer(token);
            self.signed_in = Instant::now();
        }
    }
}

/// Rises from one client to the next, as the page's own sequences do.
fn unix_milliseconds() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(question: &str) -> Key {
        ("a".to_owned(), question.to_owned())
    }

    fn stored(question: &str, sequence: u64, response: &str) -> Value {
        json!({"attempt_id": "a", "question_id": question, "sequence": sequence, "response": response})
    }

    #[test]
    fn what_was_acknowledged_is_stored_and_what_is_stored_was_sent() {
        let mut ledger = Ledger::default();
        ledger.acknowledged.insert(key("q"), (5, json!("yes")));
        ledger.sent.insert(key("q"), 7);
        let missing = |lines: &[Value]| ledger.differences(lines).len();
        assert_eq!(missing(&[stored("q", 5, "yes")]), 0);
        // Sent, stored, and the acknowledgement was lost on its way.
        assert_eq!(missing(&[stored("q", 7, "no")]), 0);
        for wrong in [
            vec![],
            vec![stored("q", 4, "yes")],
            vec![stored("q", 5, "no")],
            vec![stored("q", 8, "yes")],
            vec![stored("q", 5, "yes"), stored("other", 1, "yes")],
        ] {
            assert_eq!(missing(&wrong), 1, "{wrong:?}");
        }
    }
}
