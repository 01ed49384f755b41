//! The verbs of the store, written once for every database.

mod accounts;
mod answers;
mod attempts;
mod bank;
mod calendar;
mod canaries;
pub(super) mod demo;
mod exam_office;
mod exams;
mod export;
mod heartbeat;
pub(super) mod migrations;
mod sessions;
