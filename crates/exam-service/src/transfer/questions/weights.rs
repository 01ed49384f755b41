//! How choices are valued in programs that know nothing but a percentage for each option.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::exam::OptionId;
use crate::exam::question::{AcceptedNumber, MultipleResponse, ResponseScoring, Tolerance};

/// So many decimals other programs read.
const DECIMALS: u32 = 5;

/// Percentages that come nearest to the rule of a question, and what differs.
pub(super) fn of(
    question: &MultipleResponse,
) -> (BTreeMap<OptionId, Decimal>, Option<&'static str>) {
    if let ResponseScoring::Weighted { percent } = &question.scoring {
        return (percent.clone(), None);
    }
    let share = |count: usize| match count {
        0 => Decimal::ZERO,
        count => (Decimal::ONE_HUNDRED / Decimal::from(count))
            .round_dp(DECIMALS)
            .normalize(),
    };
    let right = share(question.correct.len());
    let wrong = share(
        question
            .options
            .len()
            .saturating_sub(question.correct.len()),
    );
    let (loss, lost) = match question.scoring {
        ResponseScoring::RightMinusWrong => (-wrong, None),
        ResponseScoring::RightOnly => (-right, Some("options too many take away a right one each")),
        _ => (-wrong, Some("its scoring became right minus wrong")),
    };
    let percent = question.options.iter().map(|option| {
        let is_right = question.correct.contains(&option.id);
        (option.id, if is_right { right } else { loss })
    });
    (percent.collect(), lost)
}

/// A tolerance as an absolute one, and what differs.
pub(super) fn absolute(accepted: &AcceptedNumber) -> (Decimal, Option<&'static str>) {
    match accepted.tolerance {
        Tolerance::Exact => (Decimal::ZERO, None),
        Tolerance::Absolute { within } => (within, None),
        Tolerance::Relative { percent } => {
            let hundredfold = accepted
                .value
                .abs()
                .checked_mul(percent)
                .unwrap_or_default();
            (
                (hundredfold / Decimal::ONE_HUNDRED).normalize(),
                Some("its tolerance in percent became an absolute one"),
            )
        }
        Tolerance::SignificantFigures { figures } => {
            let rounded = accepted
                .value
                .round_sf(figures)
                .unwrap_or(accepted.value)
                .normalize();
            let distance = (rounded - accepted.value).abs();
            (
                distance,
                Some("its significant figures became the distance to the rounded value"),
            )
        }
    }
}
