//! Who sends a request: the bearer token, without a look into the database.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::error::ApiError;
use super::state::AppState;
use crate::exam::UserId;

/// The account whose access token came with the request.
pub(super) struct Session(pub(super) UserId);

impl FromRequestParts<AppState> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| ApiError::unauthorized("The request has no bearer token."))?;
        let user = state.tokens.verify(token, state.clock.now());
        user.map(Self)
            .ok_or_else(|| ApiError::unauthorized("The access token is not valid or has expired."))
    }
}
