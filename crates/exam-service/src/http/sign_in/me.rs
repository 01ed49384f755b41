//! `GET /api/v1/me`: the account that is signed in.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::session::Session;
use crate::exam::UserId;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::store::{Account, Role};

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

/// One's own account.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnAccount)]
pub(in crate::http) struct OwnAccountBody {
    #[serde(flatten)]
    user: UserBody,
    /// Codes of an authenticator app are asked for; of students never.
    has_second_factor: bool,
}

/// The account that is signed in
#[utoipa::path(
    get, path = "/api/v1/me", tag = "Sessions",
    responses(
        (status = 200, description = "The account", body = OwnAccountBody),
    )
)]
pub(in crate::http) async fn me(
    State(state): State<AppState>,
    session: Session,
) -> Result<Json<OwnAccountBody>, ApiError> {
    let account = state.store.account(session.user).await?;
    let account =
        account.ok_or_else(|| ApiError::unauthorized("This account no longer exists."))?;
    let factor = match account.role {
        Role::Student => None,
        _ => state.store.second_factor(account.id).await?,
    };
    Ok(Json(OwnAccountBody {
        user: account.into(),
        has_second_factor: factor.is_some_and(|factor| factor.is_confirmed),
    }))
}
