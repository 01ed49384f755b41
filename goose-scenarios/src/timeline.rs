//! How a run went from second to second: what the plots of its report show.
//!
//! Verdicts rest on the histograms of whole runs in [`crate::recorder`], never on these.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    endpoint::Endpoint,
    recorder::Latencies,
    report::{Latency, latency},
};

/// The longest run that is told second by second: a day. What is later counts in its last second.
const LONGEST_SECONDS: u32 = 86_400;

/// What ended in one second of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Seconds since the plan began.
    pub at: u32,
    /// Requests, repetitions included.
    pub requests: u64,
    pub failed: u64,
    /// Successful saves, however many answers each had.
    pub saves: u64,
    /// Of successful operations, from the moment they were meant for to the last byte.
    pub latency: Option<Latency>,
}

/// The seconds so far; seconds in which nothing ended are there as well.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    seconds: Vec<Second>,
    /// Of the last of them.
    latencies: Latencies,
}

impl Timeline {
    /// `at` is since the plan began, as everywhere here.
    pub(crate) fn request_ended(&mut self, at: Duration, succeeded: bool) {
        let second = self.second(at);
        second.requests += 1;
        second.failed += u64::from(!succeeded);
    }

    pub(crate) fn operation_succeeded(
        &mut self,
        at: Duration,
        endpoint: Endpoint,
        latency: Duration,
    ) {
        let second = self.second(at);
        second.saves += u64::from(endpoint == Endpoint::SaveAnswers);
        self.latencies.record(latency);
    }

    /// All of them, the one that goes on included.
    pub(crate) fn seconds(&self) -> Vec<Second> {
        let mut seconds = self.seconds.clone();
        if let Some(last) = seconds.last_mut() {
            last.latency = latency(&self.latencies);
        }
        seconds
    }

    /// The second of `at`, or the last one if that is later: what two threads tell may change places on the way here.
    fn second(&mut self, at: Duration) -> &mut Second {
        let at = u32::try_from(at.as_secs())
            .unwrap_or(u32::MAX)
            .min(LONGEST_SECONDS);
        let next = self.seconds.last().map_or(0, |last| last.at + 1);
        if next <= at {
            if let Some(last) = self.seconds.last_mut() {
                last.latency = latency(&std::mem::take(&mut self.latencies));
            }
            let new = |at| Second {
                at,
                ..Second::default()
            };
            self.seconds.extend((next..=at).map(new));
        }
        let last = self.seconds.len().saturating_sub(1);
        &mut self.seconds[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn each_second_has_what_ended_in_it_and_quiet_ones_are_there_too() {
        let mut timeline = Timeline::default();
        timeline.request_ended(at(100), true);
        timeline.operation_succeeded(at(100), Endpoint::SaveAnswers, at(10));
        timeline.request_ended(at(900), false);
        timeline.request_ended(at(3000), true);
        timeline.operation_succeeded(at(3000), Endpoint::Login, at(400));
        // Told late by another thread: it is lost from no sum.
        timeline.request_ended(at(2999), true);
        let seconds = timeline.seconds();
        let counts: Vec<_> = seconds
            .iter()
            .map(|second| (second.at, second.requests, second.failed, second.saves))
            .collect();
        assert_eq!(
            counts,
            [(0, 2, 1, 1), (1, 0, 0, 0), (2, 0, 0, 0), (3, 2, 0, 0)]
        );
        let longest = |second: &Second| second.latency.map(|latency| latency.max_ms.round());
        assert_eq!(
            seconds.iter().map(longest).collect::<Vec<_>>(),
            [Some(10.0), None, None, Some(400.0)]
        );
    }

    #[test]
    fn nothing_has_no_seconds_and_no_run_has_more_than_a_day() {
        assert_eq!(Timeline::default().seconds(), []);
        let mut timeline = Timeline::default();
        timeline.request_ended(Duration::MAX, true);
        assert_eq!(timeline.seconds().len(), 86_401);
    }
}
