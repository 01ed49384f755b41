//! `/api/v1/courses/{id}/enrolments`: who is in a course.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::courses::visible;
use super::request::{PageParameters, PeopleNames};
use crate::exam::{CourseId, UserId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Ids, Parameters};
use crate::http::page::next;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{Enrolment, Page, Role};

/// A part in a course.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    Student,
    Lecturer,
    Invigilator,
}

impl From<Part> for Role {
    fn from(part: Part) -> Self {
        match part {
            Part::Student => Self::Student,
            Part::Lecturer => Self::Lecturer,
            Part::Invigilator => Self::Invigilator,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Enrolment)]
struct EnrolmentBody {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    login: String,
    display_name: String,
    student_number: Option<String>,
    /// The part in the course.
    #[schema(value_type = Part)]
    role: Role,
}

#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentsReply {
    people: Vec<EnrolmentBody>,
    /// For `after`, where there may be more.
    #[schema(value_type = Option<Uuid>)]
    next: Option<UserId>,
}

impl EnrolmentsReply {
    pub(super) fn new(listed: Vec<Enrolment>, page: &Page) -> Self {
        let next = next(&listed, page.limit, |one| one.user);
        let people = listed.into_iter().map(|one| EnrolmentBody {
            user_id: one.user,
            login: one.login,
            display_name: one.display_name,
            student_number: one.student_number,
            role: one.role,
        });
        Self {
            people: people.collect(),
            next,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EnrolmentParameters {
    /// With this part only.
    role: Option<Part>,
    /// From 1 to 500; 100 if it is left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// What `next` said.
    after: Option<Uuid>,
}

/// Who is in a course
///
/// In the order in which the accounts were made; one query for a page, and one that asks whether the course is theirs.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/enrolments", tag = "Courses",
    params(("id" = Uuid, Path, description = "Which course"), EnrolmentParameters),
    responses((status = 200, description = "A page of people", body = EnrolmentsReply))
)]
pub(super) async fn list_enrolments(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CourseId>,
    Parameters(parameters): Parameters<EnrolmentParameters>,
) -> Result<Json<EnrolmentsReply>, ApiError> {
    let page = PageParameters::of(parameters.limit, parameters.after).page()?;
    visible(&state, session, id).await?;
    let role = parameters.role.map(Role::from);
    let listed = state.store.enrolments(id, role, &page).await?;
    Ok(Json(EnrolmentsReply::new(listed, &page)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct EnrolRequest {
    #[serde(flatten)]
    names: PeopleNames,
    role: Part,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CountReply {
    /// How many people were meant.
    count: usize,
}

impl CountReply {
    pub(super) fn of(count: usize) -> Json<Self> {
        Json(Self { count })
    }
}

/// Enrol people
///
/// All of them or none. Whoever is in the course already has this part in it then; a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/enrolments", tag = "Courses", request_body = EnrolRequest,
    params(("id" = Uuid, Path, description = "Which course")),
    responses(
        (status = 200, description = "All of them are in the course", body = CountReply),
        (status = 422, description = "`unknown-people`: Nobody has these logins; the member `unknown` lists them", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn enrol_people(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CourseId>,
    Body(request): Body<EnrolRequest>,
) -> Result<Json<CountReply>, ApiError> {
    let people = request.names.checked()?;
    let role = request.role.into();
    let count = state
        .store
        .enrol(session.into(), id, &people, role)
        .await??;
    Ok(CountReply::of(count))
}

/// Take somebody out of a course
///
/// And out of its groups; what they did in its exams stays. A repeat changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/courses/{id}/enrolments/{user}", tag = "Courses",
    params(("id" = Uuid, Path, description = "Which course"), ("user" = Uuid, Path, description = "Whom")),
    responses((status = 204, description = "They are not in the course"))
)]
pub(super) async fn end_enrolment(
    State(state): State<AppState>,
    session: Session,
    Ids(id, user): Ids<CourseId, UserId>,
) -> Result<StatusCode, ApiError> {
    visible(&state, session, id).await?;
    state.store.end_enrolment(session.into(), id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
