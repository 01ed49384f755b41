//! Which saves of a batch are taken: the pure middle between reading and writing a transaction.

use std::collections::{BTreeSet, HashMap, HashSet};
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

    /// What has to be written: each changed answer once, in its last form, in one order everywhere.
    pub(super) fn changes(&self) -> Vec<Change<'_>> {
        let mut changes: Vec<Change<'_>> = self
            .changed
            .iter()
            .filter_map(|(attempt, question)| {
                let (sheet, _) = self.sheets.get(attempt)?;
                Some(Change {
                    attempt: *attempt,
                    answer: sheet.answer(*question)?,
                })
            })
            .collect();
        changes.sort_unstable_by_key(|change| (change.attempt, change.answer.question_id));
        changes
    }
}

/// An answer that has to be written.
#[derive(Debug)]
pub(super) struct Change<'a> {
    /// Of which attempt.
    pub(super) attempt: AttemptId,
    /// What it is now.
    pub(super) answer: &'a StoredAnswer,
}

impl Change<'_> {
    /// `[[attempt, question, sequence, response, flagged, saved at], ..]` as JSON.
    pub(super) fn json(changes: &[Self]) -> String {
        let rows = changes.iter().map(|Change { attempt, answer }| {
            serde_json::json!([
                attempt,
                answer.question_id,
                answer.sequence.get(),
                answer.response.to_text(),
                i64::from(answer.flagged),
                answer.saved_at.timestamp_millis(),
            ])
        });
        serde_json::Value::Array(rows.collect()).to_string()
    }
}

/// The answers that a batch is about, as pairs of attempt and question. The question is empty where only the attempt is
/// asked for.
pub(super) fn wanted(requests: &[SaveRequest]) -> impl Iterator<Item = (AttemptId, String)> {
    requests.iter().flat_map(|request| {
        let only_the_attempt = request.answers.is_empty().then(String::new);
        let questions = request
            .answers
            .iter()
            .map(|answer| answer.question_id.to_string());
        only_the_attempt
            .into_iter()
            .chain(questions)
            .map(|question| (request.attempt, question))
    })
}

/// [`wanted`] as `[[attempt, question], ..]` in JSON. Identifiers need no escaping.
pub(super) fn wanted_json(requests: &[SaveRequest]) -> String {
    let pairs: Vec<String> = wanted(requests)
        .map(|(attempt, question)| format!("[\"{attempt}\",\"{question}\"]"))
        .collect();
    format!("[{}]", pairs.join(","))
}

/// The attempts of a batch, each once, in the order in which everybody locks them: so no two batches wait for each other.
pub(super) fn attempts_in_order(requests: &[SaveRequest]) -> Vec<String> {
    let attempts: BTreeSet<AttemptId> = requests.iter().map(|request| request.attempt).collect();
    attempts.iter().map(AttemptId::to_string).collect()
}
