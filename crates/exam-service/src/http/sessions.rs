//! `POST /api/v1/auth/refresh` and `/logout`: how a session goes on and how it ends.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::client_address::ClientAddress;
use super::description::ProblemSchema;
use super::error::ApiError;
use super::extract::Body;
use super::login::{TokenReply, token_reply};
use super::problems::ProblemType;
use super::session::Session;
use super::state::AppState;
use super::tokens::{RefreshToken, refresh_hash};
use crate::security;
use crate::store::Rotation;

#[derive(Deserialize, ToSchema)]
pub(super) struct RefreshRequest {
    refresh_token: String,
}

/// Renew a session
///
/// A refresh token is good once; one that comes back after it was used ends the session, unless it was only repeated.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "Sessions", request_body = RefreshRequest,
    responses(
        (status = 200, description = "Renewed", body = TokenReply),
        (status = 401, description = "`session-over`: The session has ended", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn refresh(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<RefreshRequest>,
) -> Result<Json<TokenReply>, ApiError> {
    let next = RefreshToken::generate(state.clock.now());
    match state
        .store
        .rotate_session(&refresh_hash(&request.refresh_token), next.stored)
        .await?
    {
        Rotation::Rotated(renewed) => {
            let session = Session {
                user: renewed.account.id,
                role: renewed.account.role,
                id: renewed.session,
                exam: renewed.exam,
            };
            token_reply(&state, renewed.account, session, next.plain)
        }
        Rotation::Refused => Err(session_over("The session has ended. Sign in again.")),
        Rotation::Reused => {
            state.look_for_ended_sessions().await;
            security::token_reused(address);
            tracing::warn!(
                "a used refresh token came back after its grace: its session was revoked"
            );
            Err(session_over(
                "This session was continued elsewhere and is revoked for safety. Sign in again.",
            ))
        }
    }
}

/// End a session
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "Sessions", request_body = RefreshRequest,
    responses(
        (status = 204, description = "Over, or it was before"),
    )
)]
pub(super) async fn logout(
    State(state): State<AppState>,
    Body(request): Body<RefreshRequest>,
) -> Result<StatusCode, ApiError> {
    let (hash, now) = (refresh_hash(&request.refresh_token), state.clock.now());
    let ended = state.store.close_session(&hash, now).await?;
    let ended = ended.map(|session| (session, now));
    state.ended_sessions.note(ended, now);
    Ok(StatusCode::NO_CONTENT)
}

fn session_over(detail: &str) -> ApiError {
    ApiError::new(ProblemType::SessionOver, detail)
}
