//! `POST /api/v1/auth/login`: a login and a password, and for staff a code of their app, against tokens.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::me::UserBody;
use super::session::Session;
use super::tokens::{ACCESS_LIFETIME, RefreshToken};
use crate::accounts::initial_password;
use crate::exam::ExamId;
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::envelope::Peer;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::http::people::{passwords, second_factor};
use crate::http::problems::ProblemType;
use crate::http::state::AppState;
use crate::lockout::{Locked, LoginAttempt};
use crate::passwords::MAX_PASSWORD_BYTES;
use crate::security;
use crate::store::{Account, NewSession, Role};

/// How much is kept of what a browser calls itself, in characters.
const MAX_BROWSER_CHARACTERS: usize = 200;

#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct LoginRequest {
    /// The login or the student number. Capital letters matter.
    #[schema(example = "student-0001")]
    login: String,
    #[schema(format = Password)]
    password: String,
    /// Replaces a password that an administrator gave; not looked at otherwise.
    #[serde(default)]
    #[schema(format = Password)]
    new_password: Option<String>,
    /// Where a second factor was set up: what the app shows, or a recovery code.
    #[serde(default)]
    otp: Option<String>,
}

/// The reply to a login and to a refresh.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TokenReply {
    /// Goes into the header `Authorization: Bearer ...` of each request.
    access_token: String,
    /// Good for one renewal, within 24 hours.
    refresh_token: String,
    /// Seconds until the access token expires.
    expires_in: i64,
    user: UserBody,
}

/// Sign in
///
/// With a password that an administrator gave, `new_password` is needed as well and replaces it.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "Sessions", request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in", body = TokenReply),
        (status = 401, description = "`wrong-credentials`: Wrong credentials\n`second-factor-needed`: A code of the authenticator app is needed", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 403, description = "`password-change-needed`: The password has to be changed\n`second-factor-unreadable`: The second factor has to be set up anew", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`password-refused`: The new password is not taken", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 429, description = "`login-locked`: Too many failed logins", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn login(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
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
    let attempt = begin(&state, account.as_ref(), &request.login, address)?;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let matches = state.passwords.check(request.password, hash).await?;
    let id = account.as_ref().map(|account| account.id);
    let Some(account) = account.filter(|_| matches) else {
        failed(&state, attempt, id, address);
        return Err(wrong_credentials());
    };
    let now = state.clock.now();
    if account.role == Role::Student && state.store.is_load_over(account.id, now).await? {
        return Err(load_is_over());
    }
    let replacement = replacement(&account, request.new_password)?;
    if !second_factor::is_satisfied(&state, &account, request.otp.as_deref()).await? {
        if request.otp.is_some() {
            failed(&state, attempt, id, address);
        }
        return Err(second_factor::needed());
    }
    attempt.succeeded();
    if let Some(replacement) = replacement {
        passwords::store(&state, &account, replacement, None).await?;
        security::account_changed("password-changed", account.id, account.id, address);
    }
    open(&state, account, None, address, &headers).await
}

/// Begins to check what was typed for an account or for a login that is none; both may have to wait.
///
/// One account is one whether it is named by its login or by its number.
pub(in crate::http) fn begin(
    state: &AppState,
    account: Option<&Account>,
    typed: &str,
    address: ClientAddress,
) -> Result<LoginAttempt, ApiError> {
    let now = state.clock.now();
    let name = account.map_or(typed, |account| &account.login);
    state.lockout.begin(name, now).map_err(|locked| {
        security::login_locked(None, locked.until, address);
        has_to_wait(locked, now)
    })
}

/// Notes that it was wrong.
pub(in crate::http) fn failed(
    state: &AppState,
    attempt: LoginAttempt,
    account: Option<crate::exam::UserId>,
    address: ClientAddress,
) {
    security::login_failed(account, address);
    if let Some(locked) = attempt.failed(state.clock.now()) {
        security::login_locked(account, locked.until, address);
    }
    state.rates.charge_failed_login(address.0);
}

/// The password that has to replace the one that was right, if it has to be replaced.
fn replacement(account: &Account, new: Option<String>) -> Result<Option<String>, ApiError> {
    if !initial_password::has_to_be_changed(&account.password_hash) {
        return Ok(None);
    }
    let new = new.ok_or_else(|| {
        ApiError::new(
            ProblemType::PasswordChangeNeeded,
            "This password was given by an administrator. Choose one of your own: send it as new_password beside it.",
        )
    })?;
    passwords::check_rules(&new, account)?;
    Ok(Some(new))
}

/// Opens a session; with the exam whose code was shown.
pub(in crate::http) async fn open(
    state: &AppState,
    account: Account,
    exam: Option<ExamId>,
    address: ClientAddress,
    headers: &HeaderMap,
) -> Result<Json<TokenReply>, ApiError> {
    let now = state.clock.now();
    let token = RefreshToken::generate(now);
    let new = NewSession {
        address: address.0.map(|address| address.to_string()),
        browser: browser(headers),
        exam,
        ..NewSession::new(account.id, token.stored)
    };
    let session = Session {
        user: account.id,
        role: account.role,
        id: state.store.open_session(new).await?,
        exam,
        at: now,
    };
    security::login_succeeded(account.id, account.role, address);
    token_reply(state, account, session, token.plain)
}

/// What the browser calls itself.
fn browser(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(name.chars().take(MAX_BROWSER_CHARACTERS).collect())
}

/// The reply with a fresh access token.
pub(in crate::http) fn token_reply(
    state: &AppState,
    account: Account,
    session: Session,
    refresh_token: String,
) -> Result<Json<TokenReply>, ApiError> {
    let access_token = state
        .tokens
        .issue(session, state.clock.now())
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

pub(in crate::http) fn wrong_credentials() -> ApiError {
    ApiError::new(
        ProblemType::WrongCredentials,
        "Login or password is wrong. Capital letters matter.",
    )
}

/// What was typed was right, so that nobody learns from this what they may not know.
fn load_is_over() -> ApiError {
    ApiError::new(
        ProblemType::WrongCredentials,
        "This account was made for a load run, and the exam of that run is over. Make a new run: exam-service load seed.",
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
