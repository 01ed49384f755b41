//! Results for staff: scores, grading by hand, corrected keys, release, figures and exports.

mod export;
mod grades;
mod list;
mod pages;
mod queue;
mod regrade;
mod release;
mod statistics;
mod trends;

use utoipa_axum::routes;

use super::error::ApiError;
use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use super::session::Session;
use super::state::AppState;
use crate::access::Action;
use crate::exam::ExamId;
use crate::store::results::ExamToGrade;

/// What a comment with a grade, and a rubric's points, may be long, in bytes.
const GRADE_LIMIT: usize = 32 * 1024;
/// What a corrected key may be long, in bytes.
const KEY_LIMIT: usize = 128 * 1024;

pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let read = Terms::may(Action::Grade);
    let write = read.counted(Rate::Write);
    table
        .with(read, routes!(list::results))
        .with(read, routes!(queue::grading))
        .with(write.body_limit(GRADE_LIMIT), routes!(grades::give))
        .with(read, routes!(grades::history))
        .with(write.body_limit(KEY_LIMIT), routes!(regrade::regrade))
        .with(read, routes!(regrade::corrections))
        .with(write, routes!(release::release))
        .with(write, routes!(statistics::statistics))
        .with(write, routes!(trends::trends))
        .with(write, routes!(export::export))
}

/// The exam, if it is theirs.
async fn exam_of(
    state: &AppState,
    session: Session,
    exam: ExamId,
) -> Result<ExamToGrade, ApiError> {
    let found = state.store.exam_to_grade(exam, session.into()).await?;
    found.ok_or_else(|| ApiError::not_found("exam"))
}
