//! The HTTP interface: the route table and the order of what wraps it. One file per resource.

mod admin;
mod answers;
mod arrival;
mod assets;
mod attempts;
mod bank;
mod canary;
mod client_address;
mod cors;
mod description;
mod docs;
mod envelope;
mod error;
mod exams;
mod extract;
mod forgotten_password;
mod guard;
mod health;
mod invigilation;
mod login;
mod maintenance;
mod me;
mod metrics;
mod my_exams;
mod news;
mod notifications;
mod object;
mod people;
mod problems;
mod rates;
mod result;
mod results;
mod routes;
mod session;
mod sessions;
mod state;
mod submit;
#[cfg(test)]
pub(crate) mod tests;
pub mod tokens;

use axum::Router;
use axum::extract::Extension;
use axum::middleware;
use axum::response::IntoResponse as _;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::routes;

use crate::access::Action;
use routes::{RouteTable, Terms};

pub use admin::{AdminState, admin_router, without_web_pages};
pub use assets::Pages;
pub use client_address::{ClientAddress, TrustedProxies};
pub use envelope::Peer;
pub use error::ApiError;
pub use health::Readiness;
pub use invigilation::Boards;
pub use metrics::ServiceMetrics;
pub use problems::ProblemType;
pub use rates::{Rate, Rates};
pub use state::{AppState, Shared};

/// What a save may be long, in bytes: a hundred answers.
const SAVE_LIMIT: usize = 256 * 1024;

/// Every public route, with `around` inside of what counts requests. The admin interface serves them too.
pub fn public_router(state: AppState, around: impl FnOnce(Router) -> Router) -> Router {
    let table = described_routes(state.clone());
    let description = docs::Description::new(&table.describe());
    let routes = with_pages(table)
        .into_router()
        .layer(Extension(description))
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_method)
        .with_state(state.clone());
    let gate = middleware::from_fn_with_state(state.clone(), maintenance::gate);
    wrap(cors::allow(around(routes).layer(gate), &state), state)
}

/// The interface for programs, which the web pages are as well.
fn described_routes(state: AppState) -> RouteTable {
    let write = |action| Terms::may(action).counted(Rate::Write);
    let table = RouteTable::new(state)
        .with(
            Terms::everybody().counted(Rate::Login),
            routes!(login::login),
        )
        .with(
            Terms::everybody().counted(Rate::Renewal),
            routes!(sessions::refresh),
        )
        .with(
            Terms::everybody().counted(Rate::Renewal),
            routes!(sessions::logout),
        )
        .with(
            Terms::everybody().counted(Rate::Login),
            routes!(forgotten_password::forgot),
        )
        .with(
            Terms::everybody().counted(Rate::Login),
            routes!(forgotten_password::reset),
        )
        .with(Terms::may(Action::SeeOwnAccount), routes!(me::me))
        .with(
            Terms::may(Action::ListOwnExams),
            routes!(my_exams::my_exams),
        )
        .with(write(Action::SitExam), routes!(attempts::start))
        .with(Terms::may(Action::SitExam), routes!(attempts::show))
        .with(
            write(Action::SitExam).body_limit(SAVE_LIMIT),
            routes!(answers::save),
        )
        .with(write(Action::SitExam), routes!(submit::submit))
        .with(Terms::may(Action::SitExam), routes!(result::result))
        .with(Terms::everybody(), routes!(health::liveness))
        .with(Terms::everybody(), routes!(health::readiness))
        .with(Terms::everybody(), routes!(metrics::show))
        .with(Terms::everybody(), routes!(docs::openapi));
    let areas = [
        people::with_routes,
        bank::with_routes,
        exams::with_routes,
        invigilation::with_routes,
        results::with_routes,
        notifications::with_routes,
    ];
    areas.into_iter().fold(table, |table, add| add(table))
}

/// Pages for people with their files, and older names of the readiness.
fn with_pages(table: RouteTable) -> RouteTable {
    table
        .with_page("/", get(assets::index))
        .with_page("/assets/{*path}", get(assets::asset))
        .with_page("/service-worker.js", get(assets::service_worker))
        .with_page("/design", get(assets::design))
        .with_page("/api/v1/docs", get(docs::page))
        .with_page("/problems/{name}", get(docs::problem))
        .with_page("/health", get(health::readiness))
        .with_page("/api/health", get(health::readiness))
        .with_page("/api/ready", get(health::readiness))
}

/// Puts what every request gets around `routes`.
fn wrap(routes: Router, state: AppState) -> Router {
    routes
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::internal().into_response()
        }))
        .layer(middleware::from_fn_with_state(state, envelope::envelope))
}
