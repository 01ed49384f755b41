//! What the results of an exam say of the exam: how hard it was, how reliable, and which questions are wrong.
//!
//! Figures are binary fractions: they are estimates, not points. Whatever is undefined (one student, no variance) is
//! `None`, never NaN. Formulas follow Crocker & Algina, *Introduction to Classical and Modern Test Theory* (1986), and are
//! checked against `NumPy`, `SciPy` and Pingouin by the integration tests.

mod description;
mod distractors;
mod items;
mod reliability;
mod sheet;
mod trends;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

pub use description::{Band, Description, bands, describe};
pub use distractors::{DistractorCount, distractors};
pub use items::{Alarm, ItemStatistics, alarms, items};
pub use reliability::{Reliability, reliability};
pub use sheet::{ExamFigures, QuestionFigures, ScoreSheet, percent_of};
pub use trends::{GroupTrend, Sat, trends};

/// Scores of all students on all questions: a row for each student, a column for each question.
///
/// For statistics over questions everybody has to have been asked the same; of drawn questions only whole attempts can be
/// described.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTable {
    points: Vec<f64>,
    rows: Vec<Vec<f64>>,
}

impl ScoreTable {
    /// The table of `rows`, where `points` are what each question is worth. `None` unless all rows have as many scores as
    /// there are questions.
    pub fn new(points: &[Decimal], rows: &[Vec<Decimal>]) -> Option<Self> {
        if rows.iter().any(|row| row.len() != points.len()) {
            return None;
        }
        let numbers = |row: &[Decimal]| row.iter().map(to_f64).collect::<Option<Vec<f64>>>();
        Some(Self {
            points: numbers(points)?,
            rows: rows.iter().map(|row| numbers(row)).collect::<Option<_>>()?,
        })
    }

    /// What each student earned in all.
    pub fn totals(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.iter().sum()).collect()
    }

    fn question_count(&self) -> usize {
        self.points.len()
    }

    /// What each student earned for one question.
    fn column(&self, question: usize) -> Vec<f64> {
        self.rows.iter().map(|row| row[question]).collect()
    }
}

fn to_f64(number: &Decimal) -> Option<f64> {
    number.to_f64()
}

/// How many there are, as a number to calculate with. Exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no exam has 2^53 students")]
fn count(items: usize) -> f64 {
    items as f64
}

fn mean(values: &[f64]) -> Option<f64> {
    finite(values.iter().sum::<f64>() / count(values.len()))
}

/// Sum of squared deviations from the mean.
fn squares(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    finite(values.iter().map(|value| (value - mean).powi(2)).sum())
}

/// The variance of a sample, over n - 1; of two or more.
fn variance(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    finite(squares(values)? / count(values.len() - 1))
}

/// Pearson's correlation; undefined where one of the two does not vary.
fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || varies(x).is_none() || varies(y).is_none() {
        return None;
    }
    let (mean_x, mean_y) = (mean(x)?, mean(y)?);
    let products: f64 = x
        .iter()
        .zip(y)
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    let spread = (squares(x)? * squares(y)?).sqrt();
    finite((products / spread).clamp(-1.0, 1.0))
}

/// The values, if at least two of them differ by more than what adding up binary fractions makes.
fn varies(values: &[f64]) -> Option<&[f64]> {
    let least = values.iter().copied().reduce(f64::min)?;
    let most = values.iter().copied().reduce(f64::max)?;
    let noise = 1e-9 * least.abs().max(most.abs()).max(1.0);
    (most - least > noise).then_some(values)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod sheet_tests;
#[cfg(test)]
mod tests;
