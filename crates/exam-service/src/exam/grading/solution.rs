//! What would have been right, in the form of an answer.

use crate::exam::question::{Question, QuestionKind};
use crate::exam::response::{NumberResponse, Response};

/// A response that earns all the points of `question`, or as many as its key gives; of a short answer the pattern that
/// the author wrote. `None` where a person decides what is right.
pub fn solution(question: &Question) -> Option<Response> {
    Some(match &question.kind {
        QuestionKind::MultipleChoice(kind) => Response::Selected([kind.correct].into()),
        QuestionKind::MultipleResponse(kind) => Response::Selected(kind.correct.clone()),
        QuestionKind::TrueFalse(kind) => Response::Value(kind.correct),
        QuestionKind::Numeric(kind) => {
            // Of several that are worth the same, the one that the author named first.
            let best = kind.accepted.iter().rev().max_by_key(|it| it.percent)?;
            // The unit in which the key is written, so that the number means something.
            let mut units = kind.units.iter();
            let base = units.find(|unit| unit.factor == rust_decimal::Decimal::ONE);
            Response::Number(NumberResponse {
                number: best.value.normalize(),
                unit: base.map(|unit| unit.symbol.clone()),
            })
        }
        QuestionKind::ShortAnswer(kind) => {
            let best = kind.accepted.iter().rev().max_by_key(|it| it.percent)?;
            Response::Text(best.pattern.clone())
        }
        QuestionKind::Matching(kind) => Response::Pairs(kind.correct.clone()),
        QuestionKind::Ordering(kind) => {
            Response::Order(kind.items.iter().map(|item| item.id).collect())
        }
        QuestionKind::Essay(_) => return None,
    })
}
