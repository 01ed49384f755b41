//! Which grade a score earns.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::exam::question::Fault;

/// What the bounds of a scale are measured in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleUnit {
    /// Percent of the points that could be earned.
    #[default]
    Percent,
    /// Points.
    Points,
}

/// A grade and the least that earns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeBound {
    /// From this on, itself included.
    pub from: Decimal,
    /// What the grade is called.
    pub grade: String,
    /// Whether it is a pass.
    pub is_pass: bool,
}

/// Grades from the best to the worst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeScale {
    /// What the bounds are measured in.
    #[serde(default)]
    pub unit: ScaleUnit,
    /// The best first.
    pub bounds: Vec<GradeBound>,
}

impl GradeScale {
    /// The grade for `score` of `max_score`: the first whose bound is reached. Compared without rounding: 49.995 % is
    /// less than 50 %.
    pub fn grade_for(&self, score: Decimal, max_score: Decimal) -> Option<&str> {
        let found = self.bounds.iter().find(|bound| match self.unit {
            ScaleUnit::Points => score >= bound.from,
            ScaleUnit::Percent => {
                let reached = score.checked_mul(Decimal::ONE_HUNDRED);
                let needed = bound.from.checked_mul(max_score);
                matches!((reached, needed), (Some(reached), Some(needed)) if reached >= needed)
            }
        });
        found.map(|bound| bound.grade.as_str())
    }

    /// What its author got wrong, for papers of `max_score` points.
    pub(in crate::exam) fn faults(&self, max_score: Decimal) -> Vec<Fault> {
        let mut faults = Vec::new();
        let top = match self.unit {
            ScaleUnit::Percent => Decimal::ONE_HUNDRED,
            ScaleUnit::Points => max_score,
        };
        if self
            .bounds
            .last()
            .is_none_or(|last| last.from > Decimal::ZERO)
        {
            faults.push(Fault::error(
                "the grade scale has no grade for the lowest scores",
                "add a last grade from 0",
            ));
        }
        for pair in self.bounds.windows(2) {
            if pair[0].from <= pair[1].from {
                faults.push(Fault::error(
                    format!("grade '{}' can never be reached, or is not above '{}'", pair[1].grade, pair[0].grade),
                    "list the grades from the best to the worst, each with a lower bound than the one before",
                ));
            }
            if !pair[0].is_pass && pair[1].is_pass {
                faults.push(Fault::error(
                    format!(
                        "'{}' is a pass although the better '{}' is none",
                        pair[1].grade, pair[0].grade
                    ),
                    "say again which grades are a pass",
                ));
            }
        }
        if let Some(first) = self.bounds.first().filter(|first| first.from > top) {
            faults.push(Fault::error(
                format!(
                    "grade '{}' needs {}, more than can be earned",
                    first.grade, first.from
                ),
                format!("give it a bound of at most {top}"),
            ));
        }
        let names: BTreeSet<&str> = self.bounds.iter().map(|bound| bound.grade.trim()).collect();
        if names.len() < self.bounds.len() || names.contains("") {
            faults.push(Fault::error(
                "two grades have the same name, or one has none",
                "give each a name of its own",
            ));
        }
        faults
    }
}
