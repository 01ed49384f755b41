//! `GET /api/v1/openapi.json` and `/api/v1/docs`: what the interface is, for programs and for people.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::Value;

use super::assets;
use super::error::no_such_page;
use super::problems::ProblemType;
use super::state::AppState;

/// The `OpenAPI` document as it is sent.
#[derive(Clone)]
pub(super) struct Description(Arc<str>);

impl Description {
    pub(super) fn new(document: &Value) -> Self {
        Self(document.to_string().into())
    }
}

/// This document
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "Operation",
    responses(
        (status = 200, description = "The OpenAPI 3.1 document", body = Value),
    )
)]
pub(super) async fn openapi(Extension(Description(document)): Extension<Description>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, document.to_string()).into_response()
}

/// The page that shows it.
pub(super) async fn page(State(state): State<AppState>, headers: HeaderMap) -> Response {
    assets::serve(&state, "docs/index.html", &headers).await
}

/// What the `type` of a problem document points to.
pub(super) async fn problem(Path(name): Path<String>) -> Response {
    match ProblemType::ALL
        .iter()
        .find(|problem| problem.name() == name)
    {
        Some(problem) => Redirect::to(&format!("/api/v1/docs#{}", problem.name())).into_response(),
        None => no_such_page().await.into_response(),
    }
}
