//! A part of a paper: questions that everybody is asked, and draws from a pool.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::exam::ids::QuestionId;
use crate::exam::question::Question;

/// A part of a paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// What it is called; may be empty.
    #[serde(default)]
    pub title: String,
    /// What students read before its questions; may be empty.
    #[serde(default)]
    pub instructions: String,
    /// Whether each student sees its questions in an order of their own.
    #[serde(default)]
    pub shuffles_questions: bool,
    /// What is asked.
    pub items: Vec<SectionItem>,
}

/// What a section asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SectionItem {
    /// A question that everybody is asked.
    Fixed {
        /// Which.
        question: QuestionId,
    },
    /// Questions that differ from student to student.
    Draw(Draw),
}

/// So many questions of those that fit, at random.
///
/// A question that is fixed somewhere on the paper is never drawn, and none is drawn twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// How many.
    pub count: usize,
    /// Only questions that have all of these tags.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Only questions at least this hard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_difficulty: Option<u8>,
    /// Only questions at most this hard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_difficulty: Option<u8>,
}

impl Section {
    /// A section that asks all of `questions` in their order.
    pub fn of_all(questions: &[Question]) -> Self {
        let fixed = |question: &Question| SectionItem::Fixed {
            question: question.id,
        };
        Self {
            items: questions.iter().map(fixed).collect(),
            ..Self::default()
        }
    }

    /// How many questions it asks.
    pub fn question_count(&self) -> usize {
        let counts = self.items.iter().map(|item| match item {
            SectionItem::Fixed { .. } => 1,
            SectionItem::Draw(draw) => draw.count,
        });
        counts.fold(0, usize::saturating_add)
    }
}

impl Draw {
    /// Whether `question` can be drawn; one without a difficulty fits no limit of it.
    pub fn takes(&self, question: &Question) -> bool {
        let is_hard_enough = self
            .minimum_difficulty
            .is_none_or(|least| question.difficulty.is_some_and(|it| it >= least));
        let is_easy_enough = self
            .maximum_difficulty
            .is_none_or(|most| question.difficulty.is_some_and(|it| it <= most));
        is_hard_enough && is_easy_enough && self.tags.is_subset(&question.tags)
    }
}
