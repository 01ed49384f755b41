//! Everything one run says, for machines: what `examctl` prints as JSON and keeps.

mod chart;
mod junit;
mod page;
mod table;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    endpoint::Endpoint,
    health::GeneratorHealth,
    plan::Plan,
    reconcile::Correctness,
    recorder::{EndpointCounts, Latencies, Recorder},
    student::End,
    timeline::Second,
    verdict::Verdict,
};

pub use junit::render_junit;
pub use page::{PageError, render_page};
pub use table::render_table;

/// The version of [`Report`]'s shape.
pub const SCHEMA: u32 = 1;

/// One run, complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub schema: u32,
    pub run_id: String,
    /// The profile's name.
    pub profile: String,
    /// The URL the load went to.
    pub target: String,
    pub seed: u64,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub ended_by: EndedBy,
    pub users: UsersReport,
    pub endpoints: Vec<EndpointReport>,
    pub rules: Vec<RuleResult>,
    /// Missing when the stored answers could not be read; then the verdict is no pass.
    pub correctness: Option<Correctness>,
    pub generator: GeneratorHealth,
    /// What the run was like from second to second; for plots, not for verdicts.
    #[serde(default)]
    pub timeline: Vec<Second>,
    pub verdict: Verdict,
    pub exit_code: u8,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// Every student came to an end of their own.
    Completed,
    Interrupted,
}

/// What became of the students.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersReport {
    pub planned: u32,
    /// Went through the whole timetable.
    pub finished: u32,
    /// Could not go on: no login, no exam, or a defect in the generator.
    pub dead: u32,
    /// Stopped because the run was interrupted.
    pub interrupted: u32,
    /// Why users died, most frequent first.
    pub reasons: Vec<DeathReason>,
}

/// One reason for which users could not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeathReason {
    pub reason: String,
    pub count: u32,
}

/// The counts and latencies of one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointReport {
    pub name: Endpoint,
    /// Operations the plan holds.
    pub offered: u64,
    /// Operations begun. Those coalesced with a later one are not.
    pub started: u64,
    /// Operations put together with a later one, since the answer before was outstanding.
    pub coalesced: u64,
    /// Requests, repetitions included.
    pub sent: u64,
    pub ok: u64,
    pub failed: u64,
    /// Requests by HTTP status, or by what stood in its place.
    pub by_status: BTreeMap<String, u64>,
    /// Of successful requests, from sending to the last byte.
    pub service: Option<Latency>,
    /// Of successful operations, from the moment they were meant for to the last byte.
    pub intended: Option<Latency>,
}

/// Percentiles in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub samples: u64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// One rule and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleResult {
    /// Stable, such as `latency.p95/PUT answers`.
    pub id: String,
    /// What the rule is about: an endpoint, the users, the answers, the generator.
    pub subject: String,
    /// What must hold, such as `p95 <= 500ms`.
    pub rule: String,
    /// What was seen, such as `612ms`.
    pub observed: String,
    pub samples: u64,
    pub verdict: Verdict,
    /// Why the verdict is not a pass; empty when it is.
    pub reason: String,
}

/// What `recorder` counted against what `plan` held, endpoint by endpoint.
pub(crate) fn endpoint_reports(plan: &Plan, recorder: &Recorder) -> Vec<EndpointReport> {
    Endpoint::ALL
        .into_iter()
        .map(|endpoint| {
            let counts = recorder.counts(endpoint);
            EndpointReport {
                name: endpoint,
                offered: plan.offered(endpoint),
                started: counts.map_or(0, |counts| counts.started),
                coalesced: counts.map_or(0, |counts| counts.coalesced),
                sent: counts.map_or(0, EndpointCounts::sent),
                ok: counts.map_or(0, |counts| counts.ok),
                failed: counts.map_or(0, |counts| counts.failed),
                by_status: counts
                    .map(|counts| counts.by_status.clone())
                    .unwrap_or_default(),
                service: counts.and_then(|counts| latency(&counts.service.ok)),
                intended: counts.and_then(|counts| latency(&counts.intended.ok)),
            }
        })
        .collect()
}

/// Nothing without samples.
pub(crate) fn latency(latencies: &Latencies) -> Option<Latency> {
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
    users.reasons = reasons
        .into_iter()
        .map(|(reason, count)| DeathReason {
            reason: reason.to_owned(),
            count,
        })
        .collect();
    users
        .reasons
        .sort_by_key(|reason| std::cmp::Reverse(reason.count));
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_death_are_counted_most_frequent_first() {
        let dead = |reason: &str| Some(End::Dead(reason.to_owned()));
        let users = users_report(&[
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
        assert_eq!(
            users.reasons[0],
            DeathReason {
                reason: "b".into(),
                count: 2
            }
        );
    }
}
