//! What happens to attempts beside answers: what pages report, and what staff and the service do to them.

mod actions;
mod board;
mod breaks;
mod emergency_files;
mod idempotency;
mod incidents;
pub(super) mod layouts;
mod measures;
mod messages;
mod outages;
mod overdue;
mod practice;
pub(super) mod preparing;
pub(super) mod reports;
mod start;
mod targets;
mod timeline;
