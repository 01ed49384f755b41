//! How a run went from second to second: what the plots of its report show.
//!
//! Verdicts rest on the histograms of whole phases in [`super::Recorder`], never on these.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Endpoint, Latencies};

/// The longest run that is told second by second: a day. What is later counts in its last second.
const LONGEST_SECONDS: usize = 86_400;

/// What ended in one second of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tick {
    /// Requests, repetitions included.
    pub(crate) requests: u64,
    pub(crate) failed: u64,
    /// Successful saves, however many answers each had.
    pub(crate) saves: u64,
    /// Of successful operations: microseconds and counts, as a histogram has them.
    pub(crate) latencies: Vec<(u64, u64)>,
}

/// The seconds so far; seconds in which nothing ended are there as well.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Timeline {
    ticks: Vec<Tick>,
    /// Of the last of them.
    #[serde(skip)]
    open: Latencies,
}

impl Timeline {
    /// `at` is since the plan began, as everywhere here.
    pub(crate) fn request_ended(&mut self, at: Duration, succeeded: bool) {
        let tick = self.tick(at);
        tick.requests += 1;
        tick.failed += u64::from(!succeeded);
    }

    pub(crate) fn operation_succeeded(
        &mut self,
        at: Duration,
        endpoint: Endpoint,
        latency: Duration,
    ) {
        self.tick(at).saves += u64::from(endpoint == Endpoint::SaveAnswers);
        self.open.record(latency);
    }

    /// Ends the second that goes on: nothing is added any more.
    pub(crate) fn close(&mut self) {
        if let Some(last) = self.ticks.last_mut() {
            last.latencies = self.open.pairs();
            self.open.clear();
        }
    }

    /// All of them, closed.
    pub(crate) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// Adds what another generator saw in the same seconds. Both are closed.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.ticks.len() < other.ticks.len() {
            self.ticks.resize(other.ticks.len(), Tick::default());
        }
        for (mine, theirs) in self.ticks.iter_mut().zip(&other.ticks) {
            mine.requests += theirs.requests;
            mine.failed += theirs.failed;
            mine.saves += theirs.saves;
            let mut latencies = Latencies::from_pairs(&mine.latencies);
            latencies.merge(&Latencies::from_pairs(&theirs.latencies));
            mine.latencies = latencies.pairs();
        }
    }

    /// The second of `at`, or the last one if that is later: what two threads tell may change places on the way here.
    fn tick(&mut self, at: Duration) -> &mut Tick {
        let at = usize::try_from(at.as_secs())
            .unwrap_or(usize::MAX)
            .min(LONGEST_SECONDS);
        if self.ticks.len() <= at {
            self.close();
            self.ticks.resize(at + 1, Tick::default());
        }
        let last = self.ticks.len() - 1;
        &mut self.ticks[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn some() -> Timeline {
        let mut timeline = Timeline::default();
        timeline.request_ended(at(100), true);
        timeline.operation_succeeded(at(100), Endpoint::SaveAnswers, at(10));
        timeline.request_ended(at(900), false);
        timeline.request_ended(at(3000), true);
        timeline.operation_succeeded(at(3000), Endpoint::Login, at(400));
        // Told late by another thread: it is lost from no sum.
        timeline.request_ended(at(2999), true);
        timeline.close();
        timeline
    }

    fn counts(timeline: &Timeline) -> Vec<(u64, u64, u64, usize)> {
        let ticks = timeline.ticks().iter();
        ticks
            .map(|tick| (tick.requests, tick.failed, tick.saves, tick.latencies.len()))
            .collect()
    }

    #[test]
    fn each_second_has_what_ended_in_it_and_quiet_ones_are_there_too() {
        assert_eq!(
            counts(&some()),
            [(2, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0), (2, 0, 0, 1)]
        );
    }

    #[test]
    fn seconds_of_several_generators_are_one() {
        let mut merged = Timeline::default();
        merged.request_ended(at(1500), true);
        merged.operation_succeeded(at(1500), Endpoint::SaveAnswers, at(20));
        merged.close();
        merged.merge(&some());
        assert_eq!(
            counts(&merged),
            [(2, 1, 1, 1), (1, 0, 1, 1), (0, 0, 0, 0), (2, 0, 0, 1)]
        );
    }

    #[test]
    fn nothing_has_no_seconds_and_no_run_has_more_than_a_day() {
        assert_eq!(Timeline::default().ticks(), []);
        let mut timeline = Timeline::default();
        timeline.request_ended(Duration::MAX, true);
        assert_eq!(timeline.ticks().len(), 86_401);
    }
}
