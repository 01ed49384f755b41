//! The second factor of staff: set up, confirmed, asked for at the sign-in, removed.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::passwords::{confirmed_owner, generate, random};
use crate::accounts::initial_password::fingerprint;
use crate::accounts::second_factor::SecondFactor;
use crate::exam::UserId;
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::security;
use crate::store::{Account, Role, StoredFactor};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// Whether what was sent beside the password is enough: nothing where no second factor was set up, else a code of the
/// app or a recovery code, each good once.
pub(in crate::http) async fn is_satisfied(
    state: &AppState,
    account: &Account,
    otp: Option<&str>,
) -> Result<bool, ApiError> {
    if account.role == Role::Student {
        return Ok(true);
    }
    let factor = state.store.second_factor(account.id).await?;
    let Some(factor) = factor.filter(|factor| factor.is_confirmed) else {
        return Ok(true);
    };
    let Some(otp) = otp else {
        return Ok(false);
    };
    let step = step_of(state, account.id, &factor, otp);
    if let Ok(Some(step)) = step {
        return Ok(state.store.take_step(account.id, step).await?);
    }
    let (now, hash) = (state.clock.now(), fingerprint(otp));
    let recovery = state.store.take_recovery_code(account.id, &hash, now);
    if recovery.await? {
        return Ok(true);
    }
    // Only now: whoever has a recovery code needs nobody's help.
    step?;
    Ok(false)
}

/// The refusal of a sign-in without a right code.
pub(in crate::http) fn needed() -> ApiError {
    ApiError::new(
        ProblemType::SecondFactorNeeded,
        "Send what the authenticator app shows as otp beside the password, or a recovery code. Each is good once: wait for the next one.",
    )
}

fn step_of(
    state: &AppState,
    owner: UserId,
    factor: &StoredFactor,
    otp: &str,
) -> Result<Option<u64>, ApiError> {
    let secret = state.factor_key.open(&factor.secret, owner);
    let secret = secret.map_err(|error| {
        tracing::error!(%error, account = %owner, "a second factor cannot be read");
        ApiError::new(
            ProblemType::SecondFactorUnreadable,
            "The server's secret was changed since your second factor was set up. Send a recovery code as otp, or ask an administrator to remove your second factor; then set it up again.",
        )
    })?;
    // What the app shows of the account does not matter here.
    let app = SecondFactor::from_stored(&secret, "account").map_err(|error| damaged(&error))?;
    Ok(app.verify(otp, state.clock.now(), factor.last_step))
}

/// What the app shows of a login: a colon separates it from the name of the service there.
fn label(login: &str) -> String {
    login.replace(':', "_")
}

fn damaged(error: &impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "a second factor cannot be used");
    ApiError::internal()
}

