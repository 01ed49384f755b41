//! `POST /api/v1/attempts/{id}/submit`: hand in. Sending it again gives the same reply.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::attempts::own_attempt;
use super::description::ProblemSchema;
use super::error::ApiError;
use super::extract::Id;
use super::problems::ProblemType;
use super::session::Session;
use super::state::AppState;
use crate::exam::AttemptId;
use crate::exam::receipt::receipt;

#[derive(Serialize, ToSchema)]
pub(super) struct SubmitReply {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    state: &'static str,
    submitted_at: Option<DateTime<Utc>>,
    answered: usize,
    total: usize,
    /// A fingerprint of the answers, to compare with what is stored.
    receipt: String,
}

/// Hand in
///
/// Sending it again gives the same reply.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/submit", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "Handed in", body = SubmitReply),
        (status = 409, description = "`attempt-paused`: The attempt is paused", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn submit(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<SubmitReply>, ApiError> {
    let now = state.clock.now();
    if session.exam.is_some() {
        own_attempt(&state, session, attempt, now).await?;
    }
    let submitting = state.store.submit_attempt(attempt, session.user, now);
    let record = submitting.await?;
    let record = record.ok_or_else(|| ApiError::not_found("attempt"))?;
    if record.attempt.submitted_at.is_none() {
        return Err(ApiError::new(
            ProblemType::AttemptPaused,
            "The exam is paused, or you are on a break. Hand in when it goes on.",
        ));
    }
    tracing::info!(%attempt, "an attempt was handed in");
    Ok(Json(SubmitReply {
        id: attempt,
        state: "submitted",
        submitted_at: record.attempt.submitted_at,
        answered: record
            .answers
            .iter()
            .filter(|answer| answer.response.is_answer())
            .count(),
        total: record.layout.questions.len(),
        receipt: receipt(attempt, &record.answers),
    }))
}
