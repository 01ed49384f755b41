//! What a run knows of the answers that it sent; the pure half of the ledger.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ranges::Ranges;

/// Most sentences kept about answers that were read back too old.
const EXAMPLES_LIMIT: usize = 20;

/// The place of one answer: an attempt and a question in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) attempt: Arc<str>,
    pub(crate) question: Arc<str>,
}

/// The first 16 bytes of the SHA-256 of a response as JSON with sorted keys and no spaces; as text in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Hash([u8; 16]);

/// What is known about one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// The sequence of every save that this run sent.
    pub(crate) sent: Ranges,
    /// Those whose acknowledgement was read to its end.
    pub(crate) acknowledged: Ranges,
    /// Of what was sent: with older sequences than the highest acknowledged one they are forgotten, because what is
    /// stored with such a sequence is a fault whatever it says.
    pub(crate) hashes: Vec<(u64, Hash)>,
    /// What the place held before this run.
    pub(crate) before: Option<(u64, Hash)>,
}

/// What is known about one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttemptNotes {
    /// Whose it is, by number in the run.
    pub(crate) user: u32,
    /// Whether its submission was acknowledged.
    pub(crate) submitted: bool,
    pub(crate) questions: BTreeMap<Arc<str>, Notes>,
}

/// What a generator, or several of them, know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) attempts: BTreeMap<Arc<str>, AttemptNotes>,
    /// Saves acknowledged so far, over all places.
    pub(crate) acknowledged: u64,
    /// Answers that the server showed, during the run, with a lower sequence than it had acknowledged.
    pub(crate) stale_reads: u64,
    /// The first few of them, one sentence each.
    pub(crate) stale_examples: Vec<String>,
}

impl Account {
    pub(crate) fn opened(&mut self, user: u32, attempt: &Arc<str>) {
        self.attempts.entry(Arc::clone(attempt)).or_default().user = user;
    }

    pub(crate) fn found(&mut self, place: &Place, sequence: u64, hash: Hash) {
        self.notes(place).before = Some((sequence, hash));
    }

    pub(crate) fn sent(&mut self, place: &Place, sequence: u64, hash: Hash) {
        let notes = self.notes(place);
        if notes.sent.insert(sequence) {
            notes.hashes.push((sequence, hash));
        }
    }

    pub(crate) fn acknowledged(&mut self, place: &Place, sequence: u64) {
        let notes = self.notes(place);
        if notes.acknowledged.insert(sequence) {
            let highest = notes.acknowledged.highest().unwrap_or(0);
            notes.hashes.retain(|(sequence, _)| *sequence >= highest);
            self.acknowledged += 1;
        }
    }

    pub(crate) fn submitted(&mut self, attempt: &Arc<str>) {
        self.attempts
            .entry(Arc::clone(attempt))
            .or_default()
            .submitted = true;
    }

    /// The server shows this sequence for a place, 0 for no answer: is it as new as what it acknowledged?
    pub(crate) fn shown(&mut self, place: &Place, sequence: u64) {
        let acknowledged = self.notes(place).acknowledged.highest().unwrap_or(0);
        if sequence >= acknowledged {
            return;
        }
        self.stale_reads += 1;
        if self.stale_examples.len() < EXAMPLES_LIMIT {
            self.stale_examples.push(format!(
                "attempt {} question {}: sequence {sequence} was shown after {acknowledged} was acknowledged",
                place.attempt, place.question
            ));
        }
    }

    /// The questions of an attempt that have an acknowledged answer.
    pub(crate) fn answered(&self, attempt: &str) -> Vec<Arc<str>> {
        let notes = self.attempts.get(attempt).into_iter();
        let questions = notes.flat_map(|notes| &notes.questions);
        questions
            .filter(|(_, notes)| notes.acknowledged.len() > 0)
            .map(|(question, _)| Arc::clone(question))
            .collect()
    }

    /// Adds what another generator knows; its users are others.
    pub(crate) fn merge(&mut self, other: Self) {
        self.attempts.extend(other.attempts);
        self.acknowledged += other.acknowledged;
        self.stale_reads += other.stale_reads;
        let room = EXAMPLES_LIMIT.saturating_sub(self.stale_examples.len());
        self.stale_examples
            .extend(other.stale_examples.into_iter().take(room));
    }

    fn notes(&mut self, place: &Place) -> &mut Notes {
        let attempt = self.attempts.entry(Arc::clone(&place.attempt)).or_default();
        attempt
            .questions
            .entry(Arc::clone(&place.question))
            .or_default()
    }
}

impl Notes {
    /// The hash of what was sent under this sequence, as far as it is still known.
    pub(crate) fn hash(&self, sequence: u64) -> Option<Hash> {
        let sent = self.hashes.iter().find(|(known, _)| *known == sequence);
        let before = self.before.iter().find(|(known, _)| *known == sequence);
        sent.or(before).map(|(_, hash)| *hash)
    }
}

impl Hash {
    pub(crate) fn of(response: &Value) -> Self {
        let digest = Sha256::digest(canonical(response).to_string());
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        Self(hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = u128::from_str_radix(&text, 16)
            .map_err(|error| format!("'{text}' is no hash: {error}"))?;
        Ok(Self(number.to_be_bytes()))
    }
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

    fn place() -> Place {
        Place {
            attempt: "a".into(),
            question: "q".into(),
        }
    }

    #[test]
    fn hash_does_not_depend_on_the_order_of_keys() {
        let left: Value =
            serde_json::from_str(r#"{"a":{"x":1,"y":[{"c":1,"b":2}]},"b":2}"#).unwrap();
        let right: Value =
            serde_json::from_str(r#"{"b":2,"a":{"y":[{"b":2,"c":1}],"x":1}}"#).unwrap();
        assert_eq!(Hash::of(&left), Hash::of(&right));
        assert_ne!(Hash::of(&left), Hash::of(&json!({"a": 1})));
    }

    #[test]
    fn what_is_sent_to_another_machine_is_what_was_known() {
        let mut account = Account::default();
        account.opened(3, &"a".into());
        account.found(&place(), 1, Hash::of(&json!(1)));
        for sequence in [2, 3, 5] {
            account.sent(&place(), sequence, Hash::of(&json!(sequence)));
        }
        account.acknowledged(&place(), 3);
        account.shown(&place(), 2);
        let text = serde_json::to_string(&account).unwrap();
        assert_eq!(serde_json::from_str::<Account>(&text).unwrap(), account);
        let notes = &account.attempts["a"].questions["q"];
        let known: Vec<_> = (1..=5)
            .map(|sequence| notes.hash(sequence).is_some())
            .collect();
        assert_eq!(known, [true, false, true, false, true]);
    }

    #[test]
    fn an_answer_shown_older_than_acknowledged_is_stale_and_a_newer_one_is_not() {
        let mut account = Account::default();
        account.sent(&place(), 1, Hash::of(&json!(1)));
        account.shown(&place(), 0);
        account.acknowledged(&place(), 1);
        account.shown(&place(), 1);
        account.shown(&place(), 2);
        assert_eq!(account.stale_reads, 0);
        account.shown(&place(), 0);
        assert_eq!((account.stale_reads, account.stale_examples.len()), (1, 1));
    }
}
