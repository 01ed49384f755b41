//! Is every acknowledged answer stored, and nothing else? Pure: an account against what was read back.
//!
//! Answers are last-write-wins, so a stored answer accounts for every save of its place with the
//! same or a lower sequence. A save that was sent and not acknowledged may be stored or not.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{Account, Hash, Notes, Place};

/// Most examples that a report shows.
const EXAMPLES_LIMIT: usize = 20;

/// One answer as the server has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredAnswer {
    pub(crate) place: Place,
    pub(crate) sequence: u64,
    pub(crate) response: Value,
}

/// What the server has, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stored {
    pub(crate) answers: Vec<StoredAnswer>,
    pub(crate) submitted: BTreeSet<String>,
}

/// How the acknowledged and the stored answers compare. All but the counts of the first line must be 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Correctness {
    /// Different saves sent: an answer with its sequence counts once, however often it was repeated.
    pub sent: u64,
    /// Saves whose acknowledgement was read to its end.
    pub acked: u64,
    /// Sent saves that the stored answers account for.
    pub stored: u64,
    /// Acknowledged saves that the stored answers do not account for.
    pub lost_acked: u64,
    /// Answers stored with a lower sequence than one acknowledged or there before.
    pub regressed: u64,
    /// Answers stored with a sequence that was sent, but with another response.
    pub altered: u64,
    /// Answers stored more than once.
    pub duplicate: u64,
    /// Answers stored that nobody sent.
    pub phantom: u64,
    /// Saves whose fate was never told: sent and not acknowledged. No fault by itself.
    pub unknown: u64,
    /// Answers that the server showed during the run, older than it had acknowledged.
    #[serde(default)]
    pub stale_reads: u64,
    pub submits_acked: u64,
    /// Acknowledged submissions after which the attempt is not submitted.
    pub submits_missing: u64,
    /// The first few of what is wrong, one sentence each.
    pub examples: Vec<String>,
}

impl Correctness {
    /// Every promise that can be broken, by name, with how often it was.
    pub fn faults(&self) -> [(&'static str, u64); 7] {
        [
            ("lost_acked", self.lost_acked),
            ("regressed", self.regressed),
            ("altered", self.altered),
            ("duplicate", self.duplicate),
            ("phantom", self.phantom),
            ("stale_reads", self.stale_reads),
            ("submits_missing", self.submits_missing),
        ]
    }

    fn example(&mut self, text: impl FnOnce() -> String) {
        if self.examples.len() < EXAMPLES_LIMIT {
            self.examples.push(text());
        }
    }
}

/// Compares what a run knows with what the server has.
///
/// Stored answers of other attempts than this run's are not its business.
pub(crate) fn reconcile(account: &Account, stored: &Stored) -> Correctness {
    let mut correctness = Correctness {
        acked: account.acknowledged,
        stale_reads: account.stale_reads,
        examples: account.stale_examples.clone(),
        ..Correctness::default()
    };
    let stored_by_place = by_place(account, stored, &mut correctness);
    for (attempt, notes) in &account.attempts {
        for (question, notes) in &notes.questions {
            let place = Place {
                attempt: Arc::clone(attempt),
                question: Arc::clone(question),
            };
            let found = stored_by_place.get(&place).copied();
            compare_place(&place, notes, found, &mut correctness);
        }
        correctness.submits_acked += u64::from(notes.submitted);
        if notes.submitted && !stored.submitted.contains(&**attempt) {
            correctness.submits_missing += 1;
            correctness.example(|| {
                format!(
                    "attempt {attempt}: its submission was acknowledged, and it is not submitted"
                )
            });
        }
    }
    correctness
}

/// What is stored of this run's attempts. What is stored twice or was never sent is found here.
fn by_place<'a>(
    account: &Account,
    stored: &'a Stored,
    correctness: &mut Correctness,
) -> BTreeMap<&'a Place, &'a StoredAnswer> {
    let mut stored_by_place: BTreeMap<&Place, &StoredAnswer> = BTreeMap::new();
    for answer in &stored.answers {
        let Some(attempt) = account.attempts.get(&answer.place.attempt) else {
            continue;
        };
        let kept = stored_by_place.entry(&answer.place).or_insert(answer);
        if !std::ptr::eq(*kept, answer) {
            correctness.duplicate += 1;
            correctness.example(|| format!("{} is stored more than once", describe(&answer.place)));
            if answer.sequence > kept.sequence {
                *kept = answer;
            }
        } else if !attempt.questions.contains_key(&answer.place.question) {
            correctness.phantom += 1;
            correctness.example(|| {
                format!(
                    "{} is stored with sequence {} and was never sent",
                    describe(&answer.place),
                    answer.sequence
                )
            });
        }
    }
    stored_by_place
}

