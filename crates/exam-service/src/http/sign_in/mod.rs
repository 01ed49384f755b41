//! Signing in, going on and signing out: passwords, tokens, forgotten passwords, and who a request is from.

pub(super) mod forgotten_password;
pub(super) mod login;
pub(super) mod me;
pub(super) mod session;
mod sessions;
pub mod tokens;

use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;

/// With the routes of signing in.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let open = |rate| Terms::everybody().counted(rate);
    table
        .with(open(Rate::Login), routes!(login::login))
        .with(open(Rate::Renewal), routes!(sessions::refresh))
        .with(open(Rate::Renewal), routes!(sessions::logout))
        .with(open(Rate::Login), routes!(forgotten_password::forgot))
        .with(open(Rate::Login), routes!(forgotten_password::reset))
        .with(Terms::may(Action::SeeOwnAccount), routes!(me::me))
}
