//! The HTTP interface: the route table and the order of what wraps it. One file per resource.

mod admin;
mod answers;
mod assets;
mod attempts;
mod canary;
mod envelope;
mod error;
mod extract;
mod health;
mod login;
mod maintenance;
mod me;
mod metrics;
mod my_exams;
mod result;
mod session;
mod sessions;
mod state;
mod submit;
#[cfg(test)]
pub(crate) mod tests;
pub mod tokens;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::IntoResponse as _;
use axum::routing::{get, post, put};
use tower_http::catch_panic::CatchPanicLayer;

pub use admin::{AdminState, admin_router, without_web_pages};
pub use envelope::Peer;
pub use error::ApiError;
pub use health::Readiness;
pub use metrics::ServiceMetrics;
pub use state::{AppState, Shared};

/// The largest request body taken, in bytes.
const BODY_LIMIT: usize = 256 * 1024;

/// Every public route, with `around` inside of what counts requests. The admin interface serves them too.
pub fn public_router(state: AppState, around: impl FnOnce(Router) -> Router) -> Router {
    let routes = Router::new()
        .route("/api/v1/auth/login", post(login::login))
        .route("/api/v1/auth/refresh", post(sessions::refresh))
        .route("/api/v1/auth/logout", post(sessions::logout))
        .route("/api/v1/me", get(me::me))
        .route("/api/v1/my/exams", get(my_exams::my_exams))
        .route("/api/v1/exams/{id}/attempts", post(attempts::start))
        .route("/api/v1/attempts/{id}", get(attempts::show))
        .route("/api/v1/attempts/{id}/answers", put(answers::save))
        .route("/api/v1/attempts/{id}/submit", post(submit::submit))
        .route("/api/v1/attempts/{id}/result", get(result::result))
        .route("/health", get(health::readiness))
        .route("/health/liveness", get(health::liveness))
        .route("/health/readiness", get(health::readiness))
        .route("/api/health", get(health::readiness))
        .route("/api/ready", get(health::readiness))
        .route("/metrics", get(metrics::show))
        .route("/", get(assets::index))
        .route("/assets/{*path}", get(assets::asset))
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(state.clone());
    let gate = middleware::from_fn_with_state(state.clone(), maintenance::gate);
    wrap(around(routes).layer(gate), state)
}

/// Puts what every request gets around `routes`.
fn wrap(routes: Router, state: AppState) -> Router {
    routes
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::internal().into_response()
        }))
        .layer(middleware::from_fn_with_state(state, envelope::envelope))
}
