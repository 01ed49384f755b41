//! What happens to attempts beside answers: what pages report, and what staff and the service do to them.

mod actions;
pub(super) mod audit;
mod idempotency;
pub(super) mod layouts;
mod measures;
mod messages;
pub(super) mod reports;
mod start;
mod targets;
