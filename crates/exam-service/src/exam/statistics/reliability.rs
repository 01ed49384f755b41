//! How far the same students would get the same scores in another exam of this kind.

use super::{ScoreTable, count, finite, squares, variance, varies};

/// How reliable an exam is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reliability {
    /// Cronbach's alpha: k/(k-1) * (1 - sum of the questions' variances / variance of the totals).
    ///
    /// Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. *Psychometrika* 16, 297-334.
    pub cronbach_alpha: Option<f64>,
    /// Kuder and Richardson's formula 20: k/(k-1) * (1 - sum of p*q / variance of the totals), both variances over n.
    /// Only where every answer earned all of its points or nothing.
    ///
    /// Kuder, G. F. & Richardson, M. W. (1937). The theory of the estimation of test reliability. *Psychometrika* 2,
    /// 151-160.
    pub kr20: Option<f64>,
    /// Standard error of measurement, in points: SD of the totals * sqrt(1 - alpha). Not where alpha is below zero.
    ///
    /// Crocker & Algina (1986), chapter 7.
    pub standard_error_points: Option<f64>,
}

/// The reliability of the exam that `table` is of; undefined with one question or one student, and where all totals are
/// the same.
pub fn reliability(table: &ScoreTable) -> Reliability {
    let alpha = cronbach_alpha(table);
    let deviation = variance(&table.totals()).map(f64::sqrt);
    let standard_error_points = alpha
        .filter(|alpha| *alpha >= -ROUNDING)
        .zip(deviation)
        .and_then(|(alpha, deviation)| finite(deviation * (1.0 - alpha).max(0.0).sqrt()));
    Reliability {
        cronbach_alpha: alpha,
        kr20: kr20(table),
        standard_error_points,
    }
}

/// What sums of small numbers are off by: an alpha of zero may come out a little below it.
const ROUNDING: f64 = 1e-9;

fn cronbach_alpha(table: &ScoreTable) -> Option<f64> {
    let totals = table.totals();
    let variances = (0..table.question_count()).map(|question| variance(&table.column(question)));
    let sum: f64 = variances.sum::<Option<f64>>()?;
    lengthened(table, 1.0 - sum / variance(varies(&totals)?)?)
}

fn kr20(table: &ScoreTable) -> Option<f64> {
    let mut shares = 0.0;
    for (question, points) in table.points.iter().enumerate() {
        let column = table.column(question);
        let is_all = |earned: &f64| (earned - points).abs() < 1e-9;
        if *points <= 0.0
            || !column
                .iter()
                .all(|earned| is_all(earned) || earned.abs() < 1e-9)
        {
            return None;
        }
        let right = count(column.iter().filter(|earned| is_all(earned)).count());
        let share = right / count(column.len());
        // In points: for a question worth w, the variance of its scores is w^2 * p * q.
        shares += points.powi(2) * share * (1.0 - share);
    }
    let totals = table.totals();
    let of_totals = squares(varies(&totals)?)? / count(totals.len());
    lengthened(table, 1.0 - shares / of_totals)
}

/// `share` times k/(k-1).
fn lengthened(table: &ScoreTable, share: f64) -> Option<f64> {
    let questions = count(table.question_count());
    if table.question_count() < 2 {
        return None;
    }
    finite(questions / (questions - 1.0) * share)
}
