//! `GET /api/v1/system/settings`: how the service is set, for administrators.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::system::Instance;
use crate::http::state::AppState;
use crate::settings::{Shown, ShownSetting};

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SettingsReply {
    /// Every setting, in the order of the help of `serve`.
    settings: Vec<SettingBody>,
    /// What works, but not the way an exam wants it.
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
struct SettingBody {
    /// The variable.
    name: &'static str,
    /// What it is, without passwords; null where it is a secret, or there is none.
    value: Option<String>,
    /// Whether there is one that is not shown.
    is_secret: bool,
    /// Who said so: `environment`, `file`, or `usual` where nobody did.
    origin: &'static str,
}

/// How the service is set
///
/// As it was read when the service started; what is changed on the server holds from its next start on.
#[utoipa::path(
    get, path = "/api/v1/system/settings", tag = "Operation", operation_id = "settings",
    responses((status = 200, description = "The settings as they hold", body = SettingsReply))
)]
pub(in crate::http) async fn settings(State(state): State<AppState>) -> Json<SettingsReply> {
    let Instance {
        settings, warnings, ..
    } = &state.instance;
    let body = |setting: &ShownSetting| SettingBody {
        name: setting.name,
        value: match &setting.value {
            Shown::Value(value) => Some(value.clone()),
            Shown::Secret | Shown::Nothing => None,
        },
        is_secret: setting.value == Shown::Secret,
        origin: setting.origin.as_str(),
    };
    Json(SettingsReply {
        settings: settings.iter().map(body).collect(),
        warnings: warnings.clone(),
    })
}
