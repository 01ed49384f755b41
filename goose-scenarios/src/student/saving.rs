//! One save: all answers of the sheet, noted before they leave and once they are acknowledged.
//!
//! Repeated with the same sequences while that can help, so that the server may see a save twice
//! and must not mind.

use std::{collections::BTreeMap, sync::Arc};

use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    End, Student,
    operation::plan_back_off,
    request::{Call, json, send},
    wire::{Acknowledgement, Attempt, Question, save_body},
};
use crate::{
    record::Endpoint,
    truth::{OutgoingAnswer, Place},
};

/// Most answers in one save, as the server has it.
const ANSWERS_LIMIT: usize = 100;

/// A student's answer sheet: the questions, and the sequence each answer has reached.
#[derive(Debug)]
pub(super) struct Sheet {
    attempt: Arc<str>,
    questions: Vec<Question>,
    sequences: BTreeMap<Arc<str>, u64>,
    /// Where the next save begins.
    next_question: usize,
    seed: u64,
}

impl Sheet {
    /// Nothing for a paper whose questions are all of unknown kinds.
    pub(super) fn new(attempt: &Attempt, seed: u64) -> Option<Self> {
        let questions: Vec<Question> = attempt
            .paper
            .questions
            .iter()
            .filter(|question| question.response(0).is_some())
            .cloned()
            .collect();
        let stored = attempt.answers.iter();
        let sheet = Self {
            attempt: Arc::clone(&attempt.id),
            questions,
            sequences: stored
                .map(|answer| (Arc::clone(&answer.question_id), answer.sequence))
                .collect(),
            next_question: 0,
            seed: seed >> 32,
        };
        (!sheet.questions.is_empty()).then_some(sheet)
    }

    pub(super) fn attempt(&self) -> &Arc<str> {
        &self.attempt
    }

