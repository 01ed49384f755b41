//! What happened, counted: by phase, endpoint and outcome, never a mix.
//!
//! Fast errors must not make latencies look good, and a stalled server must not hide the requests
//! that nobody sent meanwhile. Hence successes and failures are kept apart, and each operation is
//! measured twice: from sending (`service`) and from the moment it was meant to be sent (`intended`).

mod endpoint;
mod latencies;
mod timeline;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

pub use endpoint::Endpoint;
pub(crate) use latencies::Latencies;
pub(crate) use timeline::Timeline;

/// One request, answered or not.
#[derive(Debug, Clone)]
pub(crate) struct RequestSample {
    pub(crate) phase: usize,
    pub(crate) endpoint: Endpoint,
    /// The HTTP status, or what stood in its place: `timeout`, `connect`, `unusable answer`, ...
    pub(crate) status: String,
    pub(crate) succeeded: bool,
    /// From sending to the last byte of the body.
    pub(crate) service: Duration,
}

/// Everything counted for one endpoint in one phase.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct EndpointCounts {
    /// Operations that the plan holds.
    pub(crate) offered: u64,
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
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ByOutcome {
    pub(crate) ok: Latencies,
    pub(crate) failed: Latencies,
}

impl ByOutcome {
    fn of(&mut self, succeeded: bool) -> &mut Latencies {
        if succeeded {
            &mut self.ok
        } else {
            &mut self.failed
        }
    }

    fn merge(&mut self, other: &Self) {
        self.ok.merge(&other.ok);
        self.failed.merge(&other.failed);
    }
}

impl EndpointCounts {
    pub(crate) fn sent(&self) -> u64 {
        self.ok + self.failed
    }

    /// Adds what was counted elsewhere: by another generator, or in another phase.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.started += other.started;
        self.coalesced += other.coalesced;
        self.ok += other.ok;
        self.failed += other.failed;
        for (status, count) in &other.by_status {
            *self.by_status.entry(status.clone()).or_default() += count;
        }
        self.service.merge(&other.service);
        self.intended.merge(&other.intended);
    }
}

/// What is counted of one phase as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhaseCounts {
    /// Students of whom a save failed for good.
    pub(crate) disturbed: u64,
    /// Those of them who could not save any more in the phase.
    pub(crate) unrecovered: u64,
}

/// The counts of one generator, or of several merged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Recorder {
    pub(crate) timeline: Timeline,
    /// By phase, then by endpoint.
    endpoints: BTreeMap<usize, BTreeMap<Endpoint, EndpointCounts>>,
    phases: BTreeMap<usize, PhaseCounts>,
    /// Requests and failures so far, and the latencies of saves since somebody looked.
    #[serde(skip)]
    glance: (u64, u64, Latencies),
}

impl Recorder {
    /// Nothing has happened of what the plan holds.
    pub(crate) fn new(offered: BTreeMap<(usize, Endpoint), u64>) -> Self {
        let mut recorder = Self::default();
        for ((phase, endpoint), count) in offered {
            recorder.at(phase, endpoint).offered = count;
        }
        recorder
    }

    fn at(&mut self, phase: usize, endpoint: Endpoint) -> &mut EndpointCounts {
        let endpoints = self.endpoints.entry(phase).or_default();
        endpoints.entry(endpoint).or_default()
    }

    pub(crate) fn operation_started(&mut self, phase: usize, endpoint: Endpoint) {
        self.at(phase, endpoint).started += 1;
    }

    pub(crate) fn operations_coalesced(&mut self, phase: usize, endpoint: Endpoint, count: u64) {
        self.at(phase, endpoint).coalesced += count;
    }

    pub(crate) fn request_ended(&mut self, sample: RequestSample) {
        self.glance.0 += 1;
        self.glance.1 += u64::from(!sample.succeeded);
        let counts = self.at(sample.phase, sample.endpoint);
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
        phase: usize,
        endpoint: Endpoint,
        succeeded: bool,
        latency: Duration,
    ) {
        if succeeded && endpoint == Endpoint::SaveAnswers {
            self.glance.2.record(latency);
        }
        self.at(phase, endpoint)
            .intended
            .of(succeeded)
            .record(latency);
    }

    /// For the live view: requests and failures so far, and the latencies of saves since the last look.
    pub(crate) fn look(&mut self) -> (u64, u64, Latencies) {
        let latencies = self.glance.2.clone();
        self.glance.2.clear();
        (self.glance.0, self.glance.1, latencies)
    }

