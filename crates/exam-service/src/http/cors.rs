//! Which other pages may use the interface from a browser: those that are listed, and none by default.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, Method, header};
use tower_http::cors::CorsLayer;

use super::state::AppState;

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_mins(10);
/// What scripts of the other page may read beside the body.
const READABLE: [HeaderName; 5] = [
    header::RETRY_AFTER,
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
    HeaderName::from_static("x-request-id"),
];

/// Lets the listed pages in. Sessions are bearer tokens and never cookies, so no page acts for a person unasked.
pub(super) fn allow(routes: Router, state: &AppState) -> Router {
    if state.cors_origins.is_empty() {
        return routes;
    }
    routes.layer(
        CorsLayer::new()
            .allow_origin(state.cors_origins.clone())
            .allow_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers(READABLE)
            .max_age(REMEMBERED),
    )
}
