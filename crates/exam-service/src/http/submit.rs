//! `POST /api/v1/attempts/{id}/submit`: hand in. Sending it again gives the same reply.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::ApiError;
use super::extract::Id;
use super::session::Session;
use super::state::AppState;
use crate::exam::AttemptId;
use crate::exam::receipt::receipt;

#[derive(Serialize)]
pub(super) struct SubmitReply {
    id: AttemptId,
    state: &'static str,
    submitted_at: Option<DateTime<Utc>>,
    answered: usize,
    total: usize,
    receipt: String,
}

pub(super) async fn submit(
    State(state): State<AppState>,
    Session(user): Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<SubmitReply>, ApiError> {
    let record = state
        .store
        .submit_attempt(attempt, user, state.clock.now())
        .await?;
    let record = record.ok_or_else(|| ApiError::not_found("attempt"))?;
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
