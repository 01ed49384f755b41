//! Who is signed in where: one's own sessions, and those of others for administrators.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::exam::{SessionId, UserId};
use crate::http::client_address::ClientAddress;
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::security;

#[derive(Serialize, ToSchema)]
pub(super) struct SessionsReply {
    /// The newest first, a hundred at most.
    sessions: Vec<SessionBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionBody {
    #[schema(value_type = Uuid)]
    id: SessionId,
    opened_at: DateTime<Utc>,
    /// When it was last renewed.
    last_used_at: Option<DateTime<Utc>>,
    /// From where it was opened.
    address: Option<String>,
    /// What the browser called itself.
    browser: Option<String>,
    /// The one that asks.
    is_current: bool,
}

async fn list(
    state: &AppState,
    user: UserId,
    current: SessionId,
) -> Result<Json<SessionsReply>, ApiError> {
    let listed = state.store.sessions_of(user, state.clock.now()).await?;
    let sessions = listed.into_iter().map(|session| SessionBody {
        id: session.id,
        opened_at: session.opened_at,
        last_used_at: session.last_used_at,
        address: session.address,
        browser: session.browser,
        is_current: session.id == current,
    });
    Ok(Json(SessionsReply {
        sessions: sessions.collect(),
    }))
}

/// One's own sessions
///
/// One query.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", tag = "Sessions",
    responses((status = 200, description = "Those that can still be renewed", body = SessionsReply))
)]
pub(super) async fn my_sessions(
    State(state): State<AppState>,
    session: Session,
) -> Result<Json<SessionsReply>, ApiError> {
    list(&state, session.user, session.id).await
}

/// End one of one's own sessions
///
/// It is over at once, in other processes of the service within seconds. A repeat changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{id}", tag = "Sessions",
    params(("id" = Uuid, Path, description = "Which session")),
    responses((status = 204, description = "Over, or it was before"))
)]
pub(super) async fn end_my_session(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<SessionId>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let ended = state.store.end_sessions(session.user, Some(id), now);
    if ended.await? == 0 {
        return Err(ApiError::not_found("session"));
    }
    state.ended_sessions.note([(id, now)], now);
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody's sessions
///
/// One query, and one that asks whether there is such an account.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/sessions", tag = "People",
    params(("id" = Uuid, Path, description = "Whose")),
    responses((status = 200, description = "Those that can still be renewed", body = SessionsReply))
)]
pub(super) async fn user_sessions(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<UserId>,
) -> Result<Json<SessionsReply>, ApiError> {
    exists(&state, id).await?;
    list(&state, id, session.id).await
}

/// End all of somebody's sessions
///
/// They are over at once, in other processes of the service within seconds. A repeat changes nothing further.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/sessions", tag = "People",
    params(("id" = Uuid, Path, description = "Whose")),
    responses((status = 204, description = "Over"))
)]
pub(super) async fn end_user_sessions(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<UserId>,
    Extension(address): Extension<ClientAddress>,
) -> Result<StatusCode, ApiError> {
    exists(&state, id).await?;
    let now = state.clock.now();
    state.store.end_sessions(id, None, now).await?;
    state.look_for_ended_sessions().await;
    security::account_changed("sessions-ended", session.user, id, address);
    Ok(StatusCode::NO_CONTENT)
}

async fn exists(state: &AppState, id: UserId) -> Result<(), ApiError> {
    match state.store.person(id).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::not_found("account")),
    }
}
