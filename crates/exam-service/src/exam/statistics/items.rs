//! How each question did.

use super::{ScoreTable, correlation, mean, variance};

/// The figures of one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemStatistics {
    /// Difficulty index: mean score / points, from 0 (nobody) to 1 (everybody); below 0 with penalties. Known as facility.
    pub difficulty: Option<f64>,
    /// Standard deviation of its scores, in points.
    pub standard_deviation: Option<f64>,
    /// Corrected item-total correlation: Pearson's r of its scores with the totals *without* it; for questions that are
    /// right or wrong that is the corrected point-biserial.
    ///
    /// Henrysson, S. (1963). Correction of item-total correlations in item analysis. *Psychometrika* 28, 211-218.
    pub discrimination: Option<f64>,
}

/// What is suspicious about a question before results are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// Good students get it wrong more often than weak ones: the key may be wrong.
    NegativeDiscrimination,
    /// Nobody earned anything.
    NobodyWasRight,
    /// Everybody earned everything: it tells nothing.
    EverybodyWasRight,
}

impl Alarm {
    /// For people, in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::NegativeDiscrimination => "key?",
            Self::NobodyWasRight => "nobody",
            Self::EverybodyWasRight => "everybody",
        }
    }
}

/// The figures of all questions in their order.
pub fn items(table: &ScoreTable) -> Vec<ItemStatistics> {
    let totals = table.totals();
    let item = |(question, points): (usize, &f64)| {
        let column = table.column(question);
        let rest: Vec<f64> = totals
            .iter()
            .zip(&column)
            .map(|(total, own)| total - own)
            .collect();
        ItemStatistics {
            difficulty: mean(&column)
                .filter(|_| *points > 0.0)
                .map(|mean| mean / points),
            standard_deviation: variance(&column).map(f64::sqrt),
            discrimination: correlation(&column, &rest),
        }
    };
    table.points.iter().enumerate().map(item).collect()
}

/// What is suspicious about a question.
pub fn alarms(item: &ItemStatistics) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    if item.discrimination.is_some_and(|it| it < 0.0) {
        alarms.push(Alarm::NegativeDiscrimination);
    }
    match item.difficulty {
        Some(difficulty) if difficulty <= 0.0 => alarms.push(Alarm::NobodyWasRight),
        Some(difficulty) if difficulty >= 1.0 => alarms.push(Alarm::EverybodyWasRight),
        _ => {}
    }
    alarms
}
