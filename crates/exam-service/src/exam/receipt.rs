//! The receipt of a submission: a hash by which student and examiner can agree on what was handed in.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::answer::StoredAnswer;
use super::ids::AttemptId;

/// SHA-256, in lower-case hexadecimal, over the attempt and its answers sorted by question.
///
/// One line per answer: question id, sequence and the canonical response, separated by spaces.
pub fn receipt(attempt: AttemptId, answers: &[StoredAnswer]) -> String {
    let mut sorted: Vec<&StoredAnswer> = answers.iter().collect();
    sorted.sort_by_key(|answer| answer.question_id);
    let mut hash = Sha256::new();
    hash.update(format!("{attempt}\n"));
    for answer in sorted {
        hash.update(format!(
            "{} {} {}\n",
            answer.question_id,
            answer.sequence.get(),
            answer.response.to_json()
        ));
    }
    hexadecimal(&hash.finalize())
}

/// `bytes` in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            write!(text, "{byte:02x}").ok();
            text
        })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::exam::{QuestionId, Response, Sequence};

    #[test]
    fn a_receipt_depends_on_the_answers_and_not_on_their_order() {
        let answer = |value| StoredAnswer {
            question_id: QuestionId::generate(),
            response: Response::Value(value),
            sequence: Sequence::new(1).unwrap(),
            flagged: false,
            saved_at: DateTime::UNIX_EPOCH,
        };
        let attempt = AttemptId::generate();
        let (one, two) = (answer(true), answer(false));
        let forward = receipt(attempt, &[one.clone(), two.clone()]);
        assert_eq!(forward, receipt(attempt, &[two.clone(), one.clone()]));
        assert_eq!(forward.len(), 64);
        let changed = StoredAnswer {
            response: Response::Value(true),
            ..two
        };
        assert_ne!(forward, receipt(attempt, &[one, changed]));
    }
}
