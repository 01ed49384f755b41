//! Which answers were sent, and which were acknowledged? Written down before and after each save.
//!
//! The notes are kept in memory for the verdict and appended to a file (JSON lines), so that they
//! survive the generator. `reconcile.rs` compares them with what the server really stored.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;

use super::account::{Account, Hash, Place};

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
    /// Microseconds since the plan began.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    /// The moment for which it was planned, in the same count.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<u64>,
    user: u32,
    attempt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Hash>,
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

    /// The server shows these answers again: those that it acknowledged must be among them, as new as it said.
    pub(crate) fn shown(&mut self, attempt: &Arc<str>, shown: &[OutgoingAnswer]) {
        for question in self.account.answered(attempt) {
            let place = Place {
                attempt: Arc::clone(attempt),
                question,
            };
            let found = shown.iter().find(|answer| answer.place == place);
            self.account
                .shown(&place, found.map_or(0, |answer| answer.sequence));
        }
    }

    /// What it has noted, for the verdict.
    pub(crate) fn take_account(&mut self) -> Account {
        std::mem::take(&mut self.account)
    }

    /// Why the file is incomplete, if it is.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub(crate) fn opened(&mut self, user: u32, attempt: &Arc<str>, stored: &[OutgoingAnswer]) {
        self.account.opened(user, attempt);
        let mut text = String::new();
        for answer in stored {
            let hash = Hash::of(&answer.response);
            self.account.found(&answer.place, answer.sequence, hash);
            push_line(&mut text, &line("B", user, answer, Some(hash)));
        }
        self.append(&text);
    }

    /// To be called, and to return, before the answers leave, which were planned for the moment `due`.
    pub(crate) fn sending(
        &mut self,
        user: u32,
        answers: &[OutgoingAnswer],
        due: Duration,
        at: Duration,
    ) {
        let mut text = String::new();
        for answer in answers {
            let hash = Hash::of(&answer.response);
            self.account.sent(&answer.place, answer.sequence, hash);
            let line = Line {
                at: micros(at),
                due: micros(due),
                ..line("S", user, answer, Some(hash))
            };
            push_line(&mut text, &line);
        }
        self.append(&text);
    }

    /// To be called once the body of the acknowledgement was read to its end.
    pub(crate) fn acknowledged<'a>(
        &mut self,
        user: u32,
        at: Duration,
        answers: impl Iterator<Item = &'a OutgoingAnswer>,
    ) {
        let mut text = String::new();
        for answer in answers {
            self.account.acknowledged(&answer.place, answer.sequence);
            let line = Line {
                at: micros(at),
                ..line("A", user, answer, None)
            };
            push_line(&mut text, &line);
        }
        self.append(&text);
    }

    pub(crate) fn submission_acknowledged(&mut self, user: u32, attempt: &Arc<str>) {
        self.account.submitted(attempt);
        let mut text = String::new();
        push_line(
            &mut text,
            &Line {
                t: "F",
                at: None,
                due: None,
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

fn micros(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_micros()).ok()
}

fn line<'a>(
    t: &'static str,
    user: u32,
    answer: &'a OutgoingAnswer,
    hash: Option<Hash>,
) -> Line<'a> {
    Line {
        t,
        at: None,
        due: None,
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
    fn file_tells_what_was_sent_before_what_was_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let mut ledger = Ledger::create(&path).unwrap();
        ledger.opened(3, &"a".into(), &[answer(1)]);
        ledger.sending(
            3,
            &[answer(2)],
            Duration::from_micros(5),
            Duration::from_micros(9),
        );
        ledger.acknowledged(3, Duration::from_micros(12), [answer(2)].iter());
        ledger.submission_acknowledged(3, &"a".into());
        let text = std::fs::read_to_string(&path).unwrap();
        let kinds: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["t"].clone())
            .collect();
        assert_eq!(kinds, ["B", "S", "A", "F"]);
        assert!(
            text.contains(r#"{"t":"S","at":9,"due":5,"user":3"#),
            "{text}"
        );
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
