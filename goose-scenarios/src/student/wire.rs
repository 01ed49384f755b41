//! What the exam service says over HTTP, as far as a student's browser needs it.
//!
//! These types are this crate's own: the generator is a black-box client and shares none with the server.

use std::sync::Arc;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use crate::truth::{OutgoingAnswer, Place};

/// An answer of which it is enough that it is JSON.
pub(crate) type Anything = IgnoredAny;

#[derive(Debug, Deserialize)]
pub(crate) struct LoginResponse {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    /// In seconds.
    pub(crate) expires_in: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExamList {
    pub(crate) exams: Vec<ExamSummary>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExamSummary {
    pub(crate) id: String,
    pub(crate) attempt: Option<AttemptSummary>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AttemptSummary {
    pub(crate) state: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) id: Arc<str>,
    pub(crate) state: String,
    pub(crate) paper: Paper,
    pub(crate) answers: Vec<SavedAnswer>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Paper {
    pub(crate) questions: Vec<Question>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Question {
    pub(crate) id: Arc<str>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) options: Vec<Choice>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Choice {
    pub(crate) id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SavedAnswer {
    pub(crate) question_id: Arc<str>,
    pub(crate) response: Value,
    pub(crate) sequence: u64,
}

/// The acknowledgement of a save; a refusal of some answers has the same list for the others.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Acknowledgement {
    #[serde(default)]
    pub(crate) saved: Vec<Acknowledged>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Acknowledged {
    pub(crate) question_id: String,
    pub(crate) sequence: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Submission {
    pub(crate) state: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExamResult {
    pub(crate) max_score: f64,
}

/// What a page that says it is there hears.
#[derive(Debug, Deserialize)]
pub(crate) struct News {
    pub(crate) state: String,
}

impl Attempt {
    pub(crate) fn is_submitted(&self) -> bool {
        self.state == "submitted"
    }

    /// The answers the server already has for this attempt.
    pub(crate) fn stored(&self) -> Vec<OutgoingAnswer> {
        self.answers
            .iter()
            .map(|answer| OutgoingAnswer {
                place: Place {
                    attempt: Arc::clone(&self.id),
                    question: Arc::clone(&answer.question_id),
                },
                sequence: answer.sequence,
                response: answer.response.clone(),
            })
            .collect()
    }
}

impl ExamSummary {
    pub(crate) fn can_be_sat(&self) -> bool {
        self.attempt
            .as_ref()
            .is_none_or(|attempt| attempt.state == "open")
    }
}

impl Question {
    /// A valid response that changes with `turn`; nothing for kinds of question unknown here.
    pub(crate) fn response(&self, turn: u64) -> Option<Value> {
        match self.kind.as_str() {
            "true_false" => Some(json!({ "value": turn.is_multiple_of(2) })),
            "multiple_choice" | "multiple_response" => {
                let count = u64::try_from(self.options.len()).ok()?;
                let index = usize::try_from(turn.checked_rem(count)?).ok()?;
                Some(json!({ "selected": [self.options.get(index)?.id] }))
            }
            _ => None,
        }
    }
}

/// The body of a save.
pub(crate) fn save_body(answers: &[OutgoingAnswer]) -> Value {
    let answers: Vec<_> = answers
        .iter()
        .map(|answer| {
            json!({
                "question_id": answer.place.question,
                "response": answer.response,
                "sequence": answer.sequence,
            })
        })
        .collect();
    json!({ "answers": answers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: &str, options: &[&str]) -> Question {
        Question {
            id: "q".into(),
            kind: kind.into(),
            options: options
                .iter()
                .map(|id| Choice { id: (*id).into() })
                .collect(),
        }
    }

    #[test]
    fn responses_change_with_the_turn_and_are_of_the_questions_kind() {
        let question_with_options = question("multiple_choice", &["a", "b"]);
        assert_eq!(
            question_with_options.response(3),
            Some(json!({"selected": ["b"]}))
        );
        assert_eq!(
            question("true_false", &[]).response(2),
            Some(json!({"value": true}))
        );
        assert_eq!(question("multiple_choice", &[]).response(1), None);
        assert_eq!(question("essay", &[]).response(1), None);
    }

    #[test]
    fn submitted_exam_is_not_sat_again() {
        let exam = |attempt: Value| -> ExamSummary {
            serde_json::from_value(json!({"id": "e", "title": "E", "attempt": attempt})).unwrap()
        };
        assert!(exam(Value::Null).can_be_sat());
        assert!(exam(json!({"id": "a", "state": "open"})).can_be_sat());
        assert!(!exam(json!({"id": "a", "state": "submitted"})).can_be_sat());
    }
}