fn compare_place(
    place: &Place,
    notes: &Notes,
    stored: Option<&StoredAnswer>,
    correctness: &mut Correctness,
) {
    let reached = stored.map_or(0, |answer| answer.sequence);
    let lost = notes.acknowledged.above(reached);
    correctness.sent += notes.sent.len();
    correctness.unknown += notes.sent.len() - notes.acknowledged.len();
    correctness.lost_acked += lost;
    correctness.stored += notes.acknowledged.len() - lost;
    let highest_acknowledged = notes.acknowledged.highest().unwrap_or(0);
    let before = notes.before.map_or(0, |(sequence, _)| sequence);
    let floor = highest_acknowledged.max(before);
    let Some(answer) = stored else {
        if lost > 0 {
            correctness.example(|| {
                format!(
                    "{}: sequence {highest_acknowledged} was acknowledged, nothing is stored",
                    describe(place)
                )
            });
        } else if before > 0 {
            correctness.regressed += 1;
            correctness.example(|| {
                format!(
                    "{}: sequence {before} was there before the run, nothing is stored",
                    describe(place)
                )
            });
        }
        return;
    };
    if answer.sequence < floor {
        correctness.regressed += 1;
        correctness.example(|| {
            format!(
                "{}: stored is sequence {}, after {floor} was acknowledged",
                describe(place),
                answer.sequence
            )
        });
    }
    compare_response(place, notes, answer, correctness);
}

/// Whether what is stored is what was sent under its sequence.
fn compare_response(
    place: &Place,
    notes: &Notes,
    answer: &StoredAnswer,
    correctness: &mut Correctness,
) {
    let was_sent = notes.sent.contains(answer.sequence);
    let was_before = notes
        .before
        .is_some_and(|(sequence, _)| sequence == answer.sequence);
    if !was_sent && !was_before {
        correctness.phantom += 1;
        correctness.example(|| {
            format!(
                "{} is stored with sequence {}, which was never sent",
                describe(place),
                answer.sequence
            )
        });
        return;
    }
    // Without a hash it is older than what was acknowledged, and found to be so already.
    let is_altered = notes
        .hash(answer.sequence)
        .is_some_and(|hash| hash != Hash::of(&answer.response));
    if is_altered {
        correctness.altered += 1;
        correctness.example(|| {
            format!(
                "{}: sequence {} is stored with another response than was sent",
                describe(place),
                answer.sequence
            )
        });
    } else if was_sent && !notes.acknowledged.contains(answer.sequence) {
        correctness.stored += 1;
    }
}

