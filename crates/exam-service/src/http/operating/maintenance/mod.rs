//! What is answered during maintenance: students who sit an exam go on, and those who watch them; everybody else is asked
//! to come back.

mod page;
pub(super) mod switch;

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::http::envelope::Peer;
use crate::http::error::ApiError;
use crate::http::problems::ProblemType;
use crate::http::state::AppState;
use crate::maintenance::Notice;

pub(in crate::http) use switch::{off, on};

/// When to come back, if nobody knows when it will be over; also the longest that is ever said.
const USUAL_WAIT: Duration = Duration::from_mins(1);
/// The shortest.
const SHORTEST_WAIT: Duration = Duration::from_secs(5);

/// On a response that was given because of maintenance: it is no fault of the release.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct DuringMaintenance;

/// Lets through what has to go on, and answers the rest.
pub(in crate::http) async fn gate(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let Some(notice) = state.maintenance.notice() else {
        return next.run(request).await;
    };
    let is_private = request
        .extensions()
        .get::<Peer>()
        .is_some_and(|peer| peer.is_private);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    if is_private || goes_on(request.method(), route) {
        return next.run(request).await;
    }
    let wait = wait(&notice, state.clock.now());
    let is_page = request.method() == Method::GET || request.method() == Method::HEAD;
    let mut response = if is_page && wants_html(request.headers()) {
        page::page(&notice, wait)
    } else {
        problem(&notice).into_response()
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    response.extensions_mut().insert(DuringMaintenance);
    response
}

/// Whether a request belongs to an attempt that is open, or is none of a person's.
///
/// So does what an exam that is being sat asks of its invigilators: which exams run, the board with its events and the
/// timelines that it leads to, every action, and notes, which are written while one still knows. A fire does not wait
/// for maintenance, nor does a student whose time has to be paused. Files of notes and emergency files can wait.
///
/// So does what administrators ask of the service itself, who have its pages open: how it is, and to let people in again.
/// Not: signing in, starting, practice, and the page itself, by which the first two begin. A page that is open has all it
/// needs; the files it consists of are given out for one that is just being loaded.
fn goes_on(method: &Method, route: &str) -> bool {
    matches!(
        (method.as_str(), route),
        (
            "POST",
            "/api/v1/attempts/{id}/submit"
                | "/api/v1/attempts/{id}/events"
                | "/api/v1/attempts/{id}/break"
                | "/api/v1/exams/{id}/actions"
                | "/api/v1/exams/{id}/incidents"
                | "/api/v1/auth/refresh"
                | "/api/v1/auth/logout"
        ) | (
            "GET" | "HEAD",
            "/api/v1/attempts/{id}"
                | "/api/v1/attempts/{id}/result"
                | "/api/v1/attempts/{id}/timeline"
                | "/api/v1/exams"
                | "/api/v1/exams/{id}/board"
                | "/api/v1/exams/{id}/board/events"
                | "/api/v1/exams/{id}/incidents"
                | "/api/v1/me"
                | "/assets/{*path}"
                | "/health"
                | "/health/liveness"
                | "/health/readiness"
                | "/api/health"
                | "/api/ready"
                | "/metrics"
                | "/api/v1/system"
                | "/api/v1/system/settings"
                | "/api/v1/jobs/dead"
                | "/api/v1/audit"
                | "/api/v1/audit/check"
                | "/api/v1/audit/export"
        ) | (
            "PUT",
            "/api/v1/attempts/{id}/answers" | "/api/v1/system/maintenance"
        ) | (
            "DELETE",
            "/api/v1/attempts/{id}/break" | "/api/v1/system/maintenance"
        )
    )
}

/// Whether a person reads the reply: browsers name HTML when they open a page, programs do not.
fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT);
    accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("text/html"))
}

/// How long to wait before asking again: what is left, where that is not long.
fn wait(notice: &Notice, now: DateTime<Utc>) -> Duration {
    let left = notice.until.and_then(|until| (until - now).to_std().ok());
    left.unwrap_or(USUAL_WAIT).clamp(SHORTEST_WAIT, USUAL_WAIT)
}

fn problem(notice: &Notice) -> ApiError {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let problem = ApiError::new(ProblemType::Maintenance, &notice.message)
        .with("since", time(notice.since).into());
    match notice.until {
        Some(until) => problem.with("until", time(until).into()),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn only_what_an_exam_that_is_sat_needs_goes_on() {
        for (method, route, expected) in [
            ("PUT", "/api/v1/attempts/{id}/answers", true),
            ("POST", "/api/v1/attempts/{id}/submit", true),
            ("POST", "/api/v1/attempts/{id}/events", true),
            ("GET", "/api/v1/attempts/{id}", true),
            ("POST", "/api/v1/attempts/{id}/break", true),
            ("DELETE", "/api/v1/attempts/{id}/break", true),
            ("GET", "/api/v1/exams", true),
            ("GET", "/api/v1/exams/{id}/board", true),
            ("GET", "/api/v1/exams/{id}/board/events", true),
            ("GET", "/api/v1/attempts/{id}/timeline", true),
            ("POST", "/api/v1/exams/{id}/actions", true),
            ("POST", "/api/v1/exams/{id}/incidents", true),
            ("GET", "/api/v1/exams/{id}/incidents", true),
            ("POST", "/api/v1/auth/refresh", true),
            ("POST", "/api/v1/auth/logout", true),
            ("GET", "/health/readiness", true),
            ("GET", "/metrics", true),
            ("GET", "/assets/{*path}", true),
            ("DELETE", "/api/v1/system/maintenance", true),
            ("POST", "/api/v1/auth/login", false),
            ("POST", "/api/v1/exams/{id}/attempts", false),
            ("GET", "/api/v1/my/exams", false),
            (
                "POST",
                "/api/v1/attempts/{id}/questions/{question_id}/check",
                false,
            ),
            ("GET", "/api/v1/exams/{id}", false),
            ("PATCH", "/api/v1/exams/{id}", false),
            ("GET", "/api/v1/exams/{id}/incidents/export", false),
            ("POST", "/api/v1/exams/{id}/emergency-files", false),
            ("GET", "/", false),
            ("GET", "", false),
            ("DELETE", "/api/v1/attempts/{id}", false),
        ] {
            let method = method.parse().unwrap();
            assert_eq!(goes_on(&method, route), expected, "{method} {route}");
        }
    }

    #[test]
    fn the_wait_is_what_is_left_within_reason() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        for (left, expected) in [
            (None, 60),
            (Some(30), 30),
            (Some(3600), 60),
            (Some(1), 5),
            (Some(-100), 60),
        ] {
            let notice = Notice {
                since: now,
                until: left.map(|seconds| now + TimeDelta::seconds(seconds)),
                message: String::new(),
            };
            assert_eq!(wait(&notice, now).as_secs(), expected, "{left:?}");
        }
    }

    #[test]
    fn a_browser_that_opens_a_page_is_told_from_a_program() {
        for (accept, expected) in [
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), true),
            (Some("Text/HTML"), true),
            (Some("application/json"), false),
            (Some("*/*"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            assert_eq!(wants_html(&headers), expected, "{accept:?}");
        }
    }
}
