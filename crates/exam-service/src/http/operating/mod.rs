//! For those who run the service: the admin interface, health, metrics, maintenance, the try-out of a release.

pub(super) mod admin;
mod canary;
pub(super) mod health;
mod load_target;
pub(super) mod maintenance;
pub(super) mod metrics;
mod settings;
pub(super) mod system;

use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;

/// With the routes by which the service is watched.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let run = Terms::may(Action::RunService);
    table
        .with(Terms::everybody(), routes!(health::liveness))
        .with(Terms::everybody(), routes!(health::readiness))
        .with(Terms::everybody(), routes!(metrics::show))
        .with(run, routes!(system::show))
        .with(run, routes!(settings::settings))
        .with(Terms::may(Action::SitExam), routes!(load_target::show))
        .with(
            run.counted(Rate::Write),
            routes!(
                maintenance::switch::on_of_staff,
                maintenance::switch::off_of_staff
            ),
        )
}