    /// A student in whose phase a save failed for good has done with it.
    pub(crate) fn student_was_disturbed(&mut self, phase: usize, recovered: bool) {
        let counts = self.phases.entry(phase).or_default();
        counts.disturbed += 1;
        counts.unrecovered += u64::from(!recovered);
    }

    /// What was counted in a phase, in the order of [`Endpoint::ALL`].
    pub(crate) fn of_phase(
        &self,
        phase: usize,
    ) -> impl Iterator<Item = (Endpoint, &EndpointCounts)> {
        let endpoints = self.endpoints.get(&phase).into_iter().flatten();
        endpoints.map(|(endpoint, counts)| (*endpoint, counts))
    }

    pub(crate) fn phase(&self, phase: usize) -> PhaseCounts {
        self.phases.get(&phase).cloned().unwrap_or_default()
    }

    /// All phases together.
    pub(crate) fn totals(&self) -> BTreeMap<Endpoint, EndpointCounts> {
        let mut totals: BTreeMap<Endpoint, EndpointCounts> = BTreeMap::new();
        for (endpoint, counts) in self.endpoints.values().flatten() {
            totals.entry(*endpoint).or_default().merge(counts);
        }
        totals
    }

    /// Adds what another generator counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (phase, endpoints) in &other.endpoints {
            for (endpoint, theirs) in endpoints {
                self.at(*phase, *endpoint).merge(theirs);
            }
        }
        for (phase, theirs) in &other.phases {
            let mine = self.phases.entry(*phase).or_default();
            mine.disturbed += theirs.disturbed;
            mine.unrecovered += theirs.unrecovered;
        }
        self.timeline.merge(&other.timeline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIT: usize = 2;

    fn request(succeeded: bool, milliseconds: u64) -> RequestSample {
        RequestSample {
            phase: SIT,
            endpoint: Endpoint::SaveAnswers,
            status: if succeeded { "200" } else { "connect" }.into(),
            succeeded,
            service: Duration::from_millis(milliseconds),
        }
    }

    fn saves(recorder: &Recorder) -> &EndpointCounts {
        let mut of_phase = recorder.of_phase(SIT);
        of_phase
            .find(|(endpoint, _)| *endpoint == Endpoint::SaveAnswers)
            .unwrap()
            .1
    }

    #[test]
    fn fast_failures_do_not_improve_the_latency_of_successes() {
        let mut recorder = Recorder::default();
        recorder.request_ended(request(true, 400));
        for _ in 0..1000 {
            recorder.request_ended(request(false, 1));
        }
        let counts = saves(&recorder);
        let p50 = counts.service.ok.quantile(0.5).unwrap();
        assert!(p50 >= Duration::from_millis(400), "{p50:?}");
        assert_eq!((counts.ok, counts.failed), (1, 1000));
        assert_eq!(counts.by_status["connect"], 1000);
    }

    #[test]
    fn a_quiet_phase_does_not_dilute_a_stormy_one() {
        let mut recorder = Recorder::default();
        recorder.request_ended(request(true, 400));
        for _ in 0..1000 {
            recorder.request_ended(RequestSample {
                phase: SIT + 1,
                ..request(true, 1)
            });
        }
        assert_eq!(saves(&recorder).service.ok.samples(), 1);
        assert_eq!(recorder.totals()[&Endpoint::SaveAnswers].ok, 1001);
    }

    #[test]
    fn merged_counts_are_those_of_one_run_over_both() {
        let (mut left, mut right, mut both) = <(Recorder, Recorder, Recorder)>::default();
        for milliseconds in 1..=100 {
            let half = if milliseconds % 3 == 0 {
                &mut left
            } else {
                &mut right
            };
            for recorder in [half, &mut both] {
                recorder.operation_started(SIT, Endpoint::SaveAnswers);
                recorder.request_ended(request(milliseconds % 7 != 0, milliseconds));
                let latency = Duration::from_millis(milliseconds);
                recorder.operation_ended(SIT, Endpoint::SaveAnswers, true, latency);
                recorder.student_was_disturbed(SIT, milliseconds % 2 == 0);
            }
        }
        let sent = serde_json::to_string(&right).unwrap();
        left.merge(&serde_json::from_str(&sent).unwrap());
        let text = |recorder: &Recorder| serde_json::to_value(recorder).unwrap();
        assert_eq!(text(&left), text(&both));
    }
}
