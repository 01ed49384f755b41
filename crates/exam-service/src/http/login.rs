//! `POST /api/v1/auth/login`: a login and a password against tokens.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::envelope::Peer;
use super::error::ApiError;
use super::extract::Body;
use super::me::UserBody;
use super::state::AppState;
use super::tokens::{ACCESS_LIFETIME, RefreshToken};
use crate::passwords::MAX_PASSWORD_BYTES;
use crate::store::Account;

#[derive(Deserialize)]
pub(super) struct LoginRequest {
    login: String,
    password: String,
}

/// The reply to a login and to a refresh.
#[derive(Serialize)]
pub(super) struct TokenReply {
    access_token: String,
    refresh_token: String,
    /// Seconds until the access token expires.
    expires_in: i64,
    user: UserBody,
}

pub(super) async fn login(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<LoginRequest>,
) -> Result<Json<TokenReply>, ApiError> {
    if request.password.len() > MAX_PASSWORD_BYTES {
        return Err(wrong_credentials());
    }
    let mut account = state.store.account_by_login(&request.login).await?;
    if account.is_none() && peer.is_private {
        // A release is tried on the admin interface; on the public port there is no such account.
        account = state.store.canary_by_login(&request.login).await?;
    }
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let matches = state.passwords.check(request.password, hash).await?;
    let Some(account) = account.filter(|_| matches) else {
        tracing::info!("a login was refused");
        return Err(wrong_credentials());
    };
    let token = RefreshToken::generate(state.clock.now());
    state.store.open_session(account.id, token.stored).await?;
    token_reply(&state, account, token.plain)
}

/// The reply with a fresh access token.
pub(super) fn token_reply(
    state: &AppState,
    account: Account,
    refresh_token: String,
) -> Result<Json<TokenReply>, ApiError> {
    let access_token = state
        .tokens
        .issue(account.id, state.clock.now())
        .map_err(|error| {
            tracing::error!(%error, "an access token could not be signed");
            ApiError::unavailable("The token could not be made. Try again.")
        })?;
    let expires_in = ACCESS_LIFETIME.num_seconds();
    Ok(Json(TokenReply {
        access_token,
        refresh_token,
        expires_in,
        user: UserBody::from(account),
    }))
}

fn wrong_credentials() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "wrong-credentials",
        "Wrong credentials",
        "Login or password is wrong. Capital letters matter.",
    )
}
