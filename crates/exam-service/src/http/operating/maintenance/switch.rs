//! Maintenance switched on and off: by `PUT` and `DELETE /admin/maintenance`, which need no database, and by an
//! administrator's page, which leaves a line in the log.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::exam::audit::Deed;
use crate::http::admin::AdminState;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::maintenance::{Notice, default_message};

/// The longest message, in characters: it is to be read at a glance.
const MESSAGE_LIMIT: usize = 500;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MaintenanceOrder)]
pub(in crate::http) struct OnRequest {
    /// Until when it is expected to take, a time to come. Nothing happens then by itself.
    until: Option<DateTime<Utc>>,
    /// What people are told, from 1 to 500 characters on one line; a usual sentence if left out.
    message: Option<String>,
}

pub(in crate::http) async fn on(
    State(state): State<AdminState>,
    Body(request): Body<OnRequest>,
) -> Result<Json<Notice>, ApiError> {
    let notice = planned(&state.app, request)?;
    switch(&state.app, Some(notice.clone())).await?;
    Ok(Json(notice))
}

pub(in crate::http) async fn off(State(state): State<AdminState>) -> Result<Json<Value>, ApiError> {
    switch(&state.app, None).await?;
    Ok(Json(json!({ "maintenance": null })))
}

/// Ask people to come back later
///
/// Students who sit an exam go on, and so does what invigilators do for them; nobody signs in or starts until it is switched
/// off, administrators included: keep the session in which it was switched on, or switch it off on the server. Asked again,
/// it changes what people are told.
#[utoipa::path(
    put, path = "/api/v1/system/maintenance", tag = "Operation", operation_id = "switch_maintenance_on",
    request_body = OnRequest,
    responses(
        (status = 200, description = "It is on", body = Notice),
        (status = 503, description = "`not-switched`: Maintenance was not switched"),
    )
)]
pub(in crate::http) async fn on_of_staff(
    State(state): State<AppState>,
    session: Session,
    Body(request): Body<OnRequest>,
) -> Result<Json<Notice>, ApiError> {
    let notice = planned(&state, request)?;
    switch_of_staff(state, session, Some(notice.clone())).await?;
    Ok(Json(notice))
}

/// Let people in again
///
/// Harmless where there is no maintenance.
#[utoipa::path(
    delete, path = "/api/v1/system/maintenance", tag = "Operation", operation_id = "switch_maintenance_off",
    responses(
        (status = 204, description = "It is off"),
        (status = 503, description = "`not-switched`: Maintenance was not switched"),
    )
)]
pub(in crate::http) async fn off_of_staff(
    State(state): State<AppState>,
    session: Session,
) -> Result<StatusCode, ApiError> {
    switch_of_staff(state, session, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn planned(state: &AppState, request: OnRequest) -> Result<Notice, ApiError> {
    let now = state.clock.now();
    check(&request, now).map_err(ApiError::invalid_request)?;
    Ok(Notice {
        // Who only changes the message does not begin anew.
        since: state
            .maintenance
            .notice()
            .map_or(now, |notice| notice.since),
        until: request.until,
        message: request
            .message
            .map_or_else(default_message, |message| message.trim().to_owned()),
    })
}

/// As [`switch_and_note`], on a task of its own: who hangs up in the middle leaves no switch of which nobody knows who did it.
async fn switch_of_staff(
    state: AppState,
    session: Session,
    wanted: Option<Notice>,
) -> Result<(), ApiError> {
    let doing = tokio::spawn(async move { switch_and_note(&state, session, wanted).await });
    doing.await.unwrap_or_else(|error| {
        tracing::error!(%error, "switching maintenance ended abnormally");
        Err(ApiError::internal())
    })
}

/// Switches it, and writes down who did: a switch that fails, or changes nothing, is no line of the log.
async fn switch_and_note(
    state: &AppState,
    session: Session,
    wanted: Option<Notice>,
) -> Result<(), ApiError> {
    let before = switch(state, wanted.clone()).await?;
    if before == wanted {
        return Ok(());
    }
    let (deed, detail) = match wanted {
        Some(Notice { until, message, .. }) => (
            Deed::MaintenanceOn,
            json!({ "until": until, "message": message }),
        ),
        None => (Deed::MaintenanceOff, json!({})),
    };
    let noted = state.store.note_deed(session.into(), deed, &detail).await;
    if let Err(error) = noted {
        tracing::error!(%error, "who switched maintenance was not written down: it is switched back");
        switch(state, before).await?;
        return Err(error.into());
    }
    Ok(())
}

/// Switches it; what people were told until then.
async fn switch(state: &AppState, wanted: Option<Notice>) -> Result<Option<Notice>, ApiError> {
    let maintenance = state.maintenance.clone();
    let done = tokio::task::spawn_blocking(move || maintenance.switch(wanted.as_ref())).await;
    let done = done.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    done.map_err(|error| {
        let file = state.maintenance.file().display();
        tracing::error!(%file, %error, "maintenance was not switched");
        ApiError::new(
            ProblemType::NotSwitched,
            format!("{file}: {error}. May the service's user write there?"),
        )
    })
}

fn check(request: &OnRequest, now: DateTime<Utc>) -> Result<(), String> {
    if request.until.is_some_and(|until| until <= now) {
        return Err("'until' is a time to come, for example 2026-07-01T18:00:00Z.".to_owned());
    }
    let Some(message) = &request.message else {
        return Ok(());
    };
    let length = message.trim().chars().count();
    if length == 0 || length > MESSAGE_LIMIT || message.chars().any(char::is_control) {
        return Err(format!(
            "'message' has from 1 to {MESSAGE_LIMIT} characters on one line."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_message_fits_on_the_page_and_the_end_is_to_come() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let is_taken = |until: Option<i64>, message: Option<&str>| {
            let request = OnRequest {
                until: until.map(|seconds| now + TimeDelta::seconds(seconds)),
                message: message.map(str::to_owned),
            };
            check(&request, now).is_ok()
        };
        assert!(is_taken(None, None));
        assert!(is_taken(Some(1), Some("New tables <b>today</b>.")));
        assert!(!is_taken(Some(0), None));
        assert!(!is_taken(None, Some(" ")));
        assert!(!is_taken(None, Some("two\nlines")));
        assert!(!is_taken(None, Some(&"x".repeat(501))));
    }
}