#[derive(Deserialize, ToSchema)]
pub(super) struct OwnerRequest {
    #[schema(format = Password)]
    current_password: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SecondFactorReply {
    /// For a picture that the app reads: `otpauth://totp/...`.
    address: String,
    /// The same secret, to be typed.
    secret: String,
}

/// Set up a second factor
///
/// For staff. It is asked for once it is confirmed; a repeat before that makes another secret.
#[utoipa::path(
    post, path = "/api/v1/me/second-factor", tag = "Sessions", request_body = OwnerRequest,
    responses(
        (status = 200, description = "A secret for the app, shown this once", body = SecondFactorReply),
        (status = 401, description = "`wrong-password`: The current password is wrong", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, description = "`taken`: There is a confirmed one; remove it first", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 429, description = "`login-locked`: Too many wrong passwords", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_up_second_factor(
    State(state): State<AppState>,
    session: Session,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<OwnerRequest>,
) -> Result<Json<SecondFactorReply>, ApiError> {
    if session.role == Role::Student {
        return Err(ApiError::new(
            ProblemType::Forbidden,
            "Second factors are for staff.",
        ));
    }
    let account = confirmed_owner(&state, session, request.current_password, address).await?;
    let factor = SecondFactor::from_random(random()?, &label(&account.login))
        .map_err(|error| damaged(&error))?;
    let (secret, app_address) = (
        factor.base32(),
        factor.address().map_err(|error| damaged(&error))?,
    );
    let sealed = state.factor_key.seal(&secret, account.id, random()?);
    let sealed = sealed.map_err(|error| damaged(&error))?;
    let now = state.clock.now();
    if !state
        .store
        .begin_second_factor(account.id, &sealed, now)
        .await?
    {
        return Err(ApiError::new(
            ProblemType::Taken,
            "There is a second factor. Remove it before another one is set up.",
        ));
    }
    Ok(Json(SecondFactorReply {
        address: app_address,
        secret,
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ConfirmationRequest {
    /// What the app shows.
    #[schema(example = "123456")]
    otp: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryReply {
    /// Each is good once in place of a code of the app; they are shown this once.
    recovery_codes: Vec<String>,
}

/// Confirm a second factor
///
/// From now on it is asked for at the sign-in. A repeat is refused, since there is none left to confirm.
#[utoipa::path(
    post, path = "/api/v1/me/second-factor/confirm", tag = "Sessions", request_body = ConfirmationRequest,
    responses(
        (status = 200, description = "Confirmed", body = RecoveryReply),
        (status = 401, description = "`second-factor-needed`: The code is wrong", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 403, description = "`second-factor-unreadable`: It has to be set up anew", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: None is waiting to be confirmed", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn confirm_second_factor(
    State(state): State<AppState>,
    session: Session,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<ConfirmationRequest>,
) -> Result<Json<RecoveryReply>, ApiError> {
    let factor = state.store.second_factor(session.user).await?;
    let factor = factor
        .filter(|factor| !factor.is_confirmed)
        .ok_or_else(|| ApiError::not_found("second factor to confirm"))?;
    let step = step_of(&state, session.user, &factor, &request.otp)?.ok_or_else(needed)?;
    let codes = (0..RECOVERY_CODES)
        .map(|_| generate().map(|code| code.printed()))
        .collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<String> = codes.iter().map(|code| fingerprint(code)).collect();
    let now = state.clock.now();
    if !state
        .store
        .confirm_second_factor(session.user, step, &hashes, now)
        .await?
    {
        return Err(ApiError::not_found("second factor to confirm"));
    }
    security::account_changed("second-factor-set-up", session.user, session.user, address);
    Ok(Json(RecoveryReply {
        recovery_codes: codes,
    }))
}

/// Remove one's own second factor
///
/// With its recovery codes. A repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/me/second-factor/remove", tag = "Sessions", request_body = OwnerRequest,
    responses(
        (status = 204, description = "Removed, or there was none"),
        (status = 401, description = "`wrong-password`: The current password is wrong", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 429, description = "`login-locked`: Too many wrong passwords", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_my_second_factor(
    State(state): State<AppState>,
    session: Session,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<OwnerRequest>,
) -> Result<StatusCode, ApiError> {
    let account = confirmed_owner(&state, session, request.current_password, address).await?;
    state
        .store
        .remove_second_factor(session.into(), account.id)
        .await?;
    security::account_changed("second-factor-removed", account.id, account.id, address);
    Ok(StatusCode::NO_CONTENT)
}

/// Remove somebody's second factor
///
/// For whoever has lost the app and the recovery codes. A repeat changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/second-factor", tag = "People",
    params(("id" = Uuid, Path, description = "Whose")),
    responses((status = 204, description = "Removed, or there was none"))
)]
pub(super) async fn remove_user_second_factor(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<UserId>,
    Extension(address): Extension<ClientAddress>,
) -> Result<StatusCode, ApiError> {
    let staff = session.into();
    state.store.remove_second_factor(staff, id).await?;
    security::account_changed("second-factor-removed", session.user, id, address);
    Ok(StatusCode::NO_CONTENT)
}
