//! `POST /api/v1/auth/login`: a login and a password against tokens.

use axum::Json;
use axum::extract::{Extension, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::client_address::ClientAddress;
use super::description::ProblemSchema;
use super::envelope::Peer;
use super::error::ApiError;
use super::extract::Body;
use super::me::UserBody;
use super::problems::ProblemType;
use super::state::AppState;
use super::tokens::{ACCESS_LIFETIME, RefreshToken};
use crate::lockout::Locked;
use crate::passwords::MAX_PASSWORD_BYTES;
use crate::security;
use crate::store::Account;

#[derive(Deserialize, ToSchema)]
pub(super) struct LoginRequest {
    /// As an administrator wrote it; capital letters matter.
    #[schema(example = "student-0001")]
    login: String,
    #[schema(format = Password)]
    password: String,
}

/// The reply to a login and to a refresh.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenReply {
    /// Goes into the header `Authorization: Bearer ...` of each request.
    access_token: String,
    /// Good for one renewal, within 24 hours.
    refresh_token: String,
    /// Seconds until the access token expires.
    expires_in: i64,
    user: UserBody,
}

/// Sign in
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "Sessions", request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in", body = TokenReply),
        (status = 401, description = "`wrong-credentials`: Wrong credentials", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 429, description = "`login-locked`: Too many failed logins", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn login(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<LoginRequest>,
) -> Result<Json<TokenReply>, ApiError> {
    if request.password.len() > MAX_PASSWORD_BYTES {
        return Err(wrong_credentials());
    }
    let now = state.clock.now();
    // Decided before anything is known of the account: whether there is one cannot be seen.
    let attempt = state.lockout.begin(&request.login, now).map_err(|locked| {
        security::login_locked(None, locked.until, address);
        has_to_wait(locked, now)
    })?;
    let mut account = state.store.account_by_login(&request.login).await?;
    if account.is_none() && peer.is_private {
        // A release is tried on the admin interface; on the public port there is no such account.
        account = state.store.canary_by_login(&request.login).await?;
    }
    let id = account.as_ref().map(|account| account.id);
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let matches = state.passwords.check(request.password, hash).await?;
    let now = state.clock.now();
    let Some(account) = account.filter(|_| matches) else {
        security::login_failed(id, address);
        if let Some(locked) = attempt.failed(now) {
            security::login_locked(id, locked.until, address);
        }
        state.rates.charge_failed_login(address.0);
        return Err(wrong_credentials());
    };
    attempt.succeeded();
    let token = RefreshToken::generate(now);
    state.store.open_session(account.id, token.stored).await?;
    security::login_succeeded(account.id, account.role, address);
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
        .issue(account.id, account.role, state.clock.now())
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
        ProblemType::WrongCredentials,
        "Login or password is wrong. Capital letters matter.",
    )
}

fn has_to_wait(locked: Locked, now: DateTime<Utc>) -> ApiError {
    let seconds = u64::try_from((locked.until - now).num_seconds()).unwrap_or(0) + 1;
    ApiError::new(
        ProblemType::LoginLocked,
        format!("There were too many wrong passwords for this login. Try again in {seconds} s."),
    )
    .retry_after(seconds)
}
