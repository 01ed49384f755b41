//! What a new key, or a new grade by hand, changes in results that were there before.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{QuestionScore, Score};
use crate::exam::ids::QuestionId;

/// One question whose points changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionChange {
    /// Which question.
    pub question_id: QuestionId,
    /// What it earned before; `None` where it was not graded, or not asked.
    pub before: Option<Decimal>,
    /// What it earns now.
    pub after: Option<Decimal>,
}

/// A grade that became another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeChange {
    /// The grade before.
    pub before: Option<String>,
    /// The grade now.
    pub after: Option<String>,
}

/// What changes for one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regrade {
    /// Sum before.
    pub before: Decimal,
    /// Sum now.
    pub after: Decimal,
    /// What could be earned before.
    pub max_before: Decimal,
    /// What can be earned now: less where a question was left out.
    pub max_after: Decimal,
    /// The grade, if it changes.
    pub grade: Option<GradeChange>,
    /// Questions that changed, in the order of the attempt.
    pub questions: Vec<QuestionChange>,
}

/// What changes for all attempts of an exam.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegradeSummary {
    /// Attempts with a higher share of what can be earned: with a higher sum, where that stays the same.
    pub raised: usize,
    /// Attempts with a lower one.
    pub lowered: usize,
    /// Attempts with the same.
    pub unchanged: usize,
    /// Attempts with another grade.
    pub other_grade: usize,
}

impl Regrade {
    /// Whether anything is not as before.
    pub fn is_change(&self) -> bool {
        !self.questions.is_empty() || self.max_before != self.max_after
    }

    /// Whether the share of what can be earned is higher or lower than before: points / maximum, multiplied out.
    fn direction(&self) -> Ordering {
        let now = self.after.checked_mul(self.max_before);
        let then = self.before.checked_mul(self.max_after);
        match (now, then) {
            (Some(now), Some(then)) if self.max_before != self.max_after => now.cmp(&then),
            _ => self.after.cmp(&self.before),
        }
    }
}

/// Compares two gradings of the same attempt. Nothing is written: this is the dry run as well as the record.
pub fn regrade(before: &Score, after: &Score) -> Regrade {
    let earned = |questions: &[QuestionScore], id| {
        let found = questions.iter().find(|each| each.question_id == id);
        found.and_then(|each| each.earned)
    };
    let gone = before.questions.iter().filter(|old| {
        !after
            .questions
            .iter()
            .any(|new| new.question_id == old.question_id)
    });
    let ids = after
        .questions
        .iter()
        .chain(gone)
        .map(|each| each.question_id);
    let changes = ids.map(|question_id| QuestionChange {
        question_id,
        before: earned(&before.questions, question_id),
        after: earned(&after.questions, question_id),
    });
    Regrade {
        before: before.score,
        after: after.score,
        max_before: before.max_score,
        max_after: after.max_score,
        grade: (before.grade != after.grade).then(|| GradeChange {
            before: before.grade.clone(),
            after: after.grade.clone(),
        }),
        questions: changes
            .filter(|change| change.before != change.after)
            .collect(),
    }
}

/// Counts what changes for how many.
pub fn summarise<'a>(regrades: impl IntoIterator<Item = &'a Regrade>) -> RegradeSummary {
    let mut summary = RegradeSummary::default();
    for regrade in regrades {
        match regrade.direction() {
            Ordering::Greater => summary.raised += 1,
            Ordering::Less => summary.lowered += 1,
            Ordering::Equal => summary.unchanged += 1,
        }
        summary.other_grade += usize::from(regrade.grade.is_some());
    }
    summary
}
