//! `/admin/...`: state and hand-over, on the private interface only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use super::error::ApiError;
use super::state::AppState;
use crate::lifecycle::{Lifecycle, PromoteError};
use crate::version;

/// What the admin handlers share.
#[derive(Clone)]
pub struct AdminState {
    /// The service.
    pub app: AppState,
    /// Opens and closes the public port.
    pub lifecycle: Lifecycle,
    /// Our colour, when there are two.
    pub colour: Option<String>,
}

/// The routes of the admin interface, beside the public ones.
pub fn admin_router(state: AdminState) -> Router {
    let app = state.app.clone();
    let routes = Router::new()
        .route("/admin/status", get(status))
        .route("/admin/promote", post(promote))
        .route("/admin/standby", post(standby))
        .with_state(state);
    super::wrap(routes, app)
}

#[derive(Serialize)]
struct StatusReply {
    state: &'static str,
    version: &'static str,
    commit: &'static str,
    colour: Option<String>,
    pid: u32,
    open_attempts: i64,
}

async fn status(State(state): State<AdminState>) -> Result<Json<StatusReply>, ApiError> {
    let migrated = state.app.store.migration_status().await?.pending.is_empty();
    let now = state.app.clock.now();
    Ok(Json(StatusReply {
        state: state.lifecycle.state().as_str(),
        version: version::VERSION,
        commit: version::COMMIT,
        colour: state.colour,
        pid: std::process::id(),
        // Before the tables are there, nobody can have an attempt.
        open_attempts: if migrated {
            state.app.store.count_open_attempts(now).await?
        } else {
            0
        },
    }))
}

async fn promote(State(state): State<AdminState>) -> Response {
    match state.lifecycle.promote().await {
        Ok(()) => reply(&state),
        Err(error) => {
            tracing::error!(%error, "cannot open the public port");
            let (code, name) = match error {
                PromoteError::ShuttingDown => (StatusCode::CONFLICT, "shutting-down"),
                PromoteError::Bind { .. } => (StatusCode::SERVICE_UNAVAILABLE, "cannot-listen"),
            };
            ApiError::new(code, name, "The public port is not open", error.to_string())
                .into_response()
        }
    }
}

async fn standby(State(state): State<AdminState>) -> Response {
    state.lifecycle.standby().await;
    reply(&state)
}

fn reply(state: &AdminState) -> Response {
    Json(serde_json::json!({ "state": state.lifecycle.state().as_str() })).into_response()
}
