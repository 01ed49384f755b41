//! Which saves of a batch are taken: the pure middle between reading and writing a transaction.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::records::{RefusedAnswer, SaveOutcome, SaveRequest};
use crate::exam::event::Event;
use crate::exam::{
    Acceptance, Answer, AnswerSheet, Asked, AttemptId, Layout, Navigation, Origin, Paper,
    QuestionId, RefusalReason, StoredAnswer,
};

/// An attempt of a batch.
#[derive(Debug)]
struct Open {
    sheet: AnswerSheet,
    paper: Arc<Paper>,
    /// Only where a save depends on it.
    layout: Option<Arc<Layout>>,
}

/// The attempts a batch is about, as the transaction read them, and what it changes.
#[derive(Debug, Default)]
pub(super) struct BatchState {
    sheets: HashMap<AttemptId, Open>,
    damaged: HashSet<AttemptId>,
    changed: HashSet<(AttemptId, QuestionId)>,
    /// Every save that was taken, with those that are none of `changed` any more.
    history: Vec<Kept>,
    /// Attempts of which somebody went on where one cannot go back.
    moved: BTreeSet<AttemptId>,
    /// Whose page was heard of.
    heard: BTreeSet<AttemptId>,
    events: Vec<(AttemptId, Event)>,
}

/// A save as evidence.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    attempt: AttemptId,
    answer: StoredAnswer,
    is_set_aside: bool,
    /// By which line of the log it came, if not from its page.
    audit_number: Option<i64>,
}

impl BatchState {
    /// The sheet of an attempt, if it was read already.
    pub(super) fn sheet_mut(&mut self, attempt: AttemptId) -> Option<&mut AnswerSheet> {
        self.sheets.get_mut(&attempt).map(|open| &mut open.sheet)
    }

    /// Adds an attempt that was read.
    pub(super) fn insert(&mut self, sheet: AnswerSheet, paper: Arc<Paper>) {
        let open = Open {
            sheet,
            paper,
            layout: None,
        };
        self.sheets.insert(open.sheet.attempt().id, open);
    }

