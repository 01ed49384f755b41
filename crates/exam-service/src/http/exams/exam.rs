//! `/api/v1/courses/{id}/exams` and `/api/v1/exams/{id}`: exams made, listed, changed and cloned.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{ExamReply, input};
use crate::exam::{CourseId, ExamId, ExamState};
use crate::http::bank::PAGES;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::page::{ListPart, next};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::exam_office::{CloneRequest, ExamChange, ExamLine, ExamPlan};

type Wanted = ListPart<{ PAGES.usual }, { PAGES.most }>;

#[derive(Serialize, ToSchema)]
pub(super) struct ExamsOfCourse {
    exams: Vec<ExamLineBody>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// An exam in the list of its course.
#[derive(Serialize, ToSchema)]
#[schema(as = ExamLine)]
pub(super) struct ExamLineBody {
    #[schema(value_type = Uuid)]
    id: ExamId,
    code: String,
    title: String,
    /// `draft`, `review`, `published` or `closed`.
    #[schema(value_type = String)]
    state: ExamState,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    duration_seconds: i64,
    question_count: i64,
    candidate_count: i64,
}

/// The exams of a course
///
/// In the order in which they were made. Who only watches sees those that were published. One query of the database.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/exams", operation_id = "exams_of_course", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which course"), Wanted),
    responses((status = 200, description = "A part of the list", body = ExamsOfCourse))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<ExamsOfCourse>, ApiError> {
    let page = wanted.page()?;
    let found = state.store.exams(session.into(), course, &page).await?;
    let found = found.or_refuse("course")?;
    Ok(Json(ExamsOfCourse {
        next: next(&found, page.limit, |exam| exam.id.to_string()),
        exams: found.into_iter().map(line).collect(),
    }))
}

pub(super) fn line(exam: ExamLine) -> ExamLineBody {
    ExamLineBody {
        id: exam.id,
        code: exam.code,
        title: exam.title,
        state: exam.state,
        starts_at: exam.window.starts_at,
        ends_at: exam.window.ends_at,
        duration_seconds: exam.duration.num_seconds(),
        question_count: exam.question_count,
        candidate_count: exam.candidate_count,
    }
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewExamBody {
    /// A stable name for tools; an exam that has none gets one.
    code: Option<String>,
    title: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    #[schema(minimum = 1, maximum = 7_776_000)]
    duration_seconds: i64,
    /// Left out: one attempt from anywhere with any browser.
    #[schema(value_type = Option<Object>)]
    rules: Option<Value>,
    /// Left out: nothing yet.
    #[schema(value_type = Option<Object>, example = json!({ "sections": [{ "title": "Part A", "items": [
        { "type": "draw", "count": 10, "tags": ["algebra"], "maximum_difficulty": 3, "points": "2" }
    ] }] }))]
    draft: Option<Value>,
}

/// Make an exam, as a draft
///
/// A repeat with a `code` is refused, because that is taken; without one it makes another exam.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/exams", operation_id = "create_exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which course")),
    request_body = NewExamBody,
    responses(
        (status = 201, description = "The draft", body = ExamReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Body(body): Body<NewExamBody>,
) -> Result<(StatusCode, Json<ExamReply>), ApiError> {
    let id = ExamId::generate();
    let plan = ExamPlan {
        id,
        code: input::code(body.code, id)?,
        course,
        title: input::title(body.title)?,
        window: input::window(body.starts_at, body.ends_at)?,
        duration: input::duration(body.duration_seconds)?,
        rules: body
            .rules
            .map(input::rules)
            .transpose()?
            .unwrap_or_default(),
        draft: body
            .draft
            .map(input::draft)
            .transpose()?
            .unwrap_or_default(),
    };
    let made = state.store.create_exam(session.into(), &plan).await?;
    Ok((StatusCode::CREATED, Json(made.or_refuse("course")?.into())))
}

/// An exam as its authors see it
#[utoipa::path(
    get, path = "/api/v1/exams/{id}", operation_id = "exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "The exam", body = ExamReply))
)]
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
) -> Result<Json<ExamReply>, ApiError> {
    let found = state.store.exam(session.into(), id).await?;
    Ok(Json(found.or_refuse("exam")?.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ExamChangeBody {
    /// The revision that was changed.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    revision: i64,
    title: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    #[schema(minimum = 1, maximum = 7_776_000)]
    duration_seconds: Option<i64>,
    /// All of the rules; those that it leaves out are the defaults.
    #[schema(value_type = Option<Object>)]
    rules: Option<Value>,
    /// All of what it asks.
    #[schema(value_type = Option<Object>)]
    draft: Option<Value>,
}

/// Change an exam
///
/// What is left out stays. Once it is published only its window and its rules change, and never so that it takes anything
/// from those who have started. A repeat changes nothing.
#[utoipa::path(
    patch, path = "/api/v1/exams/{id}", operation_id = "change_exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = ExamChangeBody,
    responses(
        (status = 200, description = "The exam", body = ExamReply),
        (status = 409, description = "`version-conflict`: Somebody else has changed it\n`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<ExamChangeBody>,
) -> Result<Json<ExamReply>, ApiError> {
    let change = ExamChange {
        revision: body.revision,
        title: body.title.map(input::title).transpose()?,
        starts_at: body.starts_at.map(input::time).transpose()?,
        ends_at: body.ends_at.map(input::time).transpose()?,
        duration: body.duration_seconds.map(input::duration).transpose()?,
        rules: body.rules.map(input::rules).transpose()?,
        draft: body.draft.map(input::draft).transpose()?,
    };
    let now = state.clock.now();
    let changing = state.store.change_exam(session.into(), id, &change, now);
    let changed = changing.await?;
    Ok(Json(changed.or_refuse("exam")?.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CloneBody {
    /// A stable name for tools; a copy that has none gets one.
    code: Option<String>,
    /// Left out: as the original.
    title: Option<String>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// Whether the same students may sit it, with what they were granted.
    with_candidates: Option<bool>,
}

/// Make a draft that asks the same
///
/// It asks what the bank has when it is published. A repeat with a `code` is refused, because that is taken; without one
/// it makes another copy.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/clone", operation_id = "clone_exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = CloneBody,
    responses(
        (status = 201, description = "The copy", body = ExamReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn copy(
    State(state): State<AppState>,
    session: Session,
    Id(original): Id<ExamId>,
    Body(body): Body<CloneBody>,
) -> Result<(StatusCode, Json<ExamReply>), ApiError> {
    let id = ExamId::generate();
    let request = CloneRequest {
        id,
        code: input::code(body.code, id)?,
        title: body.title.map(input::title).transpose()?,
        window: input::window(body.starts_at, body.ends_at)?,
        with_candidates: body.with_candidates.unwrap_or_default(),
    };
    let made = state.store.clone_exam(session.into(), original, &request);
    let made = made.await?.or_refuse("exam")?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
