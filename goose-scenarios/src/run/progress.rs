//! How far a run has come: one snapshot a second, for the live view.

use serde::{Deserialize, Serialize};

use super::{Run, ServerSecond};
use crate::{record::Latencies, report::users_report, student::attack::Ends};

/// What one generator has done as of one moment. Counts are since the beginning.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Progress {
    pub users: u32,
    pub users_finished: u32,
    pub users_dead: u32,
    pub requests: u64,
    pub failed: u64,
    /// Answers.
    pub saves_acknowledged: u64,
    /// Of saves that succeeded in the last second.
    pub(crate) save_latencies: Latencies,
}

/// A whole run as of one moment.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Live {
    pub elapsed_seconds: f64,
    /// How long the plan is.
    pub duration_seconds: f64,
    /// The name of the phase that goes on; empty before the first and after the last.
    pub phase: String,
    pub generators: u32,
    pub users: u32,
    pub users_finished: u32,
    pub users_dead: u32,
    pub requests: u64,
    pub failed: u64,
    /// Answers acknowledged so far.
    pub saves_acknowledged: u64,
    /// Of the last second.
    pub requests_per_second: f64,
    pub failed_per_second: f64,
    pub saves_per_second: f64,
    /// Of successful saves of the last second, from the moment they were meant for, in milliseconds.
    pub save_p95_ms: Option<f64>,
    /// What the server said last of itself.
    pub server: Option<ServerSecond>,
}

impl Progress {
    /// Adds another generator's.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.users += other.users;
        self.users_finished += other.users_finished;
        self.users_dead += other.users_dead;
        self.requests += other.requests;
        self.failed += other.failed;
        self.saves_acknowledged += other.saves_acknowledged;
        self.save_latencies.merge(&other.save_latencies);
    }
}

/// How far `run` has come. Takes the save latencies of the last second away.
pub(crate) fn snapshot(run: &Run, ends: &Ends) -> Progress {
    let users = ends.read(users_report);
    let (requests, failed, save_latencies) = run.recorder().look();
    Progress {
        users: users.planned,
        users_finished: users.finished,
        users_dead: users.dead,
        requests,
        failed,
        saves_acknowledged: run.ledger().account().acknowledged,
        save_latencies,
    }
}

impl Live {
    /// From what all generators said last, and what they had said a while before.
    pub(crate) fn of(now: &Progress, before: &Progress, seconds: f64) -> Self {
        let rate = |now: u64, before: u64| {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            let difference = now.saturating_sub(before) as f64;
            difference / seconds.max(0.001)
        };
        let p95 = now.save_latencies.quantile(0.95);
        Self {
            users: now.users,
            users_finished: now.users_finished,
            users_dead: now.users_dead,
            requests: now.requests,
            failed: now.failed,
            saves_acknowledged: now.saves_acknowledged,
            requests_per_second: rate(now.requests, before.requests),
            failed_per_second: rate(now.failed, before.failed),
            saves_per_second: rate(now.saves_acknowledged, before.saves_acknowledged),
            save_p95_ms: p95.map(|latency| latency.as_secs_f64() * 1000.0),
            ..Self::default()
        }
    }
}
