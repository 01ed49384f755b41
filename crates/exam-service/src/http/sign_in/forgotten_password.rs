//! `POST /api/v1/auth/password/forgot` and `/reset`: a new password by mail.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tokens::refresh_hash;
use crate::accounts::password_rules;
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::http::problems::ProblemType;
use crate::http::state::AppState;
use crate::security;
use crate::store::jobs::Work;

/// No login is longer, in characters.
const MOST_LOGIN_CHARACTERS: usize = 190;

#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ForgotRequest {
    /// The login, or the student number.
    #[schema(example = "student-0001")]
    login: String,
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ForgotReply {
    /// The same for everybody.
    message: &'static str,
}

#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ResetRequest {
    /// From the link of the mail, after `#reset=`.
    token: String,
    /// Of students 8 characters or more, of staff 12, and not easily guessed.
    #[schema(format = Password)]
    password: String,
}

/// Ask for a new password by mail
///
/// The reply is the same whether there is such an account, and comes after the same time. A repeat may send another mail,
/// up to three within half an hour.
#[utoipa::path(
    post, path = "/api/v1/auth/password/forgot", tag = "Sessions", request_body = ForgotRequest,
    responses(
        (status = 202, description = "If there is such an account with an address, a mail is on its way", body = ForgotReply),
        (status = 409, description = "`no-mail`: This server sends no mail", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn forgot(
    State(state): State<AppState>,
    Body(request): Body<ForgotRequest>,
) -> Result<(StatusCode, Json<ForgotReply>), ApiError> {
    if state.mail_link.is_none() {
        return Err(ApiError::new(
            ProblemType::NoMail,
            "Ask an administrator for a new password.",
        ));
    }
    let login: String = request.login.chars().take(MOST_LOGIN_CHARACTERS).collect();
    let work = Work::PasswordReset { login };
    state.store.add_job(work, state.clock.now()).await?;
    let message =
        "If there is such an account, and its address is known, a mail with a link is on its way.";
    Ok((StatusCode::ACCEPTED, Json(ForgotReply { message })))
}

/// Set a new password
///
/// With the token of a mail: it is good once, for 30 minutes. Every session of the account ends, in other processes of
/// the service within seconds.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset", tag = "Sessions", request_body = ResetRequest,
    responses(
        (status = 204, description = "Set"),
        (status = 409, description = "`reset-over`: The link is not good any more", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`password-refused`: The password is not taken", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn reset(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<ResetRequest>,
) -> Result<StatusCode, ApiError> {
    let (hash, now) = (refresh_hash(&request.token), state.clock.now());
    let account = state.store.account_of_reset(&hash, now).await?;
    let account = account.ok_or_else(reset_over)?;
    let known = [account.login.as_str(), account.display_name.as_str()];
    password_rules::check(&request.password, account.role, &known)
        .map_err(|refusal| ApiError::new(ProblemType::PasswordRefused, format!("{refusal}.")))?;
    // Only who has a good token gets here.
    let password_hash = state.passwords.hash(request.password).await?;
    let used = state.store.use_reset(&hash, &password_hash, now).await?;
    let user = used.ok_or_else(reset_over)?;
    state.look_for_ended_sessions().await;
    security::password_reset(user, address);
    Ok(StatusCode::NO_CONTENT)
}

fn reset_over() -> ApiError {
    ApiError::new(
        ProblemType::ResetOver,
        "The link was used, is older than 30 minutes, or never was one. Ask for a new one.",
    )
}
