//! What stands before every described route: who sends this, may they, and not too often.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::client_address::ClientAddress;
use super::envelope::Peer;
use super::error::ApiError;
use super::problems::ProblemType;
use super::rates::{Allowance, Rate, Refused};
use super::routes::{Access, Terms};
use super::session::Session;
use super::state::AppState;
use crate::access::{self, Action};
use crate::security;

/// How long the body of this request may be, in bytes; for the words of a refusal.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimit(pub(super) usize);

pub(super) async fn guard(
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
        Err(refusal) => return refusal.into_response(),
    };
    let rate = terms.rate.filter(|_| is_counted);
    let allowance = match rate.map(|rate| count(&state, rate, session, address)) {
        None => None,
        Some(Ok(allowance)) => allowance,
        Some(Err(refused)) => return refuse(refused),
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
