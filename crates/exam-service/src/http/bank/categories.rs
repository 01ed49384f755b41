//! The categories of a bank: `/api/v1/courses/{id}/question-categories` and `/api/v1/question-categories/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::exam::{CategoryId, CourseId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Category;

/// The longest path, in characters.
const MAX_PATH_CHARACTERS: usize = 500;

#[derive(Serialize, ToSchema)]
pub(super) struct CategoriesReply {
    categories: Vec<CategoryBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuestionCategory)]
struct CategoryBody {
    #[schema(value_type = Uuid)]
    id: CategoryId,
    /// The names from the root, with strokes between them.
    #[schema(example = "Algebra/Linear equations")]
    path: String,
    /// How many questions in use are in it, without those in categories below it.
    question_count: i64,
}

/// The categories of a course
///
/// At most 1,000. One query of the database.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/question-categories", operation_id = "question_categories", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course")),
    responses((status = 200, description = "All of them by their paths", body = CategoriesReply))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
) -> Result<Json<CategoriesReply>, ApiError> {
    let found = state.store.categories(session.into(), course).await?;
    let body = |category: Category| CategoryBody {
        id: category.id,
        path: category.path,
        question_count: category.question_count,
    };
    let categories = found.or_refuse("course")?.into_iter().map(body).collect();
    Ok(Json(CategoriesReply { categories }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CategoryPath {
    /// The names from the root, with strokes between them.
    #[schema(example = "Algebra/Linear equations")]
    path: String,
}

impl CategoryPath {
    /// The path with nothing around its names.
    fn parse(&self) -> Result<String, ApiError> {
        let names: Vec<&str> = self.path.split('/').map(str::trim).collect();
        let path = names.join("/");
        let has_gap = names.iter().any(|name| name.is_empty());
        if has_gap
            || path.chars().any(char::is_control)
            || path.chars().count() > MAX_PATH_CHARACTERS
        {
            return Err(ApiError::invalid_input(format!(
                "A path is 'Algebra/Linear equations': names that are not empty, at most {MAX_PATH_CHARACTERS} \
                 characters in all, each of which can be seen."
            )));
        }
        Ok(path)
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CategoryReply {
    #[schema(value_type = Uuid)]
    id: CategoryId,
    path: String,
}

/// Make a category
///
/// With those around it that are missing. One that is there is found, so that a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/question-categories", operation_id = "add_question_category", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course")),
    request_body = CategoryPath,
    responses(
        (status = 201, description = "It is there", body = CategoryReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Body(body): Body<CategoryPath>,
) -> Result<(StatusCode, Json<CategoryReply>), ApiError> {
    let path = body.parse()?;
    let made = state
        .store
        .create_category(session.into(), course, &path)
        .await?;
    let id = made.or_refuse("course")?;
    Ok((StatusCode::CREATED, Json(CategoryReply { id, path })))
}

/// Rename or move a category
///
/// With everything in it and below it. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/question-categories/{id}", operation_id = "move_question_category", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which category")),
    request_body = CategoryPath,
    responses(
        (status = 200, description = "It is there", body = CategoryReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn relocate(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CategoryId>,
    Body(body): Body<CategoryPath>,
) -> Result<Json<CategoryReply>, ApiError> {
    let path = body.parse()?;
    let moved = state.store.move_category(session.into(), id, &path).await?;
    moved.or_refuse("category")?;
    Ok(Json(CategoryReply { id, path }))
}

/// Remove a category that is empty
///
/// A repeat finds nothing.
#[utoipa::path(
    delete, path = "/api/v1/question-categories/{id}", operation_id = "remove_question_category", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which category")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<CategoryId>,
) -> Result<StatusCode, ApiError> {
    let removed = state.store.remove_category(session.into(), id).await?;
    removed.or_refuse("category")?;
    Ok(StatusCode::NO_CONTENT)
}
