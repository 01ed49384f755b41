//! What happened, counted: one histogram per endpoint and outcome, never a mix of both.
//!
//! Fast errors must not make latencies look good, and a stalled server must not hide the requests
//! that nobody sent meanwhile. Hence successes and failures are kept apart, and each operation is
//! measured twice: from sending (`service`) and from the moment it was meant to be sent (`intended`).

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;

use crate::{endpoint::Endpoint, timeline::Timeline};

/// Longest latency kept apart, in microseconds; what took longer counts as this.
const LONGEST_MICROSECONDS: u64 = 600_000_000;
/// Significant digits of a latency.
const PRECISION: u8 = 3;

/// One request, answered or not.
#[derive(Debug, Clone)]
pub(crate) struct RequestSample {
    pub(crate) endpoint: Endpoint,
    /// The HTTP status, or what stood in its place: `timeout`, `connect`, `unusable answer`, ...
    pub(crate) status: String,
    pub(crate) succeeded: bool,
    /// From sending to the last byte of the body.
    pub(crate) service: Duration,
}

/// Everything counted for one endpoint.
#[derive(Debug, Default)]
pub(crate) struct EndpointCounts {
    /// Operations whose first request was sent.
    pub(crate) started: u64,
    /// Operations put together with a later one, because the answer before was still outstanding.
    pub(crate) coalesced: u64,
    pub(crate) ok: u64,
    pub(crate) failed: u64,
    pub(crate) by_status: BTreeMap<String, u64>,
    pub(crate) service: ByOutcome,
    pub(crate) intended: ByOutcome,
}

/// Latencies of successes and of failures.
#[derive(Debug, Default)]
pub(crate) struct ByOutcome {
    pub(crate) ok: Latencies,
    pub(crate) failed: Latencies,
}

/// A histogram of latencies that takes no room until it is used.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Option<Histogram<u64>>);

impl Latencies {
    pub(crate) fn record(&mut self, latency: Duration) {
        if self.0.is_none() {
            self.0 = Histogram::new_with_bounds(1, LONGEST_MICROSECONDS, PRECISION).ok();
        }
        if let Some(histogram) = &mut self.0 {
            let microseconds = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
            histogram.saturating_record(microseconds.max(1));
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

    /// Takes over the samples of another generator, exactly.
    fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Some(mine), Some(theirs)) => {
                let merged = mine.add(theirs);
                debug_assert!(merged.is_ok(), "both have the same bounds");
            }
            (None, Some(theirs)) => self.0 = Some(theirs.clone()),
            (_, None) => {}
        }
    }
}

impl ByOutcome {
    fn of(&mut self, succeeded: bool) -> &mut Latencies {
        if succeeded {
            &mut self.ok
        } else {
            &mut self.failed
        }
    }
}

impl EndpointCounts {
    pub(crate) fn sent(&self) -> u64 {
        self.ok + self.failed
    }
}

/// The counts of one run, or of several merged.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) timeline: Timeline,
    endpoints: BTreeMap<Endpoint, EndpointCounts>,
}

impl Recorder {
    pub(crate) fn operation_started(&mut self, endpoint: Endpoint) {
        self.endpoints.entry(endpoint).or_default().started += 1;
    }

    pub(crate) fn operations_coalesced(&mut self, endpoint: Endpoint, count: u64) {
        self.endpoints.entry(endpoint).or_default().coalesced += count;
    }

    pub(crate) fn request_ended(&mut self, sample: RequestSample) {
        let counts = self.endpoints.entry(sample.endpoint).or_default();
        if sample.succeeded {
            counts.ok += 1;
        } else {
            counts.failed += 1;
        }
        *counts.by_status.entry(sample.status).or_default() += 1;
        counts.service.of(sample.succeeded).record(sample.service);
    }

    /// `latency` is from the intended moment to the last byte of the last request.
    pub(crate) fn operation_ended(
        &mut self,
        endpoint: Endpoint,
        succeeded: bool,
        latency: Duration,
    ) {
        let counts = self.endpoints.entry(endpoint).or_default();
        counts.intended.of(succeeded).record(latency);
    }

    pub(crate) fn counts(&self, endpoint: Endpoint) -> Option<&EndpointCounts> {
        self.endpoints.get(&endpoint)
    }

    /// Requests sent and requests failed, over all endpoints.
    pub(crate) fn totals(&self) -> (u64, u64) {
        self.endpoints
            .values()
            .fold((0, 0), |(sent, failed), counts| {
                (sent + counts.sent(), failed + counts.failed)
            })
    }

    /// Adds what another generator counted.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "runs from several machines are merged by a later issue"
        )
    )]
    pub(crate) fn merge(&mut self, other: &Self) {
        for (endpoint, theirs) in &other.endpoints {
            let mine = self.endpoints.entry(*endpoint).or_default();
            mine.started += theirs.started;
            mine.coalesced += theirs.coalesced;
            mine.ok += theirs.ok;
            mine.failed += theirs.failed;
            for (status, count) in &theirs.by_status {
                *mine.by_status.entry(status.clone()).or_default() += count;
            }
            mine.service.ok.merge(&theirs.service.ok);
            mine.service.failed.merge(&theirs.service.failed);
            mine.intended.ok.merge(&theirs.intended.ok);
            mine.intended.failed.merge(&theirs.intended.failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(succeeded: bool, milliseconds: u64) -> RequestSample {
        RequestSample {
            endpoint: Endpoint::SaveAnswers,
            status: if succeeded { "200" } else { "connect" }.into(),
            succeeded,
            service: Duration::from_millis(milliseconds),
        }
    }

    #[test]
    fn fast_failures_do_not_improve_the_latency_of_successes() {
        let mut recorder = Recorder::default();
        recorder.request_ended(request(true, 400));
        for _ in 0..1000 {
            recorder.request_ended(request(false, 1));
        }
        let counts = recorder.counts(Endpoint::SaveAnswers).unwrap();
        let p50 = counts.service.ok.quantile(0.5).unwrap();
        assert!(p50 >= Duration::from_millis(400), "{p50:?}");
        assert_eq!((counts.ok, counts.failed), (1, 1000));
        assert_eq!(counts.by_status["connect"], 1000);
    }

    #[test]
    fn no_samples_have_no_quantile() {
        assert_eq!(Latencies::default().quantile(0.95), None);
        assert_eq!(Latencies::default().longest(), None);
    }

    #[test]
    fn merged_counts_are_those_of_one_run_over_both() {
        let (mut left, mut right, mut both) = (
            Recorder::default(),
            Recorder::default(),
            Recorder::default(),
        );
        for milliseconds in 1..=100 {
            let half = if milliseconds % 3 == 0 {
                &mut left
            } else {
                &mut right
            };
            for recorder in [half, &mut both] {
                recorder.operation_started(Endpoint::SaveAnswers);
                recorder.request_ended(request(milliseconds % 7 != 0, milliseconds));
                recorder.operation_ended(
                    Endpoint::SaveAnswers,
                    true,
                    Duration::from_millis(milliseconds),
                );
            }
        }
        left.merge(&right);
        let (merged, single) = (
            left.counts(Endpoint::SaveAnswers).unwrap(),
            both.counts(Endpoint::SaveAnswers).unwrap(),
        );
        assert_eq!(merged.by_status, single.by_status);
        assert_eq!(merged.started, single.started);
        for share in [0.5, 0.95, 0.99] {
            assert_eq!(
                merged.service.ok.quantile(share),
                single.service.ok.quantile(share)
            );
            assert_eq!(
                merged.intended.ok.quantile(share),
                single.intended.ok.quantile(share)
            );
        }
    }
}
