//! Which answers were sent, and which were acknowledged? Written down before and after each save.
//!
//! The notes are kept in memory for the verdict and appended to a file (JSON lines), so that they
//! survive the generator. `reconcile.rs` compares them with what the server really stored.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The place of one answer: an attempt and a question in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) attempt: String,
    pub(crate) question: String,
}

/// What is known about one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// Hash of the response by sequence, for every save this run sent.
    pub(crate) sent: BTreeMap<u64, String>,
    /// The sequences whose acknowledgement was read to its end.
    pub(crate) acknowledged: BTreeSet<u64>,
    /// What the place held before this run.
    pub(crate) before: Option<(u64, String)>,
}

/// What a run knows; the pure half of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) places: BTreeMap<Place, Notes>,
    /// Every attempt this run's users worked on, and which user.
    pub(crate) attempts: BTreeMap<String, u32>,
    /// Attempts whose submission was acknowledged.
    pub(crate) submitted: BTreeSet<String>,
    /// Saves acknowledged so far, over all places.
    pub(crate) acknowledged: u64,
}

impl Account {
    pub(crate) fn opened(&mut self, user: u32, attempt: &str) {
        self.attempts.insert(attempt.to_owned(), user);
    }

    fn notes(&mut self, place: &Place) -> &mut Notes {
        self.places.entry(place.clone()).or_default()
    }

    pub(crate) fn found(&mut self, place: &Place, sequence: u64, hash: &str) {
        self.notes(place).before = Some((sequence, hash.to_owned()));
    }

    pub(crate) fn sent(&mut self, place: &Place, sequence: u64, hash: &str) {
        self.notes(place).sent.insert(sequence, hash.to_owned());
    }

    pub(crate) fn acknowledged(&mut self, place: &Place, sequence: u64) {
        if self.notes(place).acknowledged.insert(sequence) {
            self.acknowledged += 1;
        }
    }
}

/// One answer that is about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutgoingAnswer {
    pub(crate) place: Place,
    pub(crate) sequence: u64,
    pub(crate) response: Value,
}

/// One line of the ledger file. `S`: about to be sent. `A`: acknowledged. `B`: was there before.
/// `F`: the submission of the attempt was acknowledged.
#[derive(Serialize)]
struct Line<'a> {
    t: &'static str,
    user: u32,
    attempt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
}

/// The account of a run and the file it is copied to.
#[derive(Debug)]
pub(crate) struct Ledger {
    account: Account,
    file: File,
    path: PathBuf,
    /// The first failure to write; from then on the file is incomplete.
    failure: Option<String>,
}

impl Ledger {
    /// A new ledger. An existing file is never added to: two runs in one file prove nothing.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Self {
            account: Account::default(),
            file,
            path: path.to_owned(),
            failure: None,
        })
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// Why the file is incomplete, if it is.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub(crate) fn opened(&mut self, user: u32, attempt: &str, stored: &[OutgoingAnswer]) {
        self.account.opened(user, attempt);
        let mut text = String::new();
        for answer in stored {
            let hash = hash_response(&answer.response);
            self.account.found(&answer.place, answer.sequence, &hash);
            push_line(&mut text, &line("B", user, answer, Some(&hash)));
        }
        self.append(&text);
    }

    /// To be called, and to return, before the answers leave.
    pub(crate) fn sending(&mut self, user: u32, answers: &[OutgoingAnswer]) {
        let mut text = String::new();
        for answer in answers {
            let hash = hash_response(&answer.response);
            self.account.sent(&answer.place, answer.sequence, &hash);
            push_line(&mut text, &line("S", user, answer, Some(&hash)));
        }
        self.append(&text);
    }

    /// To be called once the body of the acknowledgement was read to its end.
    pub(crate) fn acknowledged<'a>(
        &mut self,
        user: u32,
        answers: impl Iterator<Item = &'a OutgoingAnswer>,
    ) {
        let mut text = String::new();
        for answer in answers {
            self.account.acknowledged(&answer.place, answer.sequence);
            push_line(&mut text, &line("A", user, answer, None));
        }
        self.append(&text);
    }

    pub(crate) fn submission_acknowledged(&mut self, user: u32, attempt: &str) {
        self.account.submitted.insert(attempt.to_owned());
        let mut text = String::new();
        push_line(
            &mut text,
            &Line {
                t: "F",
                user,
                attempt,
                question: None,
                sequence: None,
                hash: None,
            },
        );
        self.append(&text);
    }

    fn append(&mut self, text: &str) {
        if let Err(error) = self.file.write_all(text.as_bytes())
            && self.failure.is_none()
        {
            self.failure = Some(format!(
                "cannot append to the ledger {}: {error}",
                self.path.display()
            ));
        }
    }
}

fn line<'a>(
    t: &'static str,
    user: u32,
    answer: &'a OutgoingAnswer,
    hash: Option<&'a str>,
) -> Line<'a> {
    Line {
        t,
        user,
        attempt: &answer.place.attempt,
        question: Some(&answer.place.question),
        sequence: Some(answer.sequence),
        hash,
    }
}

fn push_line(text: &mut String, line: &Line<'_>) {
    if let Ok(json) = serde_json::to_string(line) {
        text.push_str(&json);
        text.push('\n');
    }
}

/// SHA-256 over the response as JSON with sorted keys and no spaces, in hexadecimal.
pub(crate) fn hash_response(response: &Value) -> String {
    let digest = Sha256::digest(canonical(response).to_string());
    digest
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let written = write!(text, "{byte:02x}");
            debug_assert!(written.is_ok());
            text
        })
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map
                .iter()
                .map(|(key, value)| (key.clone(), canonical(value)))
                .collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(sequence: u64) -> OutgoingAnswer {
        OutgoingAnswer {
            place: Place {
                attempt: "a".into(),
                question: "q".into(),
            },
            sequence,
            response: json!({"value": true}),
        }
    }

    #[test]
    fn hash_does_not_depend_on_the_order_of_keys() {
        let left: Value =
            serde_json::from_str(r#"{"a":{"x":1,"y":[{"c":1,"b":2}]},"b":2}"#).unwrap();
        let right: Value =
            serde_json::from_str(r#"{"b":2,"a":{"y":[{"b":2,"c":1}],"x":1}}"#).unwrap();
        assert_eq!(hash_response(&left), hash_response(&right));
        assert_ne!(hash_response(&left), hash_response(&json!({"a": 1})));
    }

    #[test]
    fn file_tells_what_was_sent_before_what_was_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let mut ledger = Ledger::create(&path).unwrap();
        ledger.opened(3, "a", &[answer(1)]);
        ledger.sending(3, &[answer(2)]);
        ledger.acknowledged(3, [answer(2)].iter());
        ledger.submission_acknowledged(3, "a");
        let text = std::fs::read_to_string(&path).unwrap();
        let kinds: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["t"].clone())
            .collect();
        assert_eq!(kinds, ["B", "S", "A", "F"]);
        assert_eq!(ledger.account().acknowledged, 1);
        assert_eq!(ledger.failure(), None);
    }

    #[test]
    fn existing_ledger_is_never_mixed_with_another_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, "old").unwrap();
        assert!(Ledger::create(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    }
}