fn describe(place: &Place) -> String {
    format!("attempt {} question {}", place.attempt, place.question)
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

    fn response(sequence: u64) -> Value {
        json!({ "value": sequence })
    }

    /// `sent` and `acknowledged` sequences of one place, and what it held before.
    fn account(before: u64, sent: &[u64], acknowledged: &[u64]) -> Account {
        let mut account = Account::default();
        account.opened(0, &"a".into());
        if before > 0 {
            account.found(&place(), before, Hash::of(&response(before)));
        }
        for sequence in sent {
            account.sent(&place(), *sequence, Hash::of(&response(*sequence)));
        }
        for sequence in acknowledged {
            account.acknowledged(&place(), *sequence);
        }
        account
    }

    fn stored(sequences: &[u64]) -> Stored {
        let answer = |sequence: &u64| StoredAnswer {
            place: place(),
            sequence: *sequence,
            response: response(*sequence),
        };
        Stored {
            answers: sequences.iter().map(answer).collect(),
            submitted: BTreeSet::new(),
        }
    }

    struct Case {
        name: &'static str,
        account: Account,
        stored: Stored,
        /// stored, lost, regressed, duplicate, phantom, unknown
        expected: [u64; 6],
    }

    #[test]
    #[rustfmt::skip]
    fn each_history_has_its_finding() {
        let cases = [
            Case { name: "all there", account: account(0, &[1, 2], &[1, 2]), stored: stored(&[2]), expected: [2, 0, 0, 0, 0, 0] },
            Case { name: "acknowledged and absent", account: account(0, &[1, 2], &[1, 2]), stored: stored(&[]), expected: [0, 2, 0, 0, 0, 0] },
            Case { name: "acknowledged and gone back", account: account(0, &[1, 2, 3], &[1, 2, 3]), stored: stored(&[1]), expected: [1, 2, 1, 0, 0, 0] },
            Case { name: "unacknowledged and absent", account: account(0, &[1], &[]), stored: stored(&[]), expected: [0, 0, 0, 0, 0, 1] },
            Case { name: "unacknowledged and present", account: account(0, &[1, 2], &[1]), stored: stored(&[2]), expected: [2, 0, 0, 0, 0, 1] },
            Case { name: "never sent", account: account(0, &[], &[]), stored: stored(&[4]), expected: [0, 0, 0, 0, 1, 0] },
            Case { name: "a sequence never sent", account: account(0, &[1], &[1]), stored: stored(&[9]), expected: [1, 0, 0, 0, 1, 0] },
            Case { name: "twice", account: account(0, &[1, 2], &[1, 2]), stored: stored(&[1, 2]), expected: [2, 0, 0, 1, 0, 0] },
            Case { name: "there before and untouched", account: account(3, &[], &[]), stored: stored(&[3]), expected: [0, 0, 0, 0, 0, 0] },
            Case { name: "there before and gone", account: account(3, &[], &[]), stored: stored(&[]), expected: [0, 0, 1, 0, 0, 0] },
            Case { name: "there before and overwritten", account: account(3, &[4], &[4]), stored: stored(&[4]), expected: [1, 0, 0, 0, 0, 0] },
        ];
        for case in cases {
            let found = reconcile(&case.account, &case.stored);
            let actual = [found.stored, found.lost_acked, found.regressed, found.duplicate, found.phantom, found.unknown];
            assert_eq!(actual, case.expected, "{}: {found:?}", case.name);
            let faults: u64 = found.faults().iter().map(|(_, count)| count).sum();
            assert_eq!(found.examples.is_empty(), faults == 0, "{}", case.name);
        }
    }

    #[test]
    fn another_response_under_the_same_sequence_is_altered() {
        let mut stored = stored(&[2]);
        stored.answers[0].response = json!({ "value": "other" });
        let found = reconcile(&account(0, &[1, 2], &[1, 2]), &stored);
        assert_eq!((found.altered, found.lost_acked), (1, 0));
    }

    #[test]
    fn answers_of_other_attempts_are_not_this_runs_business() {
        let mut stored = stored(&[1]);
        stored.answers[0].place.attempt = "another".into();
        let found = reconcile(&Account::default(), &stored);
        assert_eq!(found, Correctness::default());
    }

    #[test]
    fn acknowledged_submission_must_be_there() {
        let mut account = account(0, &[1], &[1]);
        account.submitted(&"a".into());
        let mut stored = stored(&[1]);
        assert_eq!(reconcile(&account, &stored).submits_missing, 1);
        stored.submitted.insert("a".into());
        assert_eq!(reconcile(&account, &stored).submits_missing, 0);
    }

    #[test]
    fn a_thousand_losses_show_a_few_examples() {
        let mut account = Account::default();
        account.opened(0, &"a".into());
        for question in 0..1000 {
            let place = Place {
                attempt: "a".into(),
                question: question.to_string().into(),
            };
            account.sent(&place, 1, Hash::of(&json!(1)));
            account.acknowledged(&place, 1);
        }
        let found = reconcile(&account, &Stored::default());
        assert_eq!(
            (found.lost_acked, found.examples.len()),
            (1000, EXAMPLES_LIMIT)
        );
    }
}
