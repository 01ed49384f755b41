//! One save: all answers of the sheet, noted before they leave and once they are acknowledged.
//!
//! Repeated with the same sequences while that can help, so that the server may see a save twice
//! and must not mind.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    endpoint::Endpoint,
    ledger::{OutgoingAnswer, Place},
    step::{Call, send},
    student::{End, Student, plan_back_off},
    wire::{Acknowledgement, Attempt, Question, save_body},
};

/// Most answers in one save, as the server has it.
const ANSWERS_LIMIT: usize = 100;

/// A student's answer sheet: the questions, and the sequence each answer has reached.
#[derive(Debug)]
pub(crate) struct Sheet {
    attempt: String,
    questions: Vec<Question>,
    sequences: BTreeMap<String, u64>,
    /// Where the next save begins, on papers with more questions than one save holds.
    next_question: usize,
    seed: u64,
}

impl Sheet {
    /// Nothing for a paper whose questions are all of unknown kinds.
    pub(crate) fn new(attempt: &Attempt, seed: u64) -> Option<Self> {
        let questions: Vec<Question> = attempt
            .paper
            .questions
            .iter()
            .filter(|question| question.response(0).is_some())
            .cloned()
            .collect();
        let stored = attempt.answers.iter();
        let sheet = Self {
            attempt: attempt.id.clone(),
            questions,
            sequences: stored
                .map(|answer| (answer.question_id.clone(), answer.sequence))
                .collect(),
            next_question: 0,
            seed: seed >> 32,
        };
        (!sheet.questions.is_empty()).then_some(sheet)
    }

    /// The next answers to save, each with a sequence one higher than the last of its question.
    fn next_answers(&mut self) -> Vec<OutgoingAnswer> {
        let count = self.questions.len().min(ANSWERS_LIMIT);
        let first = self.next_question;
        self.next_question = (first + count) % self.questions.len();
        let mut answers = Vec::with_capacity(count);
        for question in self.questions.iter().cycle().skip(first).take(count) {
            let sequence = self.sequences.entry(question.id.clone()).or_default();
            *sequence += 1;
            answers.push(OutgoingAnswer {
                place: Place {
                    attempt: self.attempt.clone(),
                    question: question.id.clone(),
                },
                sequence: *sequence,
                response: question
                    .response(self.seed.wrapping_add(*sequence))
                    .unwrap_or(Value::Null),
            });
        }
        answers
    }
}

/// Saves the sheet, planned for the moment `intended`. A save that fails for good is recorded and
/// left to the next one; it does not end the student's day.
pub(crate) async fn save(
    student: &mut Student<'_>,
    sheet: &mut Sheet,
    intended: Instant,
) -> Result<(), End> {
    let run = student.run;
    let answers = sheet.next_answers();
    run.operation_started(Endpoint::SaveAnswers);
    let mut tries = 1;
    let succeeded = loop {
        run.ledger().sending(student.user, &answers);
        let call = Call {
            endpoint: Endpoint::SaveAnswers,
            method: Method::PUT,
            path: format!("/api/v1/attempts/{}/answers", sheet.attempt),
            token: Some(&student.token),
            body: Some(save_body(&answers)),
        };
        let is_complete = |acknowledgement: &Acknowledgement| {
            acknowledged(&answers, acknowledgement).count() == answers.len()
        };
        let failure = match send(run, &student.client, call, is_complete).await {
            Ok(acknowledgement) => {
                let acknowledged = acknowledged(&answers, &acknowledgement);
                run.ledger().acknowledged(student.user, acknowledged);
                break true;
            }
            Err(failure) => failure,
        };
        // A refusal of some answers tells which of the others are saved: that is a promise too.
        if let Some(partial) = failure
            .body
            .and_then(|body| serde_json::from_value(body).ok())
        {
            run.ledger()
                .acknowledged(student.user, acknowledged(&answers, &partial));
        }
        if !failure.is_temporary || tries >= run.profile.client.save_attempts {
            break false;
        }
        let pause = plan_back_off(tries, failure.retry_after, &mut student.chance);
        tries += 1;
        if run.pause(pause).await.is_err() {
            run.operation_ended(Endpoint::SaveAnswers, false, intended);
            return Err(End::Interrupted);
        }
    };
    run.operation_ended(Endpoint::SaveAnswers, succeeded, intended);
    Ok(())
}

/// Those of `answers` that `acknowledgement` names with the very sequence that was sent.
fn acknowledged<'a>(
    answers: &'a [OutgoingAnswer],
    acknowledgement: &'a Acknowledgement,
) -> impl Iterator<Item = &'a OutgoingAnswer> {
    answers.iter().filter(|answer| {
        acknowledgement.saved.iter().any(|saved| {
            saved.question_id == answer.place.question && saved.sequence == answer.sequence
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn attempt(questions: usize) -> Attempt {
        let questions: Vec<_> = (0..questions)
            .map(|question| json!({"id": format!("q{question}"), "type": "true_false"}))
            .collect();
        serde_json::from_value(json!({
            "id": "a", "state": "open", "paper": {"questions": questions},
            "answers": [{"question_id": "q1", "response": {"value": true}, "sequence": 4}],
        }))
        .unwrap()
    }

    #[test]
    fn sequences_rise_per_question_and_go_on_where_the_attempt_was_left() {
        let mut sheet = Sheet::new(&attempt(2), 1).unwrap();
        let sequences = |answers: Vec<OutgoingAnswer>| -> Vec<u64> {
            answers.iter().map(|answer| answer.sequence).collect()
        };
        assert_eq!(sequences(sheet.next_answers()), [1, 5]);
        assert_eq!(sequences(sheet.next_answers()), [2, 6]);
    }

    #[test]
    fn long_paper_is_saved_a_hundred_answers_at_a_time() {
        let mut sheet = Sheet::new(&attempt(150), 1).unwrap();
        let first: Vec<_> = sheet
            .next_answers()
            .into_iter()
            .map(|answer| answer.place)
            .collect();
        let second: Vec<_> = sheet
            .next_answers()
            .into_iter()
            .map(|answer| answer.place)
            .collect();
        assert_eq!((first.len(), second.len()), (100, 100));
        assert_eq!(second[0].question, "q100");
        assert_eq!(second[50].question, "q0");
    }

    #[test]
    fn paper_of_unknown_questions_has_no_sheet() {
        let mut attempt = attempt(1);
        attempt.paper.questions[0].kind = "essay".into();
        assert!(Sheet::new(&attempt, 1).is_none());
    }

    #[test]
    fn acknowledgement_of_another_sequence_is_none() {
        let mut sheet = Sheet::new(&attempt(2), 1).unwrap();
        let answers = sheet.next_answers();
        let acknowledgement = serde_json::from_value(json!({"saved": [
            {"question_id": "q0", "sequence": 2}, {"question_id": "q1", "sequence": 5}, {"question_id": "other", "sequence": 1},
        ]}))
        .unwrap();
        let places: Vec<_> = acknowledged(&answers, &acknowledgement)
            .map(|answer| answer.place.question.as_str())
            .collect();
        assert_eq!(places, ["q1"]);
    }
}
