//! What stands before every described route: who sends this, may they, and not too often.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, EXPECT};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;

use super::rates::{Allowance, Rate, Refused};
use crate::access::{self, Action};
use crate::http::client_address::ClientAddress;
use crate::http::envelope::Peer;
use crate::http::error::ApiError;
use crate::http::problems::ProblemType;
use crate::http::routes::{Access, Terms};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::security;

/// How long a request that was refused may go on sending.
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// How long the body of this request may be, in bytes; for the words of a refusal.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct BodyLimit(pub(in crate::http) usize);

pub(in crate::http) async fn guard(
    State((state, terms)): State<(AppState, Terms)>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>();
    // On the admin interface nobody is counted: who reaches it may also stop the service.
    let is_counted = peer.is_none_or(|peer| !peer.is_private);
    let address = state
        .trusted_proxies
        .client_address(peer.and_then(|peer| peer.address), request.headers());
    let session = match admit(&state, terms.access, request.headers(), address) {
        Ok(session) => session,
        Err(refusal) => {
            discard(request, terms.body_limit).await;
            return refusal.into_response();
        }
    };
    let rate = terms.rate.filter(|_| is_counted);
    let allowance = match rate.map(|rate| count(&state, rate, session, address)) {
        None => None,
        Some(Ok(allowance)) => allowance,
        Some(Err(refused)) => {
            discard(request, terms.body_limit).await;
            return refuse(refused);
        }
    };
    let extensions = request.extensions_mut();
    if let Some(session) = session {
        extensions.insert(session);
    }
    extensions.insert(address);
    extensions.insert(BodyLimit(terms.body_limit));
    let mut response = next.run(request).await;
    if let Some(allowance) = allowance {
        allowance.write(response.headers_mut());
    }
    response
}

/// Reads what is still being sent and forgets it. A proxy that sends a file and finds the connection closed does not look
/// for an answer: it says 502, and nobody hears of the refusal.
async fn discard(request: Request, most_bytes: usize) {
    if request.headers().contains_key(EXPECT) {
        // Who asks before sending has not begun.
        return;
    }
    let mut body = request.into_body();
    let reading = async {
        let mut left = most_bytes;
        while let Some(Ok(frame)) = body.frame().await
            && let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len))
        {
            left = rest;
        }
    };
    tokio::time::timeout(DISCARD_TIME, reading).await.ok();
}

/// The session that came with the request, where one is needed.
fn admit(
    state: &AppState,
    access: Access,
    headers: &HeaderMap,
    address: ClientAddress,
) -> Result<Option<Session>, ApiError> {
    let Access::May(action) = access else {
        return Ok(None);
    };
    let session = authenticate(state, headers)?;
    if session.exam.is_some() && action == Action::ChangeOwnAccount {
        return Err(ApiError::new(
            ProblemType::Forbidden,
            "The code of an exam is good for that exam alone. Sign in with the password.",
        ));
    }
    if access::allows(session.role, action) {
        return Ok(Some(session));
    }
    security::refused_by_role(session.user, session.role, action, address);
    Err(ApiError::new(
        ProblemType::Forbidden,
        format!(
            "The role {} does not allow this. Ask an administrator if you think that it should.",
            session.role.as_str()
        ),
    ))
}

/// Whose bearer token came with the request, without a look into the database.
fn authenticate(state: &AppState, headers: &HeaderMap) -> Result<Session, ApiError> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| ApiError::unauthorized("The request has no bearer token."))?;
    let verified = state.tokens.verify(token, state.clock.now());
    let (session, issued_at) = verified
        .ok_or_else(|| ApiError::unauthorized("The access token is not valid or has expired."))?;
    if state.ended_sessions.is_over(session.id, issued_at) {
        return Err(ApiError::unauthorized(
            "The session of this access token has ended. Renew it, or sign in again.",
        ));
    }
    Ok(session)
}

fn count(
    state: &AppState,
    rate: Rate,
    session: Option<Session>,
    address: ClientAddress,
) -> Result<Option<Allowance>, Refused> {
    let user = session.map(|session| session.user);
    let counted = state.rates.count(rate, user, address.0);
    if counted.is_err() && state.rates.may_report() {
        security::rate_limited(rate, user, address);
    }
    counted
}

fn refuse(refused: Refused) -> Response {
    let seconds = refused.retry_after_seconds;
    let problem = ApiError::new(
        ProblemType::RateLimited,
        format!("There were more requests than are taken in a minute. Try again in {seconds} s."),
    );
    let mut response = problem.retry_after(seconds).into_response();
    refused.write(response.headers_mut());
    response
}
