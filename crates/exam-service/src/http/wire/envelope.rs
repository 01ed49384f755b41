//! What every request and response gets: an id, a count, safe headers, and `Connection: close` while draining.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::ApiError;
use crate::http::maintenance::DuringMaintenance;
use crate::http::state::AppState;

/// For reading the body and answering; longer than the database waits for a lock.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The routes that may take longer, because they wait for a drain.
const TRANSITIONS: [&str; 2] = [crate::http::admin::PROMOTE, crate::http::admin::STANDBY];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest request id that is echoed, in bytes.
const REQUEST_ID_LIMIT: usize = 128;
/// Of pages: nothing but our own files, and no page may frame us. Images and sounds of questions are fetched with the
/// access token, which a browser does not send for them, and are shown as blobs; fonts are those of formulas.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     media-src blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Of everything else: a browser that is led to open it as a page finds nothing it may do.
const DATA_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The same for every response.
const SAFE_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

/// Where a request came in; put into its extensions by the listener.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The other end of the connection; none on a socket file.
    pub address: Option<IpAddr>,
    /// From this machine: a loopback address or the admin interface.
    pub is_local: bool,
    /// On the admin interface.
    pub is_private: bool,
    /// Whether its listener is draining.
    pub draining: Arc<AtomicBool>,
}

pub(in crate::http) async fn envelope(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let draining = request
        .extensions()
        .get::<Peer>()
        .map(|peer| Arc::clone(&peer.draining));
    let is_transition = route
        .as_ref()
        .is_some_and(|route| TRANSITIONS.contains(&route.as_str()));
    let _in_flight = state.metrics.count_in_flight();
    let mut response = if is_transition {
        // A drain takes as long as it was given.
        next.run(request).await
    } else {
        let answered = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
        answered.unwrap_or_else(|_| {
            ApiError::unavailable("The request took too long. Send it again.").into_response()
        })
    };

    let (status, took) = (response.status(), began.elapsed());
    // Refusals of maintenance count apart: they say nothing about how well the release does its work.
    let is_planned = response.extensions().get::<DuringMaintenance>().is_some();
    let route = match &route {
        _ if is_planned => "maintenance",
        Some(route) => route.as_str(),
        None => "none",
    };
    state.metrics.count_request(method, route, status, took);
    if status.is_server_error() && !is_planned {
        tracing::warn!(method, route, status = status.as_u16(), request_id = ?id, "a request failed");
    } else {
        tracing::debug!(method, route, status = status.as_u16(), ?took, "answered");
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    add_safety(headers, status);
    if draining.is_some_and(|draining| draining.load(Ordering::Relaxed)) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn add_safety(headers: &mut HeaderMap, status: StatusCode) {
    for (name, value) in SAFE_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A 304 has no type: what it says replaces what the browser kept with the page.
    let is_data = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    let policy = if is_data { DATA_POLICY } else { PAGE_POLICY };
    // A page may ask for less.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy));
    // Only the embedded files say themselves how long they may be kept.
    if !headers.contains_key(header::CACHE_CONTROL)
        || status.is_client_error()
        || status.is_server_error()
    {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The client's own id when it is harmless, a new one otherwise.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    if let Some(id) = headers.get(REQUEST_ID) {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        if id.len() <= REQUEST_ID_LIMIT && !id.is_empty() && id.as_bytes().iter().all(is_plain) {
            return id.clone();
        }
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    HeaderValue::try_from(format!("{:x}-{number:x}", std::process::id()))
        .unwrap_or_else(|_| HeaderValue::from_static("none"))
}

/// A bounded set of words: a method is chosen by the client.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "HEAD" => "HEAD",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
