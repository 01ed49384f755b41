//! Give a number, exact or within a tolerance, with a unit where one is asked for.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::{Fault, Rules, ShownParts};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::{NumberResponse, Response};

/// How far from the value an answer may be. Limits belong to the range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Tolerance {
    /// Not at all; 2.50 is 2.5.
    #[default]
    Exact,
    /// So much, in the unit of the value.
    Absolute {
        /// At least 0.
        within: Decimal,
    },
    /// So many percent of the value.
    Relative {
        /// At least 0.
        percent: Decimal,
    },
    /// Both are rounded to so many significant figures, halves away from zero, and have to be the same then.
    SignificantFigures {
        /// From 1 to 28.
        figures: u32,
    },
}

/// A value that is right, or right in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedNumber {
    /// In the base unit.
    pub value: Decimal,
    /// How far an answer may be from it.
    #[serde(default)]
    pub tolerance: Tolerance,
    /// What it earns, in percent of the points, -100 to 100.
    #[serde(default = "hundred")]
    pub percent: Decimal,
}

fn hundred() -> Decimal {
    Decimal::ONE_HUNDRED
}

impl AcceptedNumber {
    /// A value that earns everything.
    pub fn new(value: Decimal, tolerance: Tolerance) -> Self {
        Self {
            value,
            tolerance,
            percent: hundred(),
        }
    }

    /// Whether `given`, in the base unit, is this value within its tolerance.
    fn takes(&self, given: Decimal) -> bool {
        let distance = given.checked_sub(self.value).map(|gap| gap.abs());
        match self.tolerance {
            Tolerance::Exact => given == self.value,
            Tolerance::Absolute { within } => distance.is_some_and(|distance| distance <= within),
            Tolerance::Relative { percent } => {
                // Multiplied, not divided: exact for every value, zero included.
                let allowed = percent.checked_mul(self.value.abs());
                let hundredfold = distance.and_then(|gap| gap.checked_mul(Decimal::ONE_HUNDRED));
                matches!((hundredfold, allowed), (Some(gap), Some(allowed)) if gap <= allowed)
            }
            Tolerance::SignificantFigures { figures } => {
                let rounded = |number: Decimal| {
                    number.round_sf_with_strategy(figures, RoundingStrategy::MidpointAwayFromZero)
                };
                matches!((rounded(given), rounded(self.value)), (Some(a), Some(b)) if a == b)
            }
        }
    }
}

/// A unit in which the number may be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// As students choose it, for instance `cm`.
    pub symbol: String,
    /// What one of it is in the base unit: 0.01 for `cm` where values are in `m`.
    pub factor: Decimal,
}

/// A number is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numeric {
    /// The values that are taken; of several that match the best counts.
    pub accepted: Vec<AcceptedNumber>,
    /// Units to choose from; empty where none is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Unit>,
    /// Whether a number without a unit is wrong; otherwise it counts as in the base unit.
    #[serde(default)]
    pub requires_unit: bool,
}

impl Numeric {
    fn in_base_unit(&self, answer: &NumberResponse) -> Option<Decimal> {
        match &answer.unit {
            None if self.requires_unit => None,
            None => Some(answer.number),
            Some(symbol) => {
                let unit = self.units.iter().find(|unit| unit.symbol == *symbol)?;
                answer.number.checked_mul(unit.factor)
            }
        }
    }
}

impl Rules for Numeric {
    fn word(&self) -> &'static str {
        "numeric"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        let Response::Number(answer) = response else {
            return Err("this question asks for a number: send {\"number\": \"3.14\"}");
        };
        match &answer.unit {
            Some(symbol) if !self.units.iter().any(|unit| unit.symbol == *symbol) => {
                Err("this question does not take that unit")
            }
            _ => Ok(()),
        }
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        let Response::Number(answer) = response else {
            return Some(Credit::NONE);
        };
        let given = self.in_base_unit(answer);
        let matching = self
            .accepted
            .iter()
            .filter(|accepted| given.is_some_and(|given| accepted.takes(given)));
        let best = matching.map(|accepted| accepted.percent).max();
        Some(best.map_or(Credit::NONE, Credit::of_percent))
    }

    fn show(&self, _order: &[OptionId]) -> ShownParts {
        ShownParts {
            units: self.units.iter().map(|unit| unit.symbol.clone()).collect(),
            ..ShownParts::default()
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.accepted.iter().any(|each| each.percent == hundred()) {
            faults.push(Fault::error(
                "no value earns all points",
                "enter the right value",
            ));
        }
        for accepted in &self.accepted {
            let is_possible = match accepted.tolerance {
                Tolerance::Exact => true,
                Tolerance::Absolute { within } => within >= Decimal::ZERO,
                Tolerance::Relative { percent } => percent >= Decimal::ZERO,
                Tolerance::SignificantFigures { figures } => (1..=28).contains(&figures),
            };
            if !is_possible {
                faults.push(Fault::error(
                    format!("the tolerance of {} takes no answer", accepted.value),
                    "give a tolerance of 0 or more, or 1 to 28 significant figures",
                ));
            }
            if accepted.percent.abs() > hundred() {
                faults.push(Fault::error(
                    format!("{} earns {} percent", accepted.value, accepted.percent),
                    "give a percentage between -100 and 100",
                ));
            }
            if accepted.value.is_zero() && matches!(accepted.tolerance, Tolerance::Relative { .. })
            {
                faults.push(Fault::warning(
                    "a tolerance in percent of zero takes only zero",
                    "give an absolute tolerance",
                ));
            }
        }
        faults.extend(self.unit_faults());
        faults
    }
}

impl Numeric {
    fn unit_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.requires_unit && self.units.is_empty() {
            faults.push(Fault::error(
                "a unit is required, but none is there to choose",
                "add units or do not require one",
            ));
        }
        for (index, unit) in self.units.iter().enumerate() {
            if unit.symbol.trim().is_empty() || unit.factor.is_zero() {
                faults.push(Fault::error(
                    format!("unit {} has no symbol or the factor 0", index + 1),
                    "give it both",
                ));
            }
            if self.units[..index]
                .iter()
                .any(|before| before.symbol == unit.symbol)
            {
                faults.push(Fault::error(
                    format!("the unit '{}' is there twice", unit.symbol),
                    "remove one of them",
                ));
            }
        }
        faults
    }
}
