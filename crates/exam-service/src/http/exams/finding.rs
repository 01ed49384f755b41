//! `GET /api/v1/exams`: the exams of all courses that somebody may see.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::exam::{ExamLineBody, line};
use crate::exam::{CourseId, ExamState};
use crate::http::bank::PAGES;
use crate::http::error::ApiError;
use crate::http::extract::Parameters;
use crate::http::page::next;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::exam_office::{ExamFilter, ExamMark, ExamOfCourse};

/// Which exams, and which part of the list. All of it has to hold; what is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// In one of these states, separated by commas: `draft`, `review`, `published`, `closed`.
    #[param(example = "published,closed")]
    state: Option<String>,
    /// Those that end then or later.
    from: Option<DateTime<Utc>>,
    /// Those that begin before.
    until: Option<DateTime<Utc>>,
    /// Those of this course.
    course: Option<Uuid>,
    /// This one alone.
    id: Option<Uuid>,
    /// How many at most; 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `next` of the part of the list before.
    after: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct FoundExams {
    exams: Vec<FoundExamBody>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// An exam in the list of all courses.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundExam)]
struct FoundExamBody {
    #[serde(flatten)]
    exam: ExamLineBody,
    /// Null: it is in no course.
    #[schema(value_type = Option<Uuid>)]
    course_id: Option<CourseId>,
    course_code: Option<String>,
}

/// The exams that one may see
///
/// Of all of one's courses, by when they begin. Who only watches a course sees those that were published. One query of the
/// database.
#[utoipa::path(
    get, path = "/api/v1/exams", operation_id = "find_exams", tag = "Writing exams",
    params(Wanted),
    responses((status = 200, description = "A part of the list", body = FoundExams))
)]
pub(super) async fn find(
    State(state): State<AppState>,
    session: Session,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<FoundExams>, ApiError> {
    let limit = PAGES.limit(wanted.limit)?;
    let after = wanted.after.as_deref().map(parse_mark).transpose()?;
    let filter = ExamFilter {
        states: wanted.state.as_deref().map_or(Ok(Vec::new()), states)?,
        from: wanted.from,
        until: wanted.until,
        course: wanted.course.map(Into::into),
        exam: wanted.id.map(Into::into),
    };
    let found = state
        .store
        .find_exams(session.into(), &filter, after, limit);
    let found = found.await?;
    Ok(Json(FoundExams {
        next: next(&found, limit, mark),
        exams: found.into_iter().map(body).collect(),
    }))
}

fn states(words: &str) -> Result<Vec<ExamState>, ApiError> {
    let parsed = words.split(',').map(|word| ExamState::parse(word.trim()));
    parsed.collect::<Option<_>>().ok_or_else(|| {
        ApiError::invalid_request(
            "'state' is one or more of draft, review, published and closed, separated by commas.",
        )
    })
}

fn mark(found: &ExamOfCourse) -> String {
    let exam = &found.exam;
    format!("{}_{}", exam.window.starts_at.timestamp_millis(), exam.id)
}

fn parse_mark(text: &str) -> Result<ExamMark, ApiError> {
    let parsed = text.split_once('_').and_then(|(starts_at_ms, exam)| {
        Some(ExamMark {
            starts_at_ms: starts_at_ms.parse().ok()?,
            exam: exam.parse().ok()?,
        })
    });
    parsed.ok_or_else(|| {
        ApiError::invalid_request("'after' is the 'next' of the part of the list before.")
    })
}

fn body(found: ExamOfCourse) -> FoundExamBody {
    let (course_id, course_code) = found.course.unzip();
    FoundExamBody {
        exam: line(found.exam),
        course_id,
        course_code,
    }
}
