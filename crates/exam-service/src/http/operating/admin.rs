//! `/admin/...`: state and hand-over, on the private interface only.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderName, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::canary;
use super::maintenance;
use crate::exam::ExamId;
use crate::http::error::ApiError;
use crate::http::problems::ProblemType;
use crate::http::state::AppState;
use crate::lifecycle::{Lifecycle, PromoteError};
use crate::maintenance::Notice;
use crate::store::Calendar;
use crate::version;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Opens the public port.
pub(in crate::http) const PROMOTE: &str = "/admin/promote";
/// Closes it.
pub(in crate::http) const STANDBY: &str = "/admin/standby";

/// What the admin handlers share.
#[derive(Clone)]
pub struct AdminState {
    /// The service.
    pub app: AppState,
    /// Opens and closes the public port.
    pub lifecycle: Lifecycle,
    /// Our colour, when there are two.
    pub colour: Option<String>,
}

/// The routes of the admin interface, beside the public ones.
pub fn admin_router(state: AdminState) -> Router {
    let app = state.app.clone();
    let routes = Router::new()
        .route("/admin/status", get(status))
        .route("/admin/canary", post(canary::create))
        .route("/admin/canary/{login}", delete(canary::remove))
        .route(
            "/admin/maintenance",
            put(maintenance::on).delete(maintenance::off),
        )
        .route(PROMOTE, post(promote))
        .route(STANDBY, post(standby))
        .with_state(state);
    crate::http::wrap(routes, app)
}

/// Keeps web pages out of an admin interface on a port: a browser on this machine reaches it for any page it shows.
///
/// A browser says where a request comes from, and under which name it looked us up; other programs leave the former
/// out and name this machine.
pub fn without_web_pages(router: Router) -> Router {
    router.layer(middleware::from_fn(refuse_web_pages))
}

async fn refuse_web_pages(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_from_page = headers.contains_key(header::ORIGIN) || headers.contains_key(SEC_FETCH_SITE);
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if is_from_page || !host.is_some_and(is_loopback_host) {
        return ApiError::new(ProblemType::NotForWebPages,
            "The admin interface answers programs on this machine: send 'Host: localhost' and no 'Origin'.",
        )
        .into_response();
    }
    next.run(request).await
}

/// Whether the value of a `Host` header, with a port or without, is a name or address of this machine itself.
fn is_loopback_host(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[derive(Serialize)]
struct StatusReply {
    state: &'static str,
    version: &'static str,
    commit: &'static str,
    colour: Option<String>,
    pid: u32,
    open_attempts: i64,
    /// Exams in which somebody sits or may still start.
    exams_running: i64,
    /// The next one to begin.
    next_exam: Option<NextExamBody>,
    maintenance: Option<Notice>,
}

#[derive(Serialize)]
struct NextExamBody {
    id: ExamId,
    title: String,
    starts_at: DateTime<Utc>,
}

async fn status(State(state): State<AdminState>) -> Result<Json<StatusReply>, ApiError> {
    let migrated = state.app.store.migration_status().await?.pending.is_empty();
    let now = state.app.clock.now();
    // Before the tables are there, nobody can have an attempt.
    let (open_attempts, calendar) = if migrated {
        (
            state.app.store.count_open_attempts(now).await?,
            state.app.store.calendar(now).await?,
        )
    } else {
        (0, Calendar::default())
    };
    Ok(Json(StatusReply {
        state: state.lifecycle.state().as_str(),
        version: version::VERSION,
        commit: version::COMMIT,
        colour: state.colour,
        pid: std::process::id(),
        open_attempts,
        exams_running: calendar.running,
        next_exam: calendar.next.map(|exam| NextExamBody {
            id: exam.id,
            title: exam.title,
            starts_at: exam.starts_at,
        }),
        maintenance: state.app.maintenance.notice().as_deref().cloned(),
    }))
}

async fn promote(State(state): State<AdminState>) -> Response {
    match state.lifecycle.promote().await {
        Ok(()) => reply(&state),
        Err(error) => {
            tracing::error!(%error, "cannot open the public port");
            let problem = match error {
                PromoteError::ShuttingDown => ProblemType::ShuttingDown,
                PromoteError::Bind { .. } => ProblemType::CannotListen,
            };
            ApiError::new(problem, error.to_string()).into_response()
        }
    }
}

async fn standby(State(state): State<AdminState>) -> Response {
    state.lifecycle.standby().await;
    reply(&state)
}

fn reply(state: &AdminState) -> Response {
    Json(serde_json::json!({ "state": state.lifecycle.state().as_str() })).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(headers: &[(&str, &str)]) -> StatusCode {
        let router = without_web_pages(Router::new().route(PROMOTE, post(async || ())));
        let mut request = Request::post(PROMOTE);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_web_page_cannot_drive_the_admin_interface() {
        for host in [
            "localhost",
            "LOCALHOST:9000",
            "127.0.0.1:9000",
            "[::1]:9000",
        ] {
            assert_eq!(ask(&[("host", host)]).await, StatusCode::OK, "{host}");
        }
        // A name that was made to point at this machine.
        for host in [
            "exam.example",
            "127.0.0.1.example:9000",
            "192.0.2.1",
            "localhost.example",
            "",
        ] {
            assert_eq!(
                ask(&[("host", host)]).await,
                StatusCode::FORBIDDEN,
                "{host}"
            );
        }
        assert_eq!(ask(&[]).await, StatusCode::FORBIDDEN);
        for from_page in [
            ("origin", "null"),
            ("origin", "http://localhost"),
            ("sec-fetch-site", "none"),
        ] {
            let status = ask(&[("host", "localhost"), from_page]).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{from_page:?}");
        }
    }
}
