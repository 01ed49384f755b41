//! The check before an exam is published: what its authors forgot or got wrong, each with what to do.

mod draws;
mod questions;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::paper::layout::fixed_questions;
use super::paper::{Paper, SectionItem};
use super::question::{Fault, Question, Severity};

pub use questions::{check_limits, question_faults};

/// The most questions that one attempt may be asked.
pub const MAX_QUESTIONS: usize = 1_000;

/// Where something is wrong. Questions and sections are counted from 1, as authors do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Place {
    /// In the exam as a whole.
    Exam,
    /// In a section.
    Section {
        /// Which.
        number: usize,
    },
    /// In a question.
    Question {
        /// Which.
        number: usize,
        /// How it begins, to recognise it by.
        text: String,
    },
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What, and what to do.
    #[serde(flatten)]
    pub fault: Fault,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Exam => write!(f, "the exam: ")?,
            Place::Section { number } => write!(f, "section {number}: ")?,
            Place::Question { number, text } => write!(f, "question {number} ('{text}'): ")?,
        }
        write!(f, "{}: {}", self.fault.what, self.fault.remedy)
    }
}

/// From when to when an exam can be sat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub starts_at: DateTime<Utc>,
    /// The last.
    pub ends_at: DateTime<Utc>,
}

/// Everything that is wrong with `paper`, as it would be sat within `window`; errors first, then in its order.
pub fn review(paper: &Paper, window: Option<Window>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |place: Place, faults: Vec<Fault>| {
        findings.extend(faults.into_iter().map(|fault| Finding {
            place: place.clone(),
            fault,
        }));
    };
    add(Place::Exam, exam_faults(paper, window));
    for (index, section) in paper.sections().iter().enumerate() {
        let place = Place::Section { number: index + 1 };
        if section.items.is_empty() {
            let fault = Fault::error("it asks nothing", "add questions to it or remove it");
            add(place.clone(), vec![fault]);
        }
        add(place.clone(), missing_faults(paper, &section.items));
        add(place, draws::faults(paper, index));
    }
    for (number, question) in (1..).zip(paper.questions()) {
        add(
            questions::place(number, question),
            question_faults(question),
        );
    }
    for (number, question, fault) in questions::repeated(paper.questions()) {
        add(questions::place(number, question), vec![fault]);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.fault.severity));
    findings
}

/// Whether nothing found keeps the exam from being published.
pub fn can_be_published(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.fault.severity != Severity::Error)
}

fn exam_faults(paper: &Paper, window: Option<Window>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if paper.title.trim().is_empty() {
        faults.push(Fault::error("it has no title", "give it one"));
    }
    if paper.duration <= TimeDelta::zero() {
        faults.push(Fault::error(
            "it takes no time",
            "set how long an attempt may take",
        ));
    }
    faults.extend(
        window
            .into_iter()
            .flat_map(|window| window_faults(paper, window)),
    );
    match paper.question_count() {
        0 => faults.push(Fault::error(
            "it asks no questions",
            "add questions to a section",
        )),
        count if count > MAX_QUESTIONS => faults.push(Fault::error(
            format!("it asks {count} questions"),
            format!("ask at most {MAX_QUESTIONS}"),
        )),
        _ => {}
    }
    let mut fixed: Vec<_> = fixed_questions(paper).collect();
    let all = fixed.len();
    fixed.sort();
    fixed.dedup();
    if fixed.len() < all {
        faults.push(Fault::error(
            "it asks a question twice",
            "remove it from one of its places",
        ));
    }
    if let Some(scale) = &paper.rules.scale {
        faults.extend(scale.faults(fixed_points(paper)));
    }
    faults
}

fn window_faults(paper: &Paper, window: Window) -> Vec<Fault> {
    let length = window.ends_at - window.starts_at;
    if length <= TimeDelta::zero() {
        return vec![Fault::error(
            "it ends before it starts",
            "set its end after its start",
        )];
    }
    if paper.duration > length {
        return vec![Fault::error(
            format!(
                "an attempt takes {} minutes, but the exam is open for {}",
                paper.duration.num_minutes(),
                length.num_minutes()
            ),
            "shorten the duration or move the end: nobody could use all of the time",
        )];
    }
    Vec::new()
}

fn missing_faults(paper: &Paper, items: &[SectionItem]) -> Vec<Fault> {
    let missing = items.iter().any(|item| match item {
        SectionItem::Fixed { question } => paper.question(*question).is_none(),
        SectionItem::Draw(_) => false,
    });
    let fault = || {
        Fault::error(
            "it asks a question that is not there",
            "remove it or add it again",
        )
    };
    missing.then(fault).into_iter().collect()
}

/// What everybody can earn, as far as it does not depend on draws.
fn fixed_points(paper: &Paper) -> Decimal {
    let questions = fixed_questions(paper).filter_map(|id| paper.question(id));
    let points = |question: &Question| {
        question
            .points
            .clamp(Decimal::ZERO, super::points::MAX_POINTS)
    };
    let fixed: Decimal = questions.map(points).sum();
    fixed + draws::points(paper)
}

#[cfg(test)]
mod tests;
