//! Sitting an exam: which there are, start, answers, what is new, handing in, and the result.

mod answers;
pub(super) mod attempts;
mod breaks;
mod my_attempts;
pub(super) mod my_exams;
pub(super) mod news;
mod practice;
mod result;
mod submit;

use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;

/// What a save may be long, in bytes: a hundred answers.
const SAVE_LIMIT: usize = 256 * 1024;

/// With the routes of those who sit exams.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let read = Terms::may(Action::SitExam);
    let write = read.counted(Rate::Write);
    table
        .with(
            Terms::may(Action::ListOwnExams),
            routes!(my_exams::my_exams),
        )
        .with(
            Terms::may(Action::ListOwnExams),
            routes!(my_attempts::my_attempts),
        )
        .with(write, routes!(attempts::start))
        .with(read, routes!(attempts::show))
        .with(write.body_limit(SAVE_LIMIT), routes!(answers::save))
        .with(write, routes!(breaks::begin, breaks::end))
        .with(write, routes!(practice::check))
        .with(write, routes!(submit::submit))
        .with(read, routes!(result::result))
}
