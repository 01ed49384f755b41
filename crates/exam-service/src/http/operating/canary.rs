//! `POST /admin/canary` and `DELETE /admin/canary/{login}`: a synthetic student for the time of a smoke test.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::admin::AdminState;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::store::{CANARY_LOGIN, NewAccount, Role};

/// From when on a test counts as broken off: longer than `control smoke` may take.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// How the test signs in. For the admin interface only, and good for nothing once the test is over.
#[derive(Serialize)]
pub(in crate::http) struct CanaryReply {
    login: String,
    password: String,
}

pub(in crate::http) async fn create(
    State(state): State<AdminState>,
) -> Result<(StatusCode, Json<CanaryReply>), ApiError> {
    let app = state.app;
    let login = format!("{CANARY_LOGIN}{}", Uuid::new_v4().simple());
    let password = Uuid::new_v4().simple().to_string();
    let password_hash = app.passwords.hash(password.clone()).await?;
    let account = NewAccount {
        login: login.clone(),
        display_name: "Release test".to_owned(),
        role: Role::Student,
        password_hash,
    };
    if !app.store.create_canary(&account, app.clock.now()).await? {
        return Err(ApiError::busy(
            "As many releases are being tried as may be. Try again.",
        ));
    }
    tokio::spawn(remove_when_forgotten(app, login.clone()));
    Ok((StatusCode::CREATED, Json(CanaryReply { login, password })))
}

pub(in crate::http) async fn remove(
    State(state): State<AdminState>,
    Path(login): Path<String>,
) -> Result<StatusCode, ApiError> {
    state.app.store.remove_canary(&login).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever tried the release may have been killed. Should this process end too, the next test takes it away.
async fn remove_when_forgotten(app: AppState, login: String) {
    tokio::time::sleep(FORGOTTEN).await;
    if let Err(error) = app.store.remove_canary(&login).await {
        tracing::warn!(%error, "a synthetic student was not taken away; the next smoke test will");
    }
}
