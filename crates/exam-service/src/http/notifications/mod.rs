//! What people are told, and mail that could not be delivered.

mod dead_letters;
mod own;

use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;

/// The most lines of one reply.
const MOST: i64 = 200;

pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let write = |action| Terms::may(action).counted(Rate::Write);
    table
        .with(
            Terms::may(Action::SeeOwnAccount),
            routes!(own::notifications),
        )
        .with(write(Action::ChangeOwnAccount), routes!(own::mark_read))
        .with(
            Terms::may(Action::ManagePeople),
            routes!(dead_letters::dead_letters),
        )
        .with(
            write(Action::ManagePeople),
            routes!(dead_letters::retry_job),
        )
}
