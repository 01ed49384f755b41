//! For those who run the service: the admin interface, health, metrics, maintenance, the try-out of a release.

pub(super) mod admin;
mod canary;
pub(super) mod health;
pub(super) mod maintenance;
pub(super) mod metrics;

use utoipa_axum::routes;

use super::routes::{RouteTable, Terms};

/// With the routes by which the service is watched.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    table
        .with(Terms::everybody(), routes!(health::liveness))
        .with(Terms::everybody(), routes!(health::readiness))
        .with(Terms::everybody(), routes!(metrics::show))
}
