//! The log of what staff did: looked through, checked, and taken elsewhere.

mod export;
mod filter;
mod list;

use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;

/// With the routes of the log.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let read = Terms::may(Action::ReadAudit);
    table
        .with(read, routes!(list::list))
        .with(read, routes!(list::check))
        .with(read.counted(Rate::Write), routes!(export::export))
}