    /// The attempts whose layout decides about their saves.
    pub(super) fn need_layout(&self) -> impl Iterator<Item = AttemptId> + '_ {
        let open = self
            .sheets
            .iter()
            .filter(|(_, open)| !open.paper.is_plain());
        open.map(|(attempt, _)| *attempt)
    }

    /// Adds the layout of an attempt.
    pub(super) fn set_layout(&mut self, attempt: AttemptId, layout: Arc<Layout>) {
        if let Some(open) = self.sheets.get_mut(&attempt) {
            open.layout = Some(layout);
        }
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
        let Some(open) = self.sheets.get_mut(&request.attempt) else {
            return SaveOutcome::NotFound;
        };
        let attempt = open.sheet.attempt();
        let is_meant = request.only_of.is_none_or(|exam| exam == attempt.exam_id);
        if attempt.owner != request.user || !is_meant {
            return SaveOutcome::NotFound;
        }
        let origin = Origin {
            device: request.device,
            received_at: request.received_at,
            saved_at,
        };
        let (mut saved, mut refused) = (Vec::with_capacity(request.answers.len()), Vec::new());
        let furthest = open.sheet.standing().furthest;
        for answer in in_order(&request.answers, &open.paper) {
            let asked = Asked {
                paper: &open.paper,
                layout: open.layout.as_deref(),
            };
            let verdict = open.sheet.accept(asked, answer, origin);
            let is_set_aside = matches!(&verdict, Err(refusal) if refusal.reason == RefusalReason::AttemptElsewhere);
            if is_set_aside || matches!(verdict, Ok(Acceptance::Stored)) {
                self.history.push(Kept {
                    attempt: request.attempt,
                    answer: open.sheet.as_stored(answer, saved_at),
                    is_set_aside,
                    audit_number: None,
                });
            }
            match verdict {
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
        if open.sheet.standing().furthest != furthest {
            self.moved.insert(request.attempt);
        }
        if let Some(report) = &request.report {
            let is_news = report
                .seen_revision
                .is_some_and(|seen| open.sheet.confirm(seen));
            // A save says by itself that somebody is there.
            if is_news || request.answers.is_empty() {
                self.heard.insert(request.attempt);
            }
            let events = report.events.iter().cloned();
            self.events
                .extend(events.map(|event| (request.attempt, event)));
        }
        SaveOutcome::Decided {
            attempt: open.sheet.attempt().clone(),
            standing: open.sheet.standing().clone(),
            saved,
            refused,
        }
    }

    /// Whether anything has to be written.
    pub(super) fn has_changes(&self) -> bool {
        !(self.changed.is_empty()
            && self.history.is_empty()
            && self.heard.is_empty()
            && self.events.is_empty())
    }

    /// Every save as evidence: those taken, and those set aside.
    pub(super) fn history(&self) -> &[Kept] {
        &self.history
    }

    /// `[[attempt, furthest place], ..]` as JSON; empty where nobody moved.
    pub(super) fn moved_json(&self) -> Option<String> {
        let rows = self.moved.iter().filter_map(|attempt| {
            let furthest = self.sheets.get(attempt)?.sheet.standing().furthest?;
            Some(serde_json::json!([attempt, furthest]))
        });
        rows_json(rows)
    }

    /// `[[attempt, seen revision], ..]` as JSON; empty where no page was heard of.
    pub(super) fn heard_json(&self) -> Option<String> {
        let rows = self.heard.iter().filter_map(|attempt| {
            let seen_revision = self.sheets.get(attempt)?.sheet.standing().seen_revision;
            Some(serde_json::json!([attempt, seen_revision]))
        });
        rows_json(rows)
    }

    /// `[[attempt, id, kind, is violation, occurred at], ..]` as JSON; empty where nothing was reported.
    pub(super) fn events_json(&self) -> Option<String> {
        let rows = self
            .events
            .iter()
            .map(|(attempt, event)| event_row(*attempt, event));
        rows_json(rows)
    }

    /// What has to be written: each changed answer once, in its last form, in one order everywhere.
    pub(super) fn changes(&self) -> Vec<Change<'_>> {
        let mut changes: Vec<Change<'_>> = self
            .changed
            .iter()
            .filter_map(|(attempt, question)| {
                let open = self.sheets.get(attempt)?;
                Some(Change {
                    attempt: *attempt,
                    answer: open.sheet.answer(*question)?,
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

impl Kept {
    /// One out of an emergency file, by this line of the log.
    pub(super) fn from_file(attempt: AttemptId, answer: StoredAnswer, audit_number: i64) -> Self {
        Self {
            attempt,
            answer,
            is_set_aside: false,
            audit_number: Some(audit_number),
        }
    }

    /// `[[attempt, question, sequence, response, flagged, saved at, is set aside, line of the log], ..]` as JSON.
    pub(super) fn json(history: &[Self]) -> String {
        let rows = history.iter().map(|kept| {
            serde_json::json!([
                kept.attempt,
                kept.answer.question_id,
                kept.answer.sequence.get(),
                kept.answer.response.to_text(),
                i64::from(kept.answer.flagged),
                kept.answer.saved_at.timestamp_millis(),
                i64::from(kept.is_set_aside),
                kept.audit_number,
            ])
        });
        serde_json::Value::Array(rows.collect()).to_string()
    }
}

/// The row of an event, for a JSON array of them.
pub(super) fn event_row(attempt: AttemptId, event: &Event) -> serde_json::Value {
    serde_json::json!([
        attempt,
        event.id,
        event.kind.as_str(),
        i64::from(event.kind.is_violation()),
        event.occurred_at.timestamp_millis(),
    ])
}

fn rows_json(rows: impl Iterator<Item = serde_json::Value>) -> Option<String> {
    let rows: Vec<serde_json::Value> = rows.collect();
    (!rows.is_empty()).then(|| serde_json::Value::Array(rows).to_string())
}

/// Answers as they are decided: where one cannot go back, in the order in which they were made, so that an earlier one
/// in the same request is not refused because of a later one.
fn in_order<'a>(answers: &'a [Answer], paper: &Paper) -> Vec<&'a Answer> {
    let mut answers: Vec<&Answer> = answers.iter().collect();
    if paper.rules.navigation != Navigation::Free {
        answers.sort_by_key(|answer| answer.sequence);
    }
    answers
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
