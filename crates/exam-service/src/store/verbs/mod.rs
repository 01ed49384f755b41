//! The verbs of the store, written once for every database.

mod accounts;
mod answers;
mod attempts;
mod calendar;
mod canaries;
pub(super) mod demo;
mod exams;
mod export;
mod heartbeat;
pub(super) mod migrations;
mod sessions;
mod sitting;
