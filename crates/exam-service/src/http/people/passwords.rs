//! Passwords: one's own, and those that administrators set.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::initial_password::{self, InitialPassword};
use crate::accounts::password_rules;
use crate::exam::{SessionId, UserId};
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::login::{begin, failed};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::passwords::MAX_PASSWORD_BYTES;
use crate::security;
use crate::store::{Account, Role, Staff};

/// A password for somebody else.
pub(super) struct Given {
    /// As it is stored.
    pub(super) stored: String,
    /// For whoever gives it, if it was made here.
    pub(super) shown: Option<String>,
}

/// What an administrator gives: what was typed, or one that is made here.
pub(super) async fn given_by_administrator(
    state: &AppState,
    typed: Option<String>,
    role: Role,
    known: &[&str],
) -> Result<Given, ApiError> {
    let Some(typed) = typed else {
        let password = generate()?;
        return Ok(Given {
            stored: password.stored(),
            shown: Some(password.printed()),
        });
    };
    check_for(&typed, role, known)?;
    let hash = state.passwords.hash(typed).await?;
    Ok(Given {
        stored: initial_password::marked(&hash),
        shown: None,
    })
}

/// A password of the system's randomness.
pub(super) fn generate() -> Result<InitialPassword, ApiError> {
    random().map(InitialPassword::from_random)
}

/// Bytes of the system's randomness.
pub(super) fn random<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no randomness");
        ApiError::unavailable("The server could not make a secret. Try again.")
    })?;
    Ok(bytes)
}

/// Whether the account may have this password.
pub(in crate::http) fn check_rules(password: &str, account: &Account) -> Result<(), ApiError> {
    check_for(
        password,
        account.role,
        &[&account.login, &account.display_name],
    )
}

fn check_for(password: &str, role: Role, known: &[&str]) -> Result<(), ApiError> {
    password_rules::check(password, role, known)
        .map_err(|refusal| ApiError::new(ProblemType::PasswordRefused, format!("{refusal}.")))
}

/// Stores a password that its owner chose, and ends every session but one.
pub(in crate::http) async fn store(
    state: &AppState,
    account: &Account,
    password: String,
    kept: Option<SessionId>,
) -> Result<(), ApiError> {
    let hash = state.passwords.hash(password).await?;
    let owner = Staff {
        user: account.id,
        role: account.role,
        at: state.clock.now(),
    };
    let set = state.store.set_password(owner, account.id, &hash, kept);
    if set.await? {
        state.look_for_ended_sessions().await;
        Ok(())
    } else {
        Err(ApiError::not_found("account"))
    }
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SetPasswordRequest {
    /// One is made if it is left out.
    #[serde(default)]
    #[schema(format = Password)]
    password: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SetPasswordReply {
    /// The password that was made; it is shown this once. Null if one was sent.
    password: Option<String>,
}

/// Set somebody's password
///
/// It has to be changed at the next sign-in. Ends all sessions of the account. A repeat sets it once more.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/password", tag = "People", request_body = SetPasswordRequest,
    params(("id" = Uuid, Path, description = "Whose")),
    responses(
        (status = 200, description = "Set", body = SetPasswordReply),
        (status = 422, description = "`password-refused`: The password is not taken", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_user_password(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<UserId>,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<SetPasswordRequest>,
) -> Result<Json<SetPasswordReply>, ApiError> {
    let person = state.store.person(id).await?;
    let person = person.ok_or_else(|| ApiError::not_found("account"))?;
    let known = [&*person.login, &*person.display_name];
    let given = given_by_administrator(&state, request.password, person.role, &known).await?;
    let staff = session.into();
    state
        .store
        .set_password(staff, id, &given.stored, None)
        .await?;
    state.look_for_ended_sessions().await;
    security::account_changed("password-set", session.user, id, address);
    Ok(Json(SetPasswordReply {
        password: given.shown,
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ChangePasswordRequest {
    #[schema(format = Password)]
    current_password: String,
    /// At least 8 characters, for staff 12, and not easily guessed.
    #[schema(format = Password)]
    new_password: String,
}

/// Change one's own password
///
/// Ends the other sessions of the account. A repeat is refused, since the current password is another one then.
#[utoipa::path(
    post, path = "/api/v1/me/password", tag = "Sessions", request_body = ChangePasswordRequest,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "`wrong-password`: The current password is wrong", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`password-refused`: The password is not taken", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 429, description = "`login-locked`: Too many wrong passwords", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_my_password(
    State(state): State<AppState>,
    session: Session,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<ChangePasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let account = confirmed_owner(&state, session, request.current_password, address).await?;
    check_rules(&request.new_password, &account)?;
    store(&state, &account, request.new_password, Some(session.id)).await?;
    security::account_changed("password-changed", account.id, account.id, address);
    Ok(StatusCode::NO_CONTENT)
}

/// The account of the session, once its password was typed again: who finds an open page is not its owner.
pub(super) async fn confirmed_owner(
    state: &AppState,
    session: Session,
    password: String,
    address: ClientAddress,
) -> Result<Account, ApiError> {
    let account = state.store.account(session.user).await?;
    let account =
        account.ok_or_else(|| ApiError::unauthorized("This account no longer exists."))?;
    let attempt = begin(state, Some(&account), &account.login, address)?;
    let is_right = password.len() <= MAX_PASSWORD_BYTES
        && state
            .passwords
            .check(password, Some(account.password_hash.clone()))
            .await?;
    if !is_right {
        failed(state, attempt, Some(account.id), address);
        return Err(ApiError::new(
            ProblemType::WrongPassword,
            "The current password is wrong. Capital letters matter.",
        ));
    }
    attempt.succeeded();
    Ok(account)
}
