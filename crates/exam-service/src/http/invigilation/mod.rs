//! Those who sit an exam, and those who watch it: what pages report, and what staff do.

mod actions;
mod board;
mod board_events;
mod emergency_files;
mod events;
mod idempotency;
mod incident_bodies;
mod incidents;
mod timeline;

use utoipa_axum::routes;

pub use board::Boards;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;

/// An action on a hundred single attempts with a long message.
const ACTION_LIMIT: usize = 32 * 1024;
/// A thousand answers, most of them short, encrypted and in base64url.
const FILE_LIMIT: usize = 4 * 1024 * 1024;
/// A long note.
const INCIDENT_LIMIT: usize = 32 * 1024;
/// Fifty events.
const EVENTS_LIMIT: usize = 16 * 1024;

/// With the routes of a sitting.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let write = |action| Terms::may(action).counted(Rate::Write);
    table
        .with(
            write(Action::SitExam).body_limit(EVENTS_LIMIT),
            routes!(events::report),
        )
        .with(
            write(Action::Invigilate).body_limit(ACTION_LIMIT),
            routes!(actions::act),
        )
        .with(
            write(Action::Invigilate).body_limit(FILE_LIMIT),
            routes!(emergency_files::accept),
        )
        .with(
            write(Action::Invigilate).body_limit(INCIDENT_LIMIT),
            routes!(incidents::note),
        )
        .with(Terms::may(Action::Invigilate), routes!(incidents::list))
        .with(Terms::may(Action::Invigilate), routes!(incidents::export))
        .with(Terms::may(Action::Invigilate), routes!(board::show))
        .with(
            Terms::may(Action::Invigilate),
            routes!(board_events::follow),
        )
        .with(Terms::may(Action::Invigilate), routes!(timeline::show))
}
