//! What a person decided on an answer: points for the whole, or by rubric.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::exam::ids::{OptionId, QuestionId};
use crate::exam::points;
use crate::exam::question::{Question, QuestionKind};

/// How a person valued an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Points for the whole.
    Whole(Decimal),
    /// Points for each criterion of the rubric.
    Rubric(BTreeMap<OptionId, Decimal>),
}

/// A person's decision on one answer. It may also stand in for what a key says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandGrade {
    /// On which question.
    pub question_id: QuestionId,
    /// The points.
    pub mark: Mark,
    /// What the student is told; may be empty.
    #[serde(default)]
    pub comment: String,
}

/// Why a grade by hand does not fit its question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HandGradeError {
    /// Another question.
    #[error("the grade is for another question")]
    OtherQuestion,
    /// Outside of the points.
    #[error("{given} points are outside of 0 to {limit}")]
    OutOfRange {
        /// What was given.
        given: Decimal,
        /// What may be given.
        limit: Decimal,
    },
    /// The rubric has other criteria.
    #[error(
        "the rubric has {expected} criteria, each of which needs points; {given} of them have some"
    )]
    OtherCriteria {
        /// How many there are.
        expected: usize,
        /// How many of them have points.
        given: usize,
    },
}

impl HandGrade {
    /// The points that this gives to an answer of `question`, rounded.
    ///
    /// # Errors
    /// Where it does not fit the question.
    pub fn points_for(&self, question: &Question) -> Result<Decimal, HandGradeError> {
        if self.question_id != question.id {
            return Err(HandGradeError::OtherQuestion);
        }
        let given = match &self.mark {
            Mark::Whole(given) => *given,
            Mark::Rubric(marks) => sum_of_criteria(marks, question)?,
        };
        within(given, question.points).map(points::round)
    }
}

fn sum_of_criteria(
    marks: &BTreeMap<OptionId, Decimal>,
    question: &Question,
) -> Result<Decimal, HandGradeError> {
    let rubric = match &question.kind {
        QuestionKind::Essay(essay) => essay.rubric.as_slice(),
        _ => &[],
    };
    let given = rubric
        .iter()
        .filter(|each| marks.contains_key(&each.id))
        .count();
    if given != rubric.len() || marks.len() != rubric.len() || rubric.is_empty() {
        return Err(HandGradeError::OtherCriteria {
            expected: rubric.len(),
            given,
        });
    }
    let mut sum = Decimal::ZERO;
    for criterion in rubric {
        let mark = marks.get(&criterion.id).copied().unwrap_or_default();
        sum += within(mark, criterion.points.min(points::MAX_POINTS))?;
    }
    Ok(sum)
}

fn within(given: Decimal, limit: Decimal) -> Result<Decimal, HandGradeError> {
    if (Decimal::ZERO..=limit).contains(&given) {
        Ok(given)
    } else {
        Err(HandGradeError::OutOfRange { given, limit })
    }
}
