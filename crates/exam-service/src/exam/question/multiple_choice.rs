//! Choose one option.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fault::option_faults;
use super::{ChoiceOption, Fault, Rules, ShownParts, has_option, in_order, selected_of};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::Response;

/// Options of which one is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultipleChoice {
    /// All options in the author's order.
    pub options: Vec<ChoiceOption>,
    /// The one that earns everything.
    pub correct: OptionId,
    /// What other options earn, in percent of the points, -100 to 100; those not named earn nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partial_percent: BTreeMap<OptionId, Decimal>,
}

impl Rules for MultipleChoice {
    fn word(&self) -> &'static str {
        "multiple_choice"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        let otherwise = "this is a multiple-choice question: send {\"selected\": [..]}";
        if selected_of(&self.options, response, otherwise)?.len() > 1 {
            return Err("one option can be selected here");
        }
        Ok(())
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        let Response::Selected(selected) = response else {
            return Some(Credit::NONE);
        };
        let credit = selected.first().map_or(Credit::NONE, |id| {
            if *id == self.correct {
                return Credit::FULL;
            }
            let percent = self.partial_percent.get(id).copied();
            Credit::of_percent(percent.unwrap_or_default())
        });
        Some(credit)
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
        if !has_option(&self.options, self.correct) {
            faults.push(Fault::error(
                "no option is marked as right",
                "mark the right one",
            ));
        }
        for (id, percent) in &self.partial_percent {
            if !has_option(&self.options, *id) || percent.abs() > Decimal::ONE_HUNDRED {
                faults.push(Fault::error(
                    "partial credit is out of range or for an option that is not there",
                    "give percentages between -100 and 100 to options of this question",
                ));
            }
        }
        faults
    }
}
