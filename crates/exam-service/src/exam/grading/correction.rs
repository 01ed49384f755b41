//! A key that was wrong, put right: what was asked stays as it was.

use rust_decimal::Decimal;
use thiserror::Error;

use crate::exam::ids::OptionId;
use crate::exam::question::{Question, QuestionKind, Severity};

/// Why a key cannot take the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CorrectionError {
    /// Another kind of question.
    #[error("the question is of the kind '{asked}', and the new key is for '{given}'")]
    OtherKind {
        /// What was asked.
        asked: &'static str,
        /// What the key is for.
        given: &'static str,
    },
    /// Students saw something else.
    #[error(
        "the new key comes with other options, items, units or lengths than students saw: only what is right may change"
    )]
    AsksSomethingElse,
    /// The penalty is no penalty.
    #[error("the penalty is not within 0 and the {limit} points of the question")]
    OddPenalty {
        /// The points of the question.
        limit: Decimal,
    },
    /// It is no key.
    #[error("the new key has a mistake: {what}; {remedy}")]
    Faulty {
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
}

/// `asked` with the key of `kind`, and with another `penalty` if there is one.
///
/// # Errors
/// Where students would have been asked something else, or the key has a mistake.
pub fn correct_key(
    asked: &Question,
    kind: QuestionKind,
    penalty: Option<Decimal>,
) -> Result<Question, CorrectionError> {
    if kind.as_str() != asked.kind.as_str() {
        return Err(CorrectionError::OtherKind {
            asked: asked.kind.as_str(),
            given: kind.as_str(),
        });
    }
    let penalty = penalty.unwrap_or(asked.penalty);
    if !(Decimal::ZERO..=asked.points).contains(&penalty) {
        return Err(CorrectionError::OddPenalty {
            limit: asked.points,
        });
    }
    let corrected = Question {
        penalty,
        kind,
        ..asked.clone()
    };
    let order: Vec<OptionId> = asked.options().iter().map(|option| option.id).collect();
    if corrected.options().len() != order.len() || corrected.show(&order) != asked.show(&order) {
        return Err(CorrectionError::AsksSomethingElse);
    }
    let mut faults = corrected.kind_faults().into_iter();
    match faults.find(|fault| fault.severity == Severity::Error) {
        None => Ok(corrected),
        Some(fault) => Err(CorrectionError::Faulty {
            what: fault.what,
            remedy: fault.remedy,
        }),
    }
}
