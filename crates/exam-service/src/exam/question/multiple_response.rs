//! Choose all options that are right.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fault::option_faults;
use super::{ChoiceOption, Fault, Rules, ShownParts, has_option, in_order, selected_of};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::Response;

/// How a choice that is neither quite right nor quite wrong is valued. None of them goes below nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum ResponseScoring {
    /// Exactly the right options earn everything, anything else nothing.
    #[default]
    AllOrNothing,
    /// Right ones chosen / right ones there. Who chooses more than are right is counted the worst of the choice.
    RightOnly,
    /// Right ones chosen / right ones there - wrong ones chosen / wrong ones there: guessing earns nothing on average.
    RightMinusWrong,
    /// Each option is a decision of its own: decided rightly (chosen or left out) / all options.
    PerOption,
    /// The percentages of the chosen options are summed, at most 100.
    Weighted {
        /// Percent of the points by option, -100 to 100; those not named count nothing.
        percent: BTreeMap<OptionId, Decimal>,
    },
}

/// Options of which any number may be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultipleResponse {
    /// All options in the author's order.
    pub options: Vec<ChoiceOption>,
    /// The options that are right.
    pub correct: BTreeSet<OptionId>,
    /// How part of them is valued.
    #[serde(default)]
    pub scoring: ResponseScoring,
}

impl MultipleResponse {
    fn credit_of(&self, selected: &BTreeSet<OptionId>) -> Credit {
        let right = self.correct.len();
        let wrong = self.options.len().saturating_sub(right);
        let hits = selected.intersection(&self.correct).count();
        let misses = selected.len() - hits;
        match &self.scoring {
            ResponseScoring::AllOrNothing => Credit::all_if(*selected == self.correct),
            ResponseScoring::RightOnly => {
                Credit::of_count(hits.min(right.saturating_sub(misses)), right)
            }
            ResponseScoring::RightMinusWrong if wrong == 0 => Credit::of_count(hits, right),
            ResponseScoring::RightMinusWrong => {
                let gained = (hits * wrong).saturating_sub(misses * right);
                Credit::of_count(gained, right * wrong)
            }
            ResponseScoring::PerOption => {
                let left_out = wrong.saturating_sub(misses);
                Credit::of_count(hits + left_out, self.options.len())
            }
            ResponseScoring::Weighted { percent } => {
                let chosen = selected.iter().filter_map(|id| percent.get(id).copied());
                let limited =
                    chosen.map(|each| each.clamp(-Decimal::ONE_HUNDRED, Decimal::ONE_HUNDRED));
                Credit::of_percent(limited.sum::<Decimal>().max(Decimal::ZERO))
            }
        }
    }
}

impl Rules for MultipleResponse {
    fn word(&self) -> &'static str {
        "multiple_response"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        let otherwise = "this is a multiple-response question: send {\"selected\": [..]}";
        selected_of(&self.options, response, otherwise).map(|_| ())
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        Some(match response {
            Response::Selected(selected) => self.credit_of(selected),
            _ => Credit::NONE,
        })
    }

    fn show(&self, order: &[OptionId]) -> ShownParts {
        ShownParts {
            options: in_order(&self.options, order),
            ..ShownParts::default()
        }
    }

    fn options(&self) -> &[ChoiceOption] {
        &self.options
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = option_faults(&self.options, "option", 2);
        if self.correct.is_empty() {
            faults.push(Fault::error(
                "no option is marked as right",
                "mark those that are: choosing nothing counts as no answer",
            ));
        }
        if !self.correct.iter().all(|id| has_option(&self.options, *id)) {
            faults.push(Fault::error(
                "the key names an option that is not there",
                "mark the right options again",
            ));
        }
        if self.correct.len() == self.options.len() {
            faults.push(Fault::warning(
                "all options are right",
                "add a wrong one, or leave it if that is meant",
            ));
        }
        if let ResponseScoring::Weighted { percent } = &self.scoring {
            faults.extend(weight_faults(percent));
        }
        faults
    }
}

fn weight_faults(percent: &BTreeMap<OptionId, Decimal>) -> Vec<Fault> {
    if percent
        .values()
        .any(|each| each.abs() > Decimal::ONE_HUNDRED)
    {
        return vec![Fault::error(
            "an option weighs more than 100 percent",
            "give each between -100 and 100",
        )];
    }
    let positive: Decimal = percent.values().filter(|each| **each > Decimal::ZERO).sum();
    // Thirds and sixths are written with five decimals by other programs.
    if (positive - Decimal::ONE_HUNDRED).abs() > Decimal::new(1, 2) {
        return vec![Fault::warning(
            format!(
                "the right options weigh {} percent together",
                positive.normalize()
            ),
            "make it 100, so that a right answer earns all points",
        )];
    }
    Vec::new()
}
