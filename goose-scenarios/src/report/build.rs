//! Figures of a report from what was counted.

use std::{collections::BTreeMap, time::Duration};

use super::{DeathReason, EndpointReport, Latency, PhaseReport, Second, UsersReport};
use crate::{
    profile::Profile,
    record::{Endpoint, EndpointCounts, Latencies, Recorder, Timeline},
    run::Kill,
    student::End,
};

/// Each phase with what was counted in it.
pub(crate) fn phases(profile: &Profile, recorder: &Recorder, kills: &[Kill]) -> Vec<PhaseReport> {
    let phases = profile.phases.iter().zip(profile.windows()).enumerate();
    phases
        .map(|(number, (phase, (begins, ends)))| {
            let counts = recorder.phase(number);
            let of_phase = kills.iter().filter(|kill| kill.phase == number);
            PhaseReport {
                name: phase.name.clone(),
                run: phase.run,
                begins: begins.as_secs_f64(),
                ends: ends.as_secs_f64(),
                endpoints: recorder
                    .of_phase(number)
                    .map(|(endpoint, counts)| endpoint_report(endpoint, counts))
                    .collect(),
                disturbed: counts.disturbed,
                unrecovered: counts.unrecovered,
                kills: of_phase.cloned().collect(),
            }
        })
        .collect()
}

/// All phases together, endpoint by endpoint.
pub(crate) fn totals(recorder: &Recorder) -> Vec<EndpointReport> {
    let totals = recorder.totals();
    let reports = totals
        .iter()
        .map(|(endpoint, counts)| endpoint_report(*endpoint, counts));
    reports.collect()
}

fn endpoint_report(name: Endpoint, counts: &EndpointCounts) -> EndpointReport {
    EndpointReport {
        name,
        offered: counts.offered,
        started: counts.started,
        coalesced: counts.coalesced,
        sent: counts.sent(),
        ok: counts.ok,
        failed: counts.failed,
        by_status: counts.by_status.clone(),
        service: latency(&counts.service.ok),
        intended: latency(&counts.intended.ok),
    }
}

/// The seconds of a run, for plots.
pub(crate) fn seconds(timeline: &Timeline) -> Vec<Second> {
    let ticks = (0..).zip(timeline.ticks());
    ticks
        .map(|(at, tick)| Second {
            at,
            requests: tick.requests,
            failed: tick.failed,
            saves: tick.saves,
            latency: latency(&Latencies::from_pairs(&tick.latencies)),
        })
        .collect()
}

/// Nothing without samples.
fn latency(latencies: &Latencies) -> Option<Latency> {
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
    Some(Latency {
        samples: latencies.samples(),
        p50_ms: milliseconds(latencies.quantile(0.50)?),
        p95_ms: milliseconds(latencies.quantile(0.95)?),
        p99_ms: milliseconds(latencies.quantile(0.99)?),
        max_ms: milliseconds(latencies.longest()?),
    })
}

/// How many students ended in which way; one still busy is none of them.
pub(crate) fn users_report(ends: &[Option<End>]) -> UsersReport {
    let mut users = UsersReport::default();
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for end in ends {
        users.planned += 1;
        match end {
            None => {}
            Some(End::Finished) => users.finished += 1,
            Some(End::Interrupted) => users.interrupted += 1,
            Some(End::Dead(reason)) => {
                users.dead += 1;
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
    let reasons = reasons.into_iter().map(|(reason, count)| DeathReason {
        reason: reason.to_owned(),
        count,
    });
    users.reasons = reasons.collect();
    users.sort_reasons();
    users
}

impl UsersReport {
    /// Of a generator that brought nothing.
    pub(crate) fn unknown(planned: u32) -> Self {
        Self {
            planned,
            ..Self::default()
        }
    }

    /// Adds another generator's.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.planned += other.planned;
        self.finished += other.finished;
        self.dead += other.dead;
        self.interrupted += other.interrupted;
        for theirs in &other.reasons {
            match self
                .reasons
                .iter_mut()
                .find(|mine| mine.reason == theirs.reason)
            {
                Some(mine) => mine.count += theirs.count,
                None => self.reasons.push(theirs.clone()),
            }
        }
        self.sort_reasons();
    }

    fn sort_reasons(&mut self) {
        self.reasons
            .sort_by_key(|reason| std::cmp::Reverse(reason.count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_death_are_counted_most_frequent_first() {
        let dead = |reason: &str| Some(End::Dead(reason.to_owned()));
        let mut users = users_report(&[
            dead("a"),
            dead("b"),
            Some(End::Finished),
            dead("b"),
            Some(End::Interrupted),
            None,
        ]);
        assert_eq!(
            (users.planned, users.finished, users.dead, users.interrupted),
            (6, 1, 3, 1)
        );
        let reason = |reason: &str, count| DeathReason {
            reason: reason.into(),
            count,
        };
        assert_eq!(users.reasons, [reason("b", 2), reason("a", 1)]);
        users.merge(&users_report(&[dead("a"), dead("a"), None]));
        users.merge(&UsersReport::unknown(4));
        assert_eq!((users.planned, users.dead), (13, 5));
        assert_eq!(users.reasons, [reason("a", 3), reason("b", 2)]);
    }
}
