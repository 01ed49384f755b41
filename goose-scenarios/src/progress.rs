//! How far a run has come: one snapshot a second, for progress lines.

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{attack::Ends, endpoint::Endpoint, report::users_report, run::Run};

/// A run in progress, as of one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub elapsed_seconds: f64,
    /// How long the plan is.
    pub duration_seconds: f64,
    pub users: u32,
    pub users_finished: u32,
    pub users_dead: u32,
    pub requests: u64,
    pub failed: u64,
    pub saves_acknowledged: u64,
    /// Of successful saves so far, from the moment they were meant for, in milliseconds.
    pub save_p95_ms: Option<f64>,
}

/// How far `run` has come.
pub(crate) fn snapshot(run: &Run, ends: &Ends) -> Progress {
    let users = ends.read(users_report);
    let (requests, failed) = run.recorder().totals();
    let save_p95 = run
        .recorder()
        .counts(Endpoint::SaveAnswers)
        .and_then(|counts| counts.intended.ok.quantile(0.95));
    Progress {
        elapsed_seconds: Instant::now()
            .saturating_duration_since(run.epoch)
            .as_secs_f64(),
        duration_seconds: run.profile.exam.duration.as_secs_f64(),
        users: run.profile.users.count,
        users_finished: users.finished,
        users_dead: users.dead,
        requests,
        failed,
        saves_acknowledged: run.ledger().account().acknowledged,
        save_p95_ms: save_p95.map(|latency| latency.as_secs_f64() * 1000.0),
    }
}
