//! What an attempt earns. Goes by stable ids, so that shuffling can never change a score.

mod by_hand;
mod correction;
mod regrade;
mod scale;
mod solution;
mod voiding;

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::answer::StoredAnswer;
use super::ids::QuestionId;
use super::paper::Paper;
use super::paper::layout::Layout;
use super::points::{self, Credit};
use super::question::Question;
use super::response::Response;

pub use by_hand::{HandGrade, HandGradeError, Mark};
pub use correction::{CorrectionError, correct_key};
pub use regrade::{GradeChange, QuestionChange, Regrade, RegradeSummary, regrade, summarise};
pub use scale::{GradeBound, GradeScale, ScaleUnit};
pub use solution::solution;
pub use voiding::Voiding;

/// Which rules these are: changes whenever the same answers could earn something else than before, so that results of
/// servers with other rules are never mixed.
pub const RULES_VERSION: u32 = 1;

/// What one question earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionScore {
    /// Which question.
    pub question_id: QuestionId,
    /// What it was worth.
    pub points: Decimal,
    /// What the answer earned, rounded; `None` until a person has graded it.
    pub earned: Option<Decimal>,
    /// For one that was found broken, what became of it.
    pub voiding: Option<Voiding>,
}

/// The grading of a whole attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Sum of what was earned so far.
    pub score: Decimal,
    /// Sum of what could be earned.
    pub max_score: Decimal,
    /// The grade; `None` without a scale, and until everything is graded.
    pub grade: Option<String>,
    /// Per question, in the order of the attempt.
    pub questions: Vec<QuestionScore>,
}

impl Score {
    /// Whether nothing waits for a person any more.
    pub fn is_final(&self) -> bool {
        self.waiting() == 0
    }

    /// How many answers wait for a person.
    pub fn waiting(&self) -> usize {
        let waits = |each: &&QuestionScore| each.earned.is_none();
        self.questions.iter().filter(waits).count()
    }
}

/// Grades the answers of one attempt. What a person decided stands before what the key says, and that a question was found
/// broken stands before both.
///
/// The sum is not below zero unless the paper says that it may be. Answers to questions that this attempt was not asked
/// are passed over; so are grades by hand that do not fit their question.
pub fn grade(
    paper: &Paper,
    layout: &Layout,
    answers: &[StoredAnswer],
    by_hand: &[HandGrade],
) -> Score {
    let responses: HashMap<QuestionId, &Response> = answers
        .iter()
        .map(|answer| (answer.question_id, &answer.response))
        .collect();
    let decided: HashMap<QuestionId, &HandGrade> = by_hand
        .iter()
        .map(|each| (each.question_id, each))
        .collect();
    let asked = layout
        .questions
        .iter()
        .filter_map(|place| paper.question(place.question_id));
    let questions: Vec<QuestionScore> = asked
        .map(|question| {
            if let Some(voiding) = paper.voiding(question.id) {
                return void(question, voiding);
            }
            let decided = decided
                .get(&question.id)
                .and_then(|grade| grade.points_for(question).ok());
            let response = responses
                .get(&question.id)
                .copied()
                .unwrap_or(&Response::Cleared);
            QuestionScore {
                question_id: question.id,
                points: question.points,
                earned: decided.or_else(|| question.grade(response)),
                voiding: None,
            }
        })
        .collect();
    total(paper, questions)
}

/// What a broken question is worth to whoever was asked it.
fn void(question: &Question, voiding: Voiding) -> QuestionScore {
    let (points, earned) = match voiding {
        Voiding::FullPoints => (question.points, Credit::FULL.share_of(question.points)),
        Voiding::LeftOut => (Decimal::ZERO, Decimal::ZERO),
    };
    QuestionScore {
        question_id: question.id,
        points,
        earned: Some(earned),
        voiding: Some(voiding),
    }
}

fn total(paper: &Paper, questions: Vec<QuestionScore>) -> Score {
    let earned: Decimal = questions.iter().filter_map(|each| each.earned).sum();
    let score = if paper.rules.total_may_be_negative {
        earned
    } else {
        earned.max(Decimal::ZERO)
    };
    let mut total = Score {
        score: score.normalize(),
        max_score: questions
            .iter()
            .map(|each| each.points)
            .sum::<Decimal>()
            .normalize(),
        grade: None,
        questions,
    };
    if total.is_final() {
        let scale = paper.rules.scale.as_ref();
        total.grade = scale
            .and_then(|scale| scale.grade_for(total.score, total.max_score))
            .map(str::to_owned);
    }
    total
}

/// `part` of `whole` in percent, rounded as points are; `None` where there is no whole.
pub fn percent(part: Decimal, whole: Decimal) -> Option<Decimal> {
    let hundredfold = part.checked_mul(Decimal::ONE_HUNDRED)?;
    Some(points::round(hundredfold.checked_div(whole)?))
}

#[cfg(test)]
#[path = "tests/mod.rs"]
pub(crate) mod tests;
