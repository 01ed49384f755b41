//! `/api/v1/departments`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::PageParameters;
use super::users::check;
use crate::accounts::fields::Field;
use crate::exam::DepartmentId;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::page::next;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Department;

#[derive(Serialize, ToSchema)]
#[schema(as = Department)]
pub(super) struct DepartmentBody {
    #[schema(value_type = Uuid)]
    id: DepartmentId,
    name: String,
}

impl From<Department> for DepartmentBody {
    fn from(department: Department) -> Self {
        Self {
            id: department.id,
            name: department.name,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct DepartmentsReply {
    departments: Vec<DepartmentBody>,
    /// For `after`, where there may be more.
    #[schema(value_type = Option<Uuid>)]
    next: Option<DepartmentId>,
}

/// Departments
///
/// In the order in which they were made; one query for a page.
#[utoipa::path(
    get, path = "/api/v1/departments", tag = "Courses", params(PageParameters),
    responses((status = 200, description = "A page of departments", body = DepartmentsReply))
)]
pub(super) async fn list_departments(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<DepartmentsReply>, ApiError> {
    let page = parameters.page()?;
    let listed = state.store.departments(&page).await?;
    Ok(Json(DepartmentsReply {
        next: next(&listed, page.limit, |one| one.id),
        departments: listed.into_iter().map(DepartmentBody::from).collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct DepartmentRequest {
    /// No other department has it.
    name: String,
}

/// Make a department
///
/// A repeat is refused, since its name is taken then.
#[utoipa::path(
    post, path = "/api/v1/departments", tag = "Courses", request_body = DepartmentRequest,
    responses(
        (status = 201, description = "Made", body = DepartmentBody),
        (status = 409, description = "`taken`: Another one has this name", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_department(
    State(state): State<AppState>,
    session: Session,
    Body(request): Body<DepartmentRequest>,
) -> Result<(StatusCode, Json<DepartmentBody>), ApiError> {
    check(Field::Title, Some(&request.name))?;
    let new = Department {
        id: DepartmentId::generate(),
        name: request.name,
    };
    state.store.add_department(session.into(), &new).await??;
    Ok((StatusCode::CREATED, Json(new.into())))
}

/// Rename a department
#[utoipa::path(
    patch, path = "/api/v1/departments/{id}", tag = "Courses", request_body = DepartmentRequest,
    params(("id" = Uuid, Path, description = "Which department")),
    responses(
        (status = 200, description = "Renamed, or it had this name", body = DepartmentBody),
        (status = 409, description = "`taken`: Another one has this name", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rename_department(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<DepartmentId>,
    Body(request): Body<DepartmentRequest>,
) -> Result<Json<DepartmentBody>, ApiError> {
    check(Field::Title, Some(&request.name))?;
    let changed = Department {
        id,
        name: request.name,
    };
    state
        .store
        .rename_department(session.into(), &changed)
        .await??;
    Ok(Json(changed.into()))
}
