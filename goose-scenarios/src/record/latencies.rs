//! Latencies in a histogram that can be sent to another machine and added to others, exactly.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest latency kept apart, in microseconds; what took longer counts as this.
const LONGEST_MICROSECONDS: u64 = 600_000_000;
/// Significant digits of a latency: a percentile is at most 0.1 % off.
const PRECISION: u8 = 3;

/// A histogram of latencies that takes no room until it is used. Serialises as pairs of microseconds and counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Option<Histogram<u64>>);

impl Latencies {
    pub(crate) fn record(&mut self, latency: Duration) {
        let microseconds = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.record_many(microseconds.max(1), 1);
    }

    fn record_many(&mut self, microseconds: u64, count: u64) {
        if self.0.is_none() {
            self.0 = Histogram::new_with_bounds(1, LONGEST_MICROSECONDS, PRECISION).ok();
        }
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record_n(microseconds, count);
        }
    }

    pub(crate) fn samples(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// The latency that this share of the samples did not exceed; nothing without samples.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some(Duration::from_micros(histogram.value_at_quantile(share)))
    }

    pub(crate) fn longest(&self) -> Option<Duration> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some(Duration::from_micros(histogram.max()))
    }

    /// Adds the samples of another, exactly.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (microseconds, count) in other.pairs() {
            self.record_many(microseconds, count);
        }
    }

    /// Empties it and keeps its room.
    pub(crate) fn clear(&mut self) {
        if let Some(histogram) = &mut self.0 {
            histogram.reset();
        }
    }

    /// A value of each bucket in use, and how often it was recorded.
    pub(crate) fn pairs(&self) -> Vec<(u64, u64)> {
        let recorded = self.0.iter().flat_map(Histogram::iter_recorded);
        let pairs = recorded.map(|it| (it.value_iterated_to(), it.count_at_value()));
        pairs.collect()
    }

    pub(crate) fn from_pairs(pairs: &[(u64, u64)]) -> Self {
        let mut latencies = Self::default();
        for (microseconds, count) in pairs {
            latencies.record_many(*microseconds, *count);
        }
        latencies
    }
}

impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.pairs().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs: Vec<(u64, u64)> = Deserialize::deserialize(deserializer)?;
        Ok(Self::from_pairs(&pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_samples_have_no_quantile() {
        assert_eq!(Latencies::default().quantile(0.95), None);
        assert_eq!(Latencies::default().longest(), None);
        let mut cleared = Latencies::default();
        cleared.record(Duration::from_secs(1));
        cleared.clear();
        assert_eq!((cleared.samples(), cleared.quantile(0.5)), (0, None));
    }

    #[test]
    fn what_is_sent_and_merged_is_what_one_would_have_recorded() {
        let (mut left, mut right, mut both) = <(Latencies, Latencies, Latencies)>::default();
        for number in 1..=20_000_u64 {
            let latency = Duration::from_micros(number * number % 7_000_003);
            both.record(latency);
            if number % 3 == 0 {
                &mut left
            } else {
                &mut right
            }
            .record(latency);
        }
        let text = serde_json::to_string(&right).unwrap();
        left.merge(&serde_json::from_str(&text).unwrap());
        assert_eq!(left.samples(), both.samples());
        for share in [0.0, 0.5, 0.95, 0.99, 0.999, 1.0] {
            assert_eq!(left.quantile(share), both.quantile(share), "{share}");
        }
        assert_eq!(left.longest(), both.longest());
    }

    /// Against all samples, sorted: the percentile of the nearest rank.
    #[test]
    fn percentiles_are_those_of_a_full_log_within_a_thousandth() {
        let mut latencies = Latencies::default();
        let mut log: Vec<u64> = (1..=50_000_u64)
            .map(|number| number * number % 9_999_991 + 100)
            .collect();
        for microseconds in &log {
            latencies.record(Duration::from_micros(*microseconds));
        }
        log.sort_unstable();
        for (share, rank) in [(0.5, 25_000), (0.95, 47_500), (0.99, 49_500)] {
            let exact = Duration::from_micros(log[rank - 1]).as_secs_f64();
            let found = latencies.quantile(share).unwrap().as_secs_f64();
            assert!(
                (found / exact - 1.0).abs() <= 0.001,
                "{share}: {found} {exact}"
            );
        }
    }
}
