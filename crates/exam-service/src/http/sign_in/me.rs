//! `GET /api/v1/me`: the account that is signed in.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::session::Session;
use crate::exam::UserId;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::store::Account;

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(in crate::http) struct UserBody {
    #[schema(value_type = Uuid)]
    id: UserId,
    login: String,
    display_name: String,
    #[schema(example = "student")]
    role: &'static str,
}

impl From<Account> for UserBody {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            login: account.login,
            display_name: account.display_name,
            role: account.role.as_str(),
        }
    }
}

/// The account that is signed in
#[utoipa::path(
    get, path = "/api/v1/me", tag = "Sessions",
    responses(
        (status = 200, description = "The account", body = UserBody),
    )
)]
pub(in crate::http) async fn me(
    State(state): State<AppState>,
    session: Session,
) -> Result<Json<UserBody>, ApiError> {
    let account = state.store.account(session.user).await?;
    let account =
        account.ok_or_else(|| ApiError::unauthorized("This account no longer exists."))?;
    Ok(Json(UserBody::from(account)))
}
