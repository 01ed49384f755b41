//! Which saves of a batch are taken: the pure middle between reading and writing a transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::records::{RefusedAnswer, SaveOutcome, SaveRequest};
use crate::exam::{Acceptance, AnswerSheet, AttemptId, Paper, QuestionId, StoredAnswer};

/// The attempts a batch is about, as the transaction read them.
#[derive(Debug, Default)]
pub(super) struct BatchState {
    sheets: HashMap<AttemptId, (AnswerSheet, Arc<Paper>)>,
    damaged: HashSet<AttemptId>,
    changed: HashSet<(AttemptId, QuestionId)>,
}

impl BatchState {
    /// The sheet of an attempt, if it was read already.
    pub(super) fn sheet_mut(&mut self, attempt: AttemptId) -> Option<&mut AnswerSheet> {
        self.sheets.get_mut(&attempt).map(|(sheet, _)| sheet)
    }

    /// Adds an attempt that was read.
    pub(super) fn insert(&mut self, sheet: AnswerSheet, paper: Arc<Paper>) {
        self.sheets.insert(sheet.attempt().id, (sheet, paper));
    }

    /// Gives up on an attempt of which something cannot be read; the others of the batch are not concerned.
    pub(super) fn mark_damaged(&mut self, attempt: AttemptId) {
        self.sheets.remove(&attempt);
        self.damaged.insert(attempt);
    }

    /// Whether the attempt was given up.
    pub(super) fn is_damaged(&self, attempt: AttemptId) -> bool {
        self.damaged.contains(&attempt)
    }

    /// Decides one request; later requests see what it changed.
    pub(super) fn decide(&mut self, request: &SaveRequest, saved_at: DateTime<Utc>) -> SaveOutcome {
        if self.is_damaged(request.attempt) {
            return SaveOutcome::Damaged;
        }
        let Some((sheet, paper)) = self.sheets.get_mut(&request.attempt) else {
            return SaveOutcome::NotFound;
        };
        if sheet.attempt().owner != request.user {
            return SaveOutcome::NotFound;
        }
        let (mut saved, mut refused) = (Vec::with_capacity(request.answers.len()), Vec::new());
        for answer in &request.answers {
            match sheet.accept(paper, answer, request.received_at, saved_at) {
                Ok(acceptance) => {
                    saved.push((answer.question_id, answer.sequence));
                    if acceptance == Acceptance::Stored {
                        self.changed.insert((request.attempt, answer.question_id));
                    }
                }
                Err(refusal) => refused.push(RefusedAnswer {
                    question_id: answer.question_id,
                    sequence: answer.sequence,
                    refusal,
                }),
            }
        }
        SaveOutcome::Decided {
            deadline_at: sheet.attempt().deadline_at,
            saved,
            refused,
        }
    }

    /// What has to be written: each changed answer once, in its last form.
    pub(super) fn changes(&self) -> impl Iterator<Item = (AttemptId, &StoredAnswer)> {
        self.changed.iter().filter_map(|(attempt, question)| {
            let (sheet, _) = self.sheets.get(attempt)?;
            Some((*attempt, sheet.answer(*question)?))
        })
    }
}