    /// The next answers to save, each with a sequence one higher than the last of its question; all without `wanted`.
    fn next_answers(&mut self, wanted: Option<u32>) -> Vec<OutgoingAnswer> {
        let wanted = wanted.map_or(ANSWERS_LIMIT, |wanted| {
            usize::try_from(wanted).unwrap_or(ANSWERS_LIMIT)
        });
        let count = self.questions.len().min(wanted).min(ANSWERS_LIMIT);
        let first = self.next_question;
        self.next_question = (first + count) % self.questions.len();
        let mut answers = Vec::with_capacity(count);
        for question in self.questions.iter().cycle().skip(first).take(count) {
            let sequence = self.sequences.entry(Arc::clone(&question.id)).or_default();
            *sequence += 1;
            answers.push(OutgoingAnswer {
                place: Place {
                    attempt: Arc::clone(&self.attempt),
                    question: Arc::clone(&question.id),
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

impl Student<'_> {
    /// Saves some of the sheet, planned for the moment `intended`. A save that fails for good is recorded and
    /// left to the next one; it does not end the student's day.
    pub(super) async fn save(
        &mut self,
        phase: usize,
        intended: Instant,
        wanted: Option<u32>,
    ) -> Result<(), End> {
        let Some(sheet) = &mut self.sheet else {
            return Err(End::Dead(
                "a defect in the load generator: no exam is open".to_owned(),
            ));
        };
        let answers = sheet.next_answers(wanted);
        let path = format!("/api/v1/attempts/{}/answers", sheet.attempt);
        self.run
            .recorder()
            .operation_started(phase, Endpoint::SaveAnswers);
        let outcome = self.send_answers(phase, intended, &path, &answers).await;
        let succeeded = outcome == Ok(true);
        self.run
            .operation_ended(phase, Endpoint::SaveAnswers, succeeded, intended);
        if succeeded {
            if let Some(recovered) = self.disturbed.get_mut(&phase) {
                *recovered = true;
            }
        } else {
            self.disturbed.insert(phase, false);
        }
        outcome.map(drop)
    }

    /// Sends them, again and again while that can help, and notes what is acknowledged. Whether all of them are.
    async fn send_answers(
        &mut self,
        phase: usize,
        intended: Instant,
        path: &str,
        answers: &[OutgoingAnswer],
    ) -> Result<bool, End> {
        let run = self.run;
        let due = intended.saturating_duration_since(run.epoch);
        let body = save_body(answers);
        let mut tries = 1;
        loop {
            run.ledger()
                .sending(self.user, answers, due, run.since_epoch());
            let call = Call {
                phase,
                endpoint: Endpoint::SaveAnswers,
                method: Method::PUT,
                path,
                token: self
                    .session
                    .as_ref()
                    .map(|session| session.access_token.as_str()),
                body: Some(&body),
            };
            let is_complete = |acknowledgement: &Acknowledgement| {
                acknowledged(answers, acknowledgement).count() == answers.len()
            };
            let failure = match send(run, &self.client, call, json(is_complete)).await {
                Ok(acknowledgement) => {
                    let acknowledged = acknowledged(answers, &acknowledgement);
                    run.ledger()
                        .acknowledged(self.user, run.since_epoch(), acknowledged);
                    return Ok(true);
                }
                Err(failure) => failure,
            };
            // A refusal of some answers tells which of the others are saved: that is a promise too.
            if let Some(partial) = failure
                .body
                .and_then(|body| serde_json::from_value(body).ok())
            {
                run.ledger().acknowledged(
                    self.user,
                    run.since_epoch(),
                    acknowledged(answers, &partial),
                );
            }
            if !failure.is_temporary || tries >= run.profile.client.save_attempts {
                return Ok(false);
            }
            let pause = plan_back_off(tries, failure.retry_after, &mut self.chance);
            tries += 1;
            run.pause(pause).await?;
        }
    }
}

/// Those of `answers` that `acknowledgement` names with the very sequence that was sent.
fn acknowledged<'a>(
    answers: &'a [OutgoingAnswer],
    acknowledgement: &'a Acknowledgement,
) -> impl Iterator<Item = &'a OutgoingAnswer> {
    answers.iter().filter(|answer| {
        acknowledgement.saved.iter().any(|saved| {
            saved.question_id == *answer.place.question && saved.sequence == answer.sequence
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
        assert_eq!(sequences(sheet.next_answers(None)), [1, 5]);
        assert_eq!(sequences(sheet.next_answers(None)), [2, 6]);
    }

    #[test]
    fn long_paper_is_saved_a_hundred_answers_at_a_time() {
        let mut sheet = Sheet::new(&attempt(150), 1).unwrap();
        let first: Vec<_> = sheet
            .next_answers(None)
            .into_iter()
            .map(|answer| answer.place)
            .collect();
        let second: Vec<_> = sheet
            .next_answers(None)
            .into_iter()
            .map(|answer| answer.place)
            .collect();
        assert_eq!((first.len(), second.len()), (100, 100));
        assert_eq!(&*second[0].question, "q100");
        assert_eq!(&*second[50].question, "q0");
    }

    #[test]
    fn few_answers_at_a_time_go_round_the_paper() {
        let mut sheet = Sheet::new(&attempt(3), 1).unwrap();
        let mut next = || {
            let answers = sheet.next_answers(Some(2)).into_iter();
            answers
                .map(|answer| (answer.place.question.to_string(), answer.sequence))
                .collect::<Vec<_>>()
        };
        let answer = |question: &str, sequence| (question.to_owned(), sequence);
        assert_eq!(next(), [answer("q0", 1), answer("q1", 5)]);
        assert_eq!(next(), [answer("q2", 1), answer("q0", 2)]);
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
        let answers = sheet.next_answers(None);
        let acknowledgement = serde_json::from_value(json!({"saved": [
            {"question_id": "q0", "sequence": 2}, {"question_id": "q1", "sequence": 5}, {"question_id": "other", "sequence": 1},
        ]}))
        .unwrap();
        let places: Vec<_> = acknowledged(&answers, &acknowledgement)
            .map(|answer| answer.place.question.to_string())
            .collect();
        assert_eq!(places, ["q1"]);
    }
}
