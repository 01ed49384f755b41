//! `GET /health` and its relatives: is the process alive, and can it do its work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::http::state::AppState;
use crate::store::Store;
use crate::store::writer::SaveQueue;
use crate::version;

/// For how long a finding is good: probes commit to the disk, and anybody may ask.
const CACHE: Duration = Duration::from_millis(500);
/// How long a probe may take before the database counts as unavailable. A disk that stalls for a moment does not make it so,
/// and a deploy, which waits 5 s for an answer, still hears which part was slow.
const TIMEOUT: Duration = Duration::from_secs(4);

#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(in crate::http) struct HealthReply {
    status: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Checks>,
}

/// Each thing the service cannot work without: `ok`, or what is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::http) struct Checks {
    database: &'static str,
    writer: &'static str,
    migrations: &'static str,
}

impl Checks {
    fn is_ready(&self) -> bool {
        [self.database, self.writer, self.migrations]
            .iter()
            .all(|check| *check == "ok")
    }
}

/// Finds out whether the service can do its work, at most twice a second.
pub struct Readiness {
    store: Arc<dyn Store>,
    saves: SaveQueue,
    clock: Clock,
    last: Mutex<Option<(Instant, Checks)>>,
}

impl Readiness {
    /// Readiness of a service with these parts.
    pub fn new(store: Arc<dyn Store>, saves: SaveQueue, clock: Clock) -> Self {
        Self {
            store,
            saves,
            clock,
            last: Mutex::new(None),
        }
    }

    async fn check(&self) -> Checks {
        // The lock is held over the probe: many who ask at once share one finding.
        let mut last = self.last.lock().await;
        if let Some((at, checks)) = last.as_ref()
            && at.elapsed() < CACHE
        {
            return checks.clone();
        }
        let checks = self.probe().await;
        *last = Some((Instant::now(), checks.clone()));
        checks
    }

    async fn probe(&self) -> Checks {
        let migrations = match tokio::time::timeout(TIMEOUT, self.store.migration_status()).await {
            Ok(Ok(status)) if status.pending.is_empty() => "ok",
            Ok(Ok(_)) => "pending: run exam-service migrate",
            _ => "unknown",
        };
        // Without its table the heartbeat could only fail.
        let database = if migrations == "ok" {
            self.probe_database().await
        } else {
            "not probed"
        };
        let writer = if self.saves.is_running() {
            "ok"
        } else {
            "stopped"
        };
        Checks {
            database,
            writer,
            migrations,
        }
    }

    async fn probe_database(&self) -> &'static str {
        match tokio::time::timeout(TIMEOUT, self.store.probe(self.clock.now())).await {
            Ok(Ok(())) => "ok",
            Ok(Err(error)) => {
                tracing::error!(%error, "the readiness probe failed");
                "failing"
            }
            Err(_) => "too slow",
        }
    }
}

/// Whether the process is alive
#[utoipa::path(
    get, path = "/health/liveness", tag = "Operation",
    responses(
        (status = 200, description = "It is", body = HealthReply),
    )
)]
pub(in crate::http) async fn liveness() -> Json<HealthReply> {
    Json(HealthReply {
        status: "ok",
        version: version::VERSION,
        checks: None,
    })
}

/// Whether the service can do its work
#[utoipa::path(
    get, path = "/health/readiness", tag = "Operation",
    responses(
        (status = 200, description = "It can", body = HealthReply),
        (status = 503, description = "It cannot, or not at this moment", body = HealthReply),
    )
)]
pub(in crate::http) async fn readiness(
    State(state): State<AppState>,
) -> (StatusCode, Json<HealthReply>) {
    let checks = state.readiness.check().await;
    let (code, status) = if checks.is_ready() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    (
        code,
        Json(HealthReply {
            status,
            version: version::VERSION,
            checks: Some(checks),
        }),
    )
}
