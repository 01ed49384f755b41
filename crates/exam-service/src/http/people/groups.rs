//! `/api/v1/courses/{id}/groups`: students of a course who are treated alike.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::courses::visible;
use super::enrolments::{CountReply, EnrolmentsReply};
use super::request::{PageParameters, PeopleNames};
use super::users::check;
use crate::accounts::fields::Field;
use crate::exam::{CourseId, GroupId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Ids, Parameters};
use crate::http::page::next;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Group;

#[derive(Serialize, ToSchema)]
#[schema(as = Group)]
pub(super) struct GroupBody {
    #[schema(value_type = Uuid)]
    id: GroupId,
    name: String,
    member_count: i64,
}

impl From<Group> for GroupBody {
    fn from(group: Group) -> Self {
        Self {
            id: group.id,
            name: group.name,
            member_count: group.member_count,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct GroupsReply {
    groups: Vec<GroupBody>,
    /// For `after`, where there may be more.
    #[schema(value_type = Option<Uuid>)]
    next: Option<GroupId>,
}

/// The groups of a course
///
/// In the order in which they were made; one query for a page, and one that asks whether the course is theirs.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/groups", tag = "Courses",
    params(("id" = Uuid, Path, description = "Which course"), PageParameters),
    responses((status = 200, description = "A page of groups", body = GroupsReply))
)]
pub(super) async fn list_groups(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CourseId>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<GroupsReply>, ApiError> {
    let page = parameters.page()?;
    visible(&state, session, id).await?;
    let listed = state.store.groups(id, &page).await?;
    Ok(Json(GroupsReply {
        next: next(&listed, page.limit, |one| one.id),
        groups: listed.into_iter().map(GroupBody::from).collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct GroupRequest {
    /// No other group of the course has it.
    name: String,
}

/// Make a group
///
/// A repeat is refused, since its name is taken then.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/groups", tag = "Courses", request_body = GroupRequest,
    params(("id" = Uuid, Path, description = "Which course")),
    responses(
        (status = 201, description = "Made", body = GroupBody),
        (status = 409, description = "`taken`: Another one has this name", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_group(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Body(request): Body<GroupRequest>,
) -> Result<(StatusCode, Json<GroupBody>), ApiError> {
    check(Field::Title, Some(&request.name))?;
    visible(&state, session, course).await?;
    let id = GroupId::generate();
    state
        .store
        .add_group(session.into(), course, id, &request.name)
        .await??;
    let made = GroupBody {
        id,
        name: request.name,
        member_count: 0,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Take a group away
///
/// Its members stay in the course. A repeat is a 404.
#[utoipa::path(
    delete, path = "/api/v1/courses/{id}/groups/{group}", tag = "Courses",
    params(("id" = Uuid, Path, description = "Which course"), ("group" = Uuid, Path, description = "Which group")),
    responses((status = 204, description = "Gone"))
)]
pub(super) async fn remove_group(
    State(state): State<AppState>,
    session: Session,
    Ids(course, id): Ids<CourseId, GroupId>,
) -> Result<StatusCode, ApiError> {
    visible(&state, session, course).await?;
    if state.store.remove_group(session.into(), course, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("group"))
    }
}

/// Who is in a group
///
/// One query for a page, and two that ask whether course and group are theirs.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/groups/{group}/members", tag = "Courses",
    params(("id" = Uuid, Path, description = "Which course"), ("group" = Uuid, Path, description = "Which group"), PageParameters),
    responses((status = 200, description = "A page of people", body = EnrolmentsReply))
)]
pub(super) async fn list_members(
    State(state): State<AppState>,
    session: Session,
    Ids(course, id): Ids<CourseId, GroupId>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<EnrolmentsReply>, ApiError> {
    let page = parameters.page()?;
    visible(&state, session, course).await?;
    let listed = state.store.members(course, id, &page).await?;
    let listed = listed.ok_or_else(|| ApiError::not_found("group"))?;
    Ok(Json(EnrolmentsReply::new(listed, &page)))
}

/// Set who is in a group
///
/// Exactly these, who all have to be in the course. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/courses/{id}/groups/{group}/members", tag = "Courses", request_body = PeopleNames,
    params(("id" = Uuid, Path, description = "Which course"), ("group" = Uuid, Path, description = "Which group")),
    responses(
        (status = 200, description = "The group has these members", body = CountReply),
        (status = 422, description = "`unknown-people`: These are not in the course; the member `unknown` lists them", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_members(
    State(state): State<AppState>,
    session: Session,
    Ids(course, id): Ids<CourseId, GroupId>,
    Body(request): Body<PeopleNames>,
) -> Result<Json<CountReply>, ApiError> {
    let people = request.checked()?;
    visible(&state, session, course).await?;
    let count = state
        .store
        .set_members(session.into(), course, id, &people)
        .await??;
    Ok(CountReply::of(count))
}
