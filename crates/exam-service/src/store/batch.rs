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
    /// Every save that was taken or set aside.
    kept: Vec<Kept>,
    /// Which of `kept` stands for each answer: the last one that was taken.
    newest: HashMap<(AttemptId, QuestionId), usize>,
    /// Attempts of which somebody went on where one cannot go back.
    moved: BTreeSet<AttemptId>,
    /// Whose page was heard of.
    heard: BTreeSet<AttemptId>,
    events: Vec<(AttemptId, Event)>,
}

/// A save that has to be written: as evidence, and as the answer if it is the newest.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// Of which attempt.
    pub(super) attempt: AttemptId,
    /// What was saved.
    pub(super) answer: StoredAnswer,
    /// Whether it does not count, because another computer had taken over.
    pub(super) is_set_aside: bool,
    /// Whether it is what now stands.
    pub(super) is_newest: bool,
    /// By which line of the log it came, if not from its page.
    pub(super) audit_number: Option<i64>,
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
            let is_newest = matches!(verdict, Ok(Acceptance::Stored));
            if is_newest {
                let key = (request.attempt, answer.question_id);
                if let Some(before) = self.newest.insert(key, self.kept.len()) {
                    self.kept[before].is_newest = false;
                }
            }
            if is_set_aside || is_newest {
                self.kept.push(Kept {
                    attempt: request.attempt,
                    answer: open.sheet.as_stored(answer, saved_at),
                    is_set_aside,
                    is_newest,
                    audit_number: None,
                });
            }
            match verdict {
                Ok(_) => saved.push((answer.question_id, answer.sequence)),
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
            standing: Box::new(open.sheet.standing().clone()),
            saved,
            refused,
        }
    }

    /// Whether anything has to be written.
    pub(super) fn has_changes(&self) -> bool {
        !(self.kept.is_empty() && self.heard.is_empty() && self.events.is_empty())
    }

    /// Every save that has to be written; each answer once as the newest.
    pub(super) fn kept(&self) -> &[Kept] {
        &self.kept
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
}

impl Kept {
    /// One out of an emergency file, by this line of the log.
    pub(super) fn from_file(
        attempt: AttemptId,
        answer: StoredAnswer,
        is_newest: bool,
        audit_number: i64,
    ) -> Self {
        Self {
            attempt,
            answer,
            is_set_aside: false,
            is_newest,
            audit_number: Some(audit_number),
        }
    }

    /// `[[attempt, question, sequence, response, flagged, saved at, is set aside, is newest, line of the log], ..]` as
    /// JSON.
    pub(super) fn json(kept: &[Self]) -> String {
        let rows = kept.iter().map(|kept| {
            serde_json::json!([
                kept.attempt,
                kept.answer.question_id,
                kept.answer.sequence.get(),
                kept.answer.response.to_text(),
                i64::from(kept.answer.flagged),
                kept.answer.saved_at.timestamp_millis(),
                i64::from(kept.is_set_aside),
                i64::from(kept.is_newest),
                kept.audit_number,
            ])
        });
        serde_json::Value::Array(rows.collect()).to_string()
    }

    /// How many answers change.
    pub(super) fn count_newest(kept: &[Self]) -> u64 {
        let newest = kept.iter().filter(|kept| kept.is_newest).count();
        u64::try_from(newest).unwrap_or(u64::MAX)
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

/// The answers that a batch is about, as pairs of attempt and question.
pub(super) fn wanted(requests: &[SaveRequest]) -> impl Iterator<Item = (String, String)> {
    requests.iter().flat_map(|request| {
        request
            .answers
            .iter()
            .map(|answer| (request.attempt.to_string(), answer.question_id.to_string()))
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

/// Whether nothing of what is stored is carried over into what is saved: all say whether the question is flagged.
pub(super) fn say_everything(requests: &[SaveRequest]) -> bool {
    let mut answers = requests.iter().flat_map(|request| &request.answers);
    answers.all(|answer| answer.flagged.is_some())
}

/// The same as JSON. Identifiers need no escaping.
pub(super) fn attempts_json(requests: &[SaveRequest]) -> String {
    format!("[\"{}\"]", attempts_in_order(requests).join("\",\""))
}
