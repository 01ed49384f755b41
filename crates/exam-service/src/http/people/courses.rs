//! `/api/v1/courses`: those that one teaches or watches; all of them for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::request::PageParameters;
use super::users::check;
use crate::accounts::fields::Field;
use crate::exam::{CourseId, DepartmentId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::page::next;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{Course, CourseChange, Replaced};

#[derive(Serialize, ToSchema)]
#[schema(as = Course)]
pub(super) struct CourseBody {
    #[schema(value_type = Uuid)]
    id: CourseId,
    /// What people call it.
    #[schema(example = "MATH-101")]
    code: String,
    title: String,
    #[schema(value_type = Option<Uuid>)]
    department_id: Option<DepartmentId>,
    /// Since when it is only looked at.
    archived_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    student_count: i64,
}

impl From<Course> for CourseBody {
    fn from(course: Course) -> Self {
        Self {
            id: course.id,
            code: course.code,
            title: course.title,
            department_id: course.department,
            archived_at: course.archived_at,
            created_at: course.created_at,
            student_count: course.student_count,
        }
    }
}

/// The course, if it is one of theirs.
pub(super) async fn visible(
    state: &AppState,
    session: Session,
    id: CourseId,
) -> Result<Course, ApiError> {
    let course = state.store.course(session.into(), id).await?;
    course.ok_or_else(|| ApiError::not_found("course"))
}

#[derive(Serialize, ToSchema)]
pub(super) struct CoursesReply {
    courses: Vec<CourseBody>,
    /// For `after`, where there may be more.
    #[schema(value_type = Option<Uuid>)]
    next: Option<CourseId>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CourseParameters {
    /// Of this department only.
    department: Option<Uuid>,
    /// From 1 to 500; 100 if it is left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// What `next` said.
    after: Option<Uuid>,
}

/// One's courses
///
/// In the order in which they were made; one query for a page.
#[utoipa::path(
    get, path = "/api/v1/courses", tag = "Courses", params(CourseParameters),
    responses((status = 200, description = "A page of courses", body = CoursesReply))
)]
pub(super) async fn list_courses(
    State(state): State<AppState>,
    session: Session,
    Parameters(parameters): Parameters<CourseParameters>,
) -> Result<Json<CoursesReply>, ApiError> {
    let department = parameters.department.map(DepartmentId::from);
    let page = PageParameters::of(parameters.limit, parameters.after).page()?;
    let listed = state
        .store
        .courses(session.into(), department, &page)
        .await?;
    Ok(Json(CoursesReply {
        next: next(&listed, page.limit, |one| one.id),
        courses: listed.into_iter().map(CourseBody::from).collect(),
    }))
}

/// A course
#[utoipa::path(
    get, path = "/api/v1/courses/{id}", tag = "Courses",
    params(("id" = Uuid, Path, description = "Which course")),
    responses((status = 200, description = "The course", body = CourseBody))
)]
pub(super) async fn show_course(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CourseId>,
) -> Result<Json<CourseBody>, ApiError> {
    let course = visible(&state, session, id).await?;
    Ok(Json(course.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewCourseRequest {
    /// No other course has it.
    code: String,
    title: String,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    department_id: Option<DepartmentId>,
}

/// Make a course
///
/// A repeat is refused, since its code is taken then.
#[utoipa::path(
    post, path = "/api/v1/courses", tag = "Courses", request_body = NewCourseRequest,
    responses(
        (status = 201, description = "Made", body = CourseBody),
        (status = 404, description = "`not-found`: There is no such department", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, description = "`taken`: Another one has this code", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_course(
    State(state): State<AppState>,
    session: Session,
    Body(request): Body<NewCourseRequest>,
) -> Result<(StatusCode, Json<CourseBody>), ApiError> {
    check(Field::CourseCode, Some(&request.code))?;
    check(Field::Title, Some(&request.title))?;
    let new = Course {
        id: CourseId::generate(),
        code: request.code,
        title: request.title,
        department: request.department_id,
        archived_at: None,
        created_at: state.clock.now(),
        student_count: 0,
    };
    state.store.add_course(session.into(), &new).await??;
    Ok((StatusCode::CREATED, Json(new.into())))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CourseChangeRequest {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    title: Option<String>,
    /// Null: of none.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    department_id: Replaced<DepartmentId>,
    /// Whether it is only looked at.
    #[serde(default)]
    archived: Option<bool>,
}

/// Change a course
///
/// What is left out stays. A repeat changes nothing further. Courses are archived and not deleted.
#[utoipa::path(
    patch, path = "/api/v1/courses/{id}", tag = "Courses", request_body = CourseChangeRequest,
    params(("id" = Uuid, Path, description = "Which course")),
    responses(
        (status = 200, description = "The course as it is now", body = CourseBody),
        (status = 409, description = "`taken`: Another one has this code", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_course(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CourseId>,
    Body(request): Body<CourseChangeRequest>,
) -> Result<Json<CourseBody>, ApiError> {
    check(Field::CourseCode, request.code.as_deref())?;
    check(Field::Title, request.title.as_deref())?;
    let change = CourseChange {
        code: request.code,
        title: request.title,
        department: request.department_id,
        is_archived: request.archived,
    };
    state
        .store
        .change_course(session.into(), id, &change)
        .await??;
    let course = visible(&state, session, id).await?;
    Ok(Json(course.into()))
}
