//! The checks, by what they look at.

mod access;
mod database;
mod machine;
mod proxy;
mod service;

use super::Check;

/// Every check.
pub(super) fn all() -> impl Iterator<Item = &'static Check> {
    [
        access::CHECKS,
        database::CHECKS,
        machine::CHECKS,
        proxy::CHECKS,
        service::CHECKS,
    ]
    .into_iter()
    .flatten()
}
