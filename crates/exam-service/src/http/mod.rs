//! The HTTP interface: the route table and the order of what wraps it. One room per area, one file per resource.

mod assets;
mod audit;
mod bank;
mod cors;
mod description;
mod docs;
mod exams;
mod invigilation;
mod limits;
mod notifications;
mod operating;
mod people;
mod preloads;
mod results;
mod routes;
mod sign_in;
mod sitting;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod wire;

use axum::Router;
use axum::extract::Extension;
use axum::middleware;
use axum::response::IntoResponse as _;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::routes;

use routes::{RouteTable, Terms};

// What every room uses, by its own name.
use limits::{guard, rates};
use operating::{admin, health, maintenance, metrics};
use sign_in::{login, session};
use sitting::attempts;
use wire::{arrival, attachment, client_address, envelope, error, extract, page, problems};

pub use admin::{AdminState, admin_router, without_web_pages};
pub use assets::Pages;
pub use client_address::{ClientAddress, TrustedProxies};
pub use envelope::Peer;
pub use error::ApiError;
pub use health::Readiness;
pub use invigilation::Boards;
pub use metrics::ServiceMetrics;
pub use operating::system::Instance;
pub use problems::ProblemType;
pub use rates::{Rate, Rates};
pub use sign_in::tokens;
pub use state::{AppState, Shared};

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
    let first = [
        sign_in::with_routes,
        sitting::with_routes,
        operating::with_routes,
    ];
    let table = RouteTable::new(state);
    let table = first.into_iter().fold(table, |table, add| add(table));
    let table = table.with(Terms::everybody(), routes!(docs::openapi));
    let areas = [
        people::with_routes,
        bank::with_routes,
        exams::with_routes,
        invigilation::with_routes,
        audit::with_routes,
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
