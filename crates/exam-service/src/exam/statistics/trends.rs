//! How groups did from one exam to the next.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Description, count, describe, mean, squares, varies};

/// One student's result, of a group, in one exam.
#[derive(Debug, Clone, PartialEq)]
pub struct Sat {
    /// The course or group.
    pub group: String,
    /// When the exam was.
    pub exam_at: DateTime<Utc>,
    /// The score in percent.
    pub percent: f64,
}

/// The results of one group over time.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupTrend {
    /// The course or group.
    pub group: String,
    /// Each of its exams, the oldest first.
    pub exams: Vec<(DateTime<Utc>, Description)>,
    /// Slope of the least-squares line through the exams' means, in percentage points per year of 365.25 days; undefined
    /// with fewer than two exams.
    pub slope_percent_per_year: Option<f64>,
}

/// The trend of every group, by name.
pub fn trends(results: &[Sat]) -> Vec<GroupTrend> {
    let mut groups: BTreeMap<&str, BTreeMap<DateTime<Utc>, Vec<f64>>> = BTreeMap::new();
    for result in results {
        let exams = groups.entry(&result.group).or_default();
        exams
            .entry(result.exam_at)
            .or_default()
            .push(result.percent);
    }
    let trend = |(group, exams): (&str, BTreeMap<DateTime<Utc>, Vec<f64>>)| {
        let exams: Vec<_> = exams
            .into_iter()
            .map(|(at, scores)| (at, describe(&scores)))
            .collect();
        GroupTrend {
            group: group.to_owned(),
            slope_percent_per_year: slope(&exams),
            exams,
        }
    };
    groups.into_iter().map(trend).collect()
}

fn slope(exams: &[(DateTime<Utc>, Description)]) -> Option<f64> {
    const DAYS_PER_YEAR: f64 = 365.25;
    let first = exams.first()?.0;
    let x: Vec<f64> = exams
        .iter()
        .map(|(at, _)| (*at - first).as_seconds_f64() / 86_400.0 / DAYS_PER_YEAR)
        .collect();
    let y: Vec<f64> = exams
        .iter()
        .map(|(_, exam)| exam.mean)
        .collect::<Option<_>>()?;
    let (mean_x, mean_y) = (mean(&x)?, mean(&y)?);
    let products: f64 = x
        .iter()
        .zip(&y)
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    // An exam a second later is another exam, but no trend.
    varies(&x)?;
    let slope = products / squares(&x)?;
    (slope.is_finite() && count(exams.len()) >= 2.0).then_some(slope)
}
