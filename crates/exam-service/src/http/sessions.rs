//! `POST /api/v1/auth/refresh` and `/logout`: how a session goes on and how it ends.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::error::ApiError;
use super::extract::Body;
use super::login::{TokenReply, token_reply};
use super::state::AppState;
use super::tokens::{RefreshToken, refresh_hash};
use crate::store::Rotation;

#[derive(Deserialize)]
pub(super) struct RefreshRequest {
    refresh_token: String,
}

pub(super) async fn refresh(
    State(state): State<AppState>,
    Body(request): Body<RefreshRequest>,
) -> Result<Json<TokenReply>, ApiError> {
    let next = RefreshToken::generate(state.clock.now());
    match state
        .store
        .rotate_session(&refresh_hash(&request.refresh_token), next.stored)
        .await?
    {
        Rotation::Rotated(account) => token_reply(&state, account, next.plain),
        Rotation::Refused => Err(session_over("The session has ended. Sign in again.")),
        Rotation::Reused => {
            tracing::warn!(
                "a used refresh token came back after its grace: its session was revoked"
            );
            Err(session_over(
                "This session was continued elsewhere and is revoked for safety. Sign in again.",
            ))
        }
    }
}

pub(super) async fn logout(
    State(state): State<AppState>,
    Body(request): Body<RefreshRequest>,
) -> Result<StatusCode, ApiError> {
    state
        .store
        .close_session(&refresh_hash(&request.refresh_token), state.clock.now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn session_over(detail: &str) -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "session-over",
        "The session has ended",
        detail,
    )
}
