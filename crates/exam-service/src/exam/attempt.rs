//! The life of an attempt, and the one rule by which a save is taken or refused.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::answer::{Answer, Refusal, RefusalReason, StoredAnswer};
use super::ids::{AttemptId, ExamId, QuestionId, UserId};
use super::paper::Paper;
use super::timing;

/// Where an attempt stands at a given moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Answers are taken.
    Open,
    /// Deadline and grace are over, but nobody has closed it yet.
    Overdue,
    /// Handed in, by the student or at the deadline.
    Submitted,
}

/// One student's sitting of one exam, without its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which attempt.
    pub id: AttemptId,
    /// Whose.
    pub owner: UserId,
    /// Of which exam.
    pub exam_id: ExamId,
    /// When its time is over (grace not included).
    pub deadline_at: DateTime<Utc>,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
}

impl Attempt {
    /// Where the attempt stands at `now`.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        if self.submitted_at.is_some() {
            Phase::Submitted
        } else if timing::is_late(now, self.deadline_at) {
            Phase::Overdue
        } else {
            Phase::Open
        }
    }

    /// When a submission arriving at `now` counts as made: an overdue attempt is handed in at its deadline.
    pub fn submission_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match (self.submitted_at, self.phase(now)) {
            (Some(submitted_at), _) => submitted_at,
            (None, Phase::Overdue) => self.deadline_at,
            (None, _) => now,
        }
    }
}

/// How a save was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It changes what is stored.
    Stored,
    /// It is what is stored already: nothing to write, the same acknowledgement.
    Repeated,
}

/// An attempt together with those of its answers that are about to be saved.
///
/// Saves are taken one after the other; each sees what the ones before it left.
#[derive(Debug)]
pub struct AnswerSheet {
    attempt: Attempt,
    answers: HashMap<QuestionId, StoredAnswer>,
}

impl AnswerSheet {
    /// A sheet over what the database has.
    pub fn new(attempt: Attempt, stored: impl IntoIterator<Item = StoredAnswer>) -> Self {
        let answers = stored
            .into_iter()
            .map(|answer| (answer.question_id, answer))
            .collect();
        Self { attempt, answers }
    }

    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Adds what the database has for one more question.
    pub fn insert_stored(&mut self, answer: StoredAnswer) {
        self.answers.insert(answer.question_id, answer);
    }

    /// The answer to a question as it stands.
    pub fn answer(&self, question: QuestionId) -> Option<&StoredAnswer> {
        self.answers.get(&question)
    }

    /// Takes or refuses one save that the server received at `received_at`.
    ///
    /// A repeat of what is stored is acknowledged again, even after the attempt was closed: it is true and changes
    /// nothing. Everything else needs an open attempt, an answer that fits the paper and a higher sequence.
    ///
    /// # Errors
    /// The refusal, with what is stored instead.
    pub fn accept(
        &mut self,
        paper: &Paper,
        answer: &Answer,
        received_at: DateTime<Utc>,
        saved_at: DateTime<Utc>,
    ) -> Result<Acceptance, Refusal> {
        let current = self.answers.get(&answer.question_id);
        if current.is_some_and(|stored| stored.is_repeated_by(answer)) {
            return Ok(Acceptance::Repeated);
        }
        let refuse = |reason| {
            Err(Refusal {
                reason,
                current: current.cloned(),
            })
        };
        if self.attempt.phase(received_at) != Phase::Open {
            return refuse(RefusalReason::AttemptClosed);
        }
        let Some(question) = paper.question(answer.question_id) else {
            return refuse(RefusalReason::InvalidAnswer(
                "this question is not on the paper",
            ));
        };
        if let Err(why) = question.check(&answer.response) {
            return refuse(RefusalReason::InvalidAnswer(why));
        }
        if current.is_some_and(|stored| stored.sequence >= answer.sequence) {
            return refuse(RefusalReason::StaleAnswer);
        }
        let flagged = answer
            .flagged
            .unwrap_or_else(|| current.is_some_and(|stored| stored.flagged));
        let stored = StoredAnswer {
            question_id: answer.question_id,
            response: answer.response.clone(),
            sequence: answer.sequence,
            flagged,
            saved_at,
        };
        self.answers.insert(answer.question_id, stored);
        Ok(Acceptance::Stored)
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
