//! Exams as those who write them see them: made, changed, reviewed, published, and who sits them where.

mod candidates;
mod exam;
mod finding;
mod input;
mod preparation;
mod seat_plan;
mod seats;
mod workflow;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;
use crate::exam::review::Finding;
use crate::exam::{CourseId, Draft, ExamId, ExamRules, ExamState, UserId};
use crate::store::exam_office::ExamDetails;

/// A thousand questions with instructions, in bytes.
const EXAM_LIMIT: usize = 1024 * 1024;
/// Thousands of names with seats, in bytes.
const NAMES_LIMIT: usize = 1024 * 1024;

pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let read = Terms::may(Action::WriteExams);
    let write = read.counted(Rate::Write);
    let watch = Terms::may(Action::Invigilate);
    table
        .with(Terms::may(Action::SeeCourses), routes!(finding::find))
        .with(Terms::may(Action::SeeCourses), routes!(exam::list))
        .with(write.body_limit(EXAM_LIMIT), routes!(exam::create))
        .with(read, routes!(exam::show))
        .with(write.body_limit(EXAM_LIMIT), routes!(exam::change))
        .with(write, routes!(exam::copy))
        .with(write, routes!(workflow::check))
        .with(write, routes!(workflow::set_state))
        .with(write, routes!(workflow::approve))
        .with(read, routes!(workflow::preview))
        .with(watch, routes!(candidates::list))
        .with(write.body_limit(NAMES_LIMIT), routes!(candidates::add))
        .with(write, routes!(candidates::remove))
        .with(write, routes!(candidates::grant))
        .with(watch, routes!(preparation::show))
        .with(watch.counted(Rate::Write), routes!(preparation::prepare))
        .with(watch, routes!(seats::plan))
        .with(write.body_limit(NAMES_LIMIT), routes!(seats::assign))
        .with(watch, routes!(seat_plan::show))
        .with(write.body_limit(NAMES_LIMIT), routes!(seat_plan::set))
        .with(write, routes!(seat_plan::assign))
        .with(watch.counted(Rate::Write), routes!(seat_plan::attendance))
}

/// An exam as its authors see it.
#[derive(Serialize, ToSchema)]
#[schema(as = ExamDetails)]
struct ExamReply {
    #[schema(value_type = Uuid)]
    id: ExamId,
    code: String,
    #[schema(value_type = Option<Uuid>)]
    course_id: Option<CourseId>,
    title: String,
    /// `draft`, `review`, `published` or `closed`.
    #[schema(value_type = String)]
    state: ExamState,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    duration_seconds: i64,
    question_count: i64,
    /// How it is sat: late start, attempts, access code, networks, browsers, practice, feedback.
    #[schema(value_type = Object)]
    rules: ExamRules,
    /// What it asks: sections with questions of the bank and draws, navigation and grades. `null` where it was not made
    /// from a bank.
    #[schema(value_type = Option<Object>)]
    draft: Option<Draft>,
    /// Counted up by each change.
    revision: i64,
    #[schema(value_type = Option<Uuid>)]
    author_id: Option<UserId>,
    /// Who else found it good.
    #[schema(value_type = Option<Uuid>)]
    reviewer_id: Option<UserId>,
    reviewed_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<Uuid>)]
    publisher_id: Option<UserId>,
    published_at: Option<DateTime<Utc>>,
}

impl From<ExamDetails> for ExamReply {
    fn from(exam: ExamDetails) -> Self {
        let (reviewer_id, reviewed_at) = exam.review.unzip();
        let (publisher_id, published_at) = exam.publication.unzip();
        Self {
            id: exam.id,
            code: exam.code,
            course_id: exam.course,
            title: exam.title,
            state: exam.state,
            starts_at: exam.window.starts_at,
            ends_at: exam.window.ends_at,
            duration_seconds: exam.duration.num_seconds(),
            question_count: exam.question_count,
            rules: exam.rules,
            draft: exam.draft,
            revision: exam.revision,
            author_id: exam.author,
            reviewer_id,
            reviewed_at,
            publisher_id,
            published_at,
        }
    }
}

/// What is wrong with an exam.
#[derive(Serialize, ToSchema)]
struct FindingsReply {
    /// Whether none of the findings is an error.
    can_be_published: bool,
    /// `place`, `severity` (`error` or `warning`), `what`, and `remedy`: what to do. Errors first.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Finding>,
}
