//! `PUT` and `DELETE /admin/maintenance`: switching it on and off. Neither needs the database.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::http::admin::AdminState;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::http::problems::ProblemType;
use crate::maintenance::{Notice, default_message};

/// The longest message, in characters: it is to be read at a glance.
const MESSAGE_LIMIT: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct OnRequest {
    until: Option<DateTime<Utc>>,
    message: Option<String>,
}

pub(in crate::http) async fn on(
    State(state): State<AdminState>,
    Body(request): Body<OnRequest>,
) -> Result<Json<Notice>, ApiError> {
    let now = state.app.clock.now();
    check(&request, now).map_err(ApiError::invalid_request)?;
    let maintenance = state.app.maintenance.clone();
    let notice = Notice {
        // Who only changes the message does not begin anew.
        since: maintenance.notice().map_or(now, |notice| notice.since),
        until: request.until,
        message: request
            .message
            .map_or_else(default_message, |message| message.trim().to_owned()),
    };
    let written = notice.clone();
    switched(&state, move || maintenance.switch_on(&written)).await?;
    Ok(Json(notice))
}

pub(in crate::http) async fn off(
    State(state): State<AdminState>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let maintenance = state.app.maintenance.clone();
    switched(&state, move || maintenance.switch_off()).await?;
    Ok(Json(serde_json::json!({ "maintenance": null })))
}

async fn switched(
    state: &AdminState,
    switch: impl FnOnce() -> Result<(), std::io::Error> + Send + 'static,
) -> Result<(), ApiError> {
    let done = tokio::task::spawn_blocking(switch).await;
    let done = done.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    done.map_err(|error| {
        let file = state.app.maintenance.file().display();
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
