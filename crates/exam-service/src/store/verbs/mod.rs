//! The verbs of the store, written once for every database.

mod accounts;
mod answers;
pub(in crate::store) mod attempts;
mod audit;
mod bank;
mod calendar;
mod canaries;
mod courses;
pub(super) mod demo;
mod exam_office;
mod exams;
mod export;
mod heartbeat;
mod jobs;
mod load_runs;
pub(super) mod migrations;
mod names;
pub(super) mod people;
mod results;
mod sessions;
mod sitting;
