//! The log of what staff did, as a chain: each line's hash covers the hash of the line before it.
//!
//! Whoever changes, removes or inserts a line has to compute every later one anew; a copy of any later hash, on paper or
//! in a message, then gives it away.

mod deed;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::receipt::hexadecimal;

pub use deed::Deed;

/// What a line of the log says, beside its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// From 1, without gaps.
    pub number: i64,
    /// Unix milliseconds.
    pub happened_at_ms: i64,
    /// The account; `None`: the service itself.
    pub actor: Option<String>,
    /// What was done: a word of [`Deed`], or of a later version.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which one; `None`: to many.
    pub subject: Option<String>,
    /// In which exam, if in one.
    pub exam: Option<String>,
    /// In which course, if that is known beside the exam.
    pub course: Option<String>,
    /// How much, and what it was before: a JSON text. No secrets, no answers, no addresses.
    pub detail: String,
}

/// The most ids that one line names.
const MOST_IDS: usize = 100;

/// Whom or what a change is about: each of them, or, of more than a hundred, how many they are and the SHA-256 of the JSON
/// array of their ids, so that a list from elsewhere can be held against it.
pub fn those(ids: &[String]) -> Value {
    if ids.len() <= MOST_IDS {
        return json!(ids);
    }
    let hash = hexadecimal(&Sha256::digest(json!(ids).to_string()));
    json!({ "count": ids.len(), "sha256": hash })
}

/// What a change was: before and after of each member that is another one now; empty when none is.
pub fn differences<const N: usize>(members: [(&str, Value, Value); N]) -> Map<String, Value> {
    let changed = members.into_iter().filter(|(_, old, new)| old != new);
    let entry = |(name, old, new): (&str, Value, Value)| {
        (name.to_owned(), json!({ "from": old, "to": new }))
    };
    changed.map(entry).collect()
}

impl AuditLine {
    /// SHA-256, in lower-case hexadecimal, over the JSON array of the previous hash and every member in their order.
    ///
    /// JSON tells members apart whatever they contain.
    pub fn hash(&self, previous_hash: &str) -> String {
        let members = serde_json::json!([
            previous_hash,
            self.number,
            self.happened_at_ms,
            self.actor,
            self.action,
            self.subject_kind,
            self.subject,
            self.exam,
            self.course,
            self.detail
        ]);
        hexadecimal(&Sha256::digest(members.to_string()))
    }
}

/// A line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedLine {
    /// What it says.
    pub line: AuditLine,
    /// The hash of the line before it; empty for the first.
    pub previous_hash: String,
    /// Its own.
    pub hash: String,
}

impl ChainedLine {
    /// Whether it says what it said when it was written, as far as it can tell by itself.
    pub fn holds(&self) -> bool {
        self.hash == self.line.hash(&self.previous_hash)
    }
}

/// Where in the chain a check stands: what the next line has to follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChainEnd {
    /// The number of the last line; 0 before the first.
    pub number: i64,
    /// Its hash.
    pub hash: String,
}

impl ChainEnd {
    /// Goes on over `lines`, which are in their order.
    ///
    /// # Errors
    /// The number of the first line that does not follow: changed, out of place, or after one that is missing.
    pub fn follow(self, lines: &[ChainedLine]) -> Result<Self, i64> {
        lines.iter().try_fold(self, |end, next| {
            let expected = end.number + 1;
            let holds =
                next.line.number == expected && next.previous_hash == end.hash && next.holds();
            if holds {
                Ok(Self {
                    number: expected,
                    hash: next.hash.clone(),
                })
            } else {
                Err(expected)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(actions: &[&str]) -> Vec<ChainedLine> {
        let mut previous_hash = String::new();
        let lines = (1..).zip(actions).map(|(number, action)| {
            let line = AuditLine {
                number,
                happened_at_ms: number * 1000,
                actor: Some("somebody".to_owned()),
                action: (*action).to_owned(),
                subject_kind: "exam".to_owned(),
                subject: Some("which one".to_owned()),
                exam: None,
                course: None,
                detail: "{}".to_owned(),
            };
            let hash = line.hash(&previous_hash);
            let previous_hash = std::mem::replace(&mut previous_hash, hash.clone());
            ChainedLine {
                line,
                previous_hash,
                hash,
            }
        });
        lines.collect()
    }

    #[test]
    fn a_chain_that_nobody_touched_holds_in_one_piece_and_in_several() {
        let lines = chain(&["pause", "resume", "message"]);
        let end = ChainEnd::default().follow(&lines).unwrap();
        assert_eq!((end.number, &end.hash), (3, &lines[2].hash));
        let half = ChainEnd::default().follow(&lines[..1]).unwrap();
        assert_eq!(half.follow(&lines[1..]), Ok(end));
    }

    #[test]
    fn whatever_is_done_to_a_line_is_noticed_there() {
        let whole = chain(&["pause", "resume", "message", "reopen"]);
        let broken_at = |change: &dyn Fn(&mut Vec<ChainedLine>)| {
            let mut lines = whole.clone();
            change(&mut lines);
            ChainEnd::default().follow(&lines).unwrap_err()
        };
        assert_eq!(
            broken_at(&|lines| lines[1].line.detail = "[]".to_owned()),
            2
        );
        assert_eq!(broken_at(&|lines| lines[2].line.actor = None), 3);
        assert_eq!(broken_at(&|lines| lines[0].line.subject = None), 1);
        assert_eq!(broken_at(&|lines| lines[0].line.subject_kind.clear()), 1);
        assert_eq!(broken_at(&|lines| lines[2].line.happened_at_ms += 1), 3);
        assert_eq!(broken_at(&|lines| drop(lines.remove(1))), 2);
        assert_eq!(broken_at(&|lines| lines.swap(1, 2)), 2);
        // A line that was changed together with its own hash: the next one tells.
        let rehashed = broken_at(&|lines| {
            lines[1].line.action = "nothing".to_owned();
            lines[1].hash = lines[1].line.hash(&lines[0].hash);
        });
        assert_eq!(rehashed, 3);
    }

    #[test]
    fn a_line_names_a_hundred_and_counts_more() {
        let ids = |count: usize| (0..count).map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(those(&ids(100)).as_array().map(Vec::len), Some(100));
        assert_eq!(those(&ids(101))["count"], 101);
        assert_eq!(those(&ids(2000))["sha256"].as_str().map(str::len), Some(64));
    }

    #[test]
    fn a_change_tells_what_was_and_what_is_and_nothing_of_what_stayed() {
        let told = differences([
            ("title", json!("A"), json!("B")),
            ("code", json!("C"), json!("C")),
            ("archived", json!(null), json!(1)),
        ]);
        let expected =
            json!({ "archived": { "from": null, "to": 1 }, "title": { "from": "A", "to": "B" } });
        assert_eq!(Value::Object(told), expected);
        assert!(differences([("code", json!(1), json!(1))]).is_empty());
    }
}
