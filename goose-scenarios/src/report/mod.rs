//! Everything one run says: for people (table, page), for machines (`gate.json`) and for CI (`JUnit`).

mod build;
mod chart;
mod junit;
mod page;
mod table;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    health::GeneratorHealth,
    judge::Verdict,
    profile::Scenario,
    record::Endpoint,
    run::{Kill, ServerSecond, TargetFacts},
    truth::Correctness,
};

pub(crate) use build::{phases, seconds, totals, users_report};
pub use junit::render_junit;
pub use page::{PageError, render_page};
pub use table::render_table;

/// The version of [`Report`]'s shape.
pub const SCHEMA: u32 = 2;

/// One run, complete: what stands in `gate.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this shape, 2.
    pub schema: u32,
    pub run_id: String,
    /// The profile's name.
    pub profile: String,
    /// Of its text, in hexadecimal: runs of another text measure something else.
    pub profile_sha256: String,
    /// Where the load went.
    pub target: String,
    /// What the server said of itself; missing where nobody could ask.
    pub target_facts: Option<TargetFacts>,
    pub seed: u64,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub ended_by: EndedBy,
    pub users: UsersReport,
    pub phases: Vec<PhaseReport>,
    /// All phases together.
    pub endpoints: Vec<EndpointReport>,
    pub rules: Vec<RuleResult>,
    /// Missing when the stored answers could not be read; then the verdict is no pass.
    pub correctness: Option<Correctness>,
    /// The same again after the server was restarted, where that was asked for.
    pub after_restart: Option<Correctness>,
    pub generators: Vec<GeneratorHealth>,
    /// What the run was like from second to second; for plots, not for verdicts.
    #[serde(default)]
    pub timeline: Vec<Second>,
    /// What the server said of itself in the same seconds.
    #[serde(default)]
    pub server: Vec<ServerSecond>,
    pub verdict: Verdict,
    /// 0 pass, 4 fail, 7 inconclusive, 8 corrupt.
    pub exit_code: u8,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// Every student came to an end of their own.
    Completed,
    Interrupted,
}

/// What became of the students.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeathReason {
    pub reason: String,
    pub count: u32,
}

/// One phase and what happened in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseReport {
    pub name: String,
    /// The scenario.
    pub run: Scenario,
    /// In seconds since the plan began.
    pub begins: f64,
    pub ends: f64,
    pub endpoints: Vec<EndpointReport>,
    /// Students of whom a save failed for good, all repetitions included.
    pub disturbed: u64,
    /// Those of them who could not save any more in this phase.
    pub unrecovered: u64,
    /// What was done to the server.
    pub kills: Vec<Kill>,
}

/// The counts and latencies of one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    pub samples: u64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// What ended in one second of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// One rule and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleResult {
    /// Stable, such as `sit/latency.p95/PUT answers`.
    pub id: String,
    /// What the rule is about: a phase and an endpoint, the users, the answers, a generator.
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

#[cfg(test)]
pub(crate) mod tests;
