//! How scores are spread.

use super::{count, mean, variance};

/// Scores in a few figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Description {
    /// How many.
    pub count: usize,
    /// The least.
    pub minimum: Option<f64>,
    /// The 25th percentile, interpolated linearly (Hyndman & Fan's type 7, as spreadsheets and `NumPy` do).
    pub lower_quartile: Option<f64>,
    /// The 50th.
    pub median: Option<f64>,
    /// The 75th.
    pub upper_quartile: Option<f64>,
    /// The most.
    pub maximum: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The standard deviation of a sample: over n - 1, from two scores on.
    pub standard_deviation: Option<f64>,
}

/// One band of a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// From this share of the points on, in percent.
    pub from_percent: f64,
    /// Below this; the last band takes it in.
    pub to_percent: f64,
    /// How many scores.
    pub count: usize,
}

/// Describes `scores`.
pub fn describe(scores: &[f64]) -> Description {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    Description {
        count: scores.len(),
        minimum: sorted.first().copied(),
        lower_quartile: quantile(&sorted, 0.25),
        median: quantile(&sorted, 0.5),
        upper_quartile: quantile(&sorted, 0.75),
        maximum: sorted.last().copied(),
        mean: mean(scores),
        standard_deviation: variance(scores).map(f64::sqrt),
    }
}

fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = count(last) * share;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place between 0 and the last"
    )]
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor()))
}

/// How many of `scores` lie in each of `bands` equal parts of 0 to `max_score`; none without points or bands. Scores
/// below zero count into the first band.
pub fn bands(scores: &[f64], max_score: f64, bands: usize) -> Vec<Band> {
    if max_score <= 0.0 || bands == 0 {
        return Vec::new();
    }
    let width = 100.0 / count(bands);
    let mut counted: Vec<Band> = (0..bands)
        .map(|at| Band {
            from_percent: width * count(at),
            to_percent: width * count(at + 1),
            count: 0,
        })
        .collect();
    for score in scores {
        let percent = score / max_score * 100.0;
        let above = counted
            .iter()
            .rposition(|band| percent >= band.from_percent);
        counted[above.unwrap_or(0)].count += 1;
    }
    counted
}
