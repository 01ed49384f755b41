//! `GET /api/v1/jobs/dead` and `POST /api/v1/jobs/{id}/retry`: jobs that failed for good.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::error::ApiError;
use super::super::extract::{Id, Parameters};
use super::super::session::Session;
use super::super::state::AppState;
use super::own::LinesQuery;
use crate::store::jobs::DeadLetter;

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct DeadLettersReply {
    jobs: Vec<DeadLetterBody>,
    next: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetter)]
struct DeadLetterBody {
    id: Uuid,
    /// `mail`, for instance.
    #[schema(example = "mail")]
    kind: String,
    /// Of a mail: whom to.
    to: Option<String>,
    /// Of a mail: what about. What it says is not shown.
    subject: Option<String>,
    tries: i64,
    /// Why it failed the last time.
    last_error: String,
    dead_at: DateTime<Utc>,
}

/// Jobs that failed for good
#[utoipa::path(
    get, path = "/api/v1/jobs/dead", tag = "Notifications", params(LinesQuery),
    responses(
        (status = 200, description = "The newest first", body = DeadLettersReply),
    )
)]
pub(in crate::http) async fn dead_letters(
    State(state): State<AppState>,
    Parameters(query): Parameters<LinesQuery>,
) -> Result<Json<DeadLettersReply>, ApiError> {
    let (after, limit) = query.checked()?;
    let found = state.store.dead_letters(after, limit).await?;
    Ok(Json(DeadLettersReply {
        next: query.next(found.len(), found.last().map(|last| last.id)),
        jobs: found.into_iter().map(body).collect(),
    }))
}

/// Have a failed job tried once more
///
/// Once what failed was put right. A repeat finds it tried already, and is a 404.
#[utoipa::path(
    post, path = "/api/v1/jobs/{id}/retry", tag = "Notifications",
    params(("id" = Uuid, Path, description = "Which job")),
    responses((status = 204, description = "It is tried again at once")),
)]
pub(in crate::http) async fn retry_job(
    State(state): State<AppState>,
    session: Session,
    Id(job): Id<Uuid>,
) -> Result<StatusCode, ApiError> {
    if state.store.revive_job(session.into(), job).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("failed job"))
    }
}

fn body(job: DeadLetter) -> DeadLetterBody {
    let (to, subject) = job.mail.unzip();
    DeadLetterBody {
        id: job.id,
        kind: job.kind,
        to,
        subject,
        tries: job.tries,
        last_error: job.last_error,
        dead_at: job.dead_at,
    }
}
