//! Signing in, and staying signed in.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{End, Student, wire};
use crate::record::Endpoint;

/// Tokens are renewed after this share of their time, as the pages do.
const RENEW_AFTER: f64 = 2.0 / 3.0;

/// What a student has once they signed in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) access_token: String,
    refresh_token: Option<String>,
    /// When the tokens are to be renewed, if they expire.
    renew_at: Option<Instant>,
}

impl From<wire::LoginResponse> for Session {
    fn from(response: wire::LoginResponse) -> Self {
        let lifetime = response.expires_in.map(Duration::from_secs);
        Self {
            access_token: response.access_token,
            refresh_token: response.refresh_token,
            renew_at: lifetime.map(|lifetime| Instant::now() + lifetime.mul_f64(RENEW_AFTER)),
        }
    }
}

impl Student<'_> {
    /// Again where the server asks for patience: a person whom it tells that too many sign in presses the button again.
    pub(super) async fn sign_in(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        self.session = None;
        let mut login = Self::post(
            phase,
            Endpoint::Login,
            intended,
            "/api/v1/auth/login".to_owned(),
        );
        login.attempts = self.run.profile.client.save_attempts;
        login.body = Some(json!({
            "login": self.login,
            "password": self.run.credentials.password.expose(),
        }));
        let response: wire::LoginResponse = self
            .need(login, |answer: &wire::LoginResponse| {
                !answer.access_token.is_empty()
            })
            .await?;
        self.session = Some(response.into());
        Ok(())
    }

    /// Before the tokens expire. A renewal that fails for the moment is tried again before the next deed.
    pub(super) async fn renew_session(&mut self, phase: usize) -> Result<(), End> {
        let now = Instant::now();
        let due = self
            .session
            .as_ref()
            .filter(|session| session.renew_at.is_some_and(|at| at <= now));
        let Some(refresh_token) = due.and_then(|session| session.refresh_token.clone()) else {
            return Ok(());
        };
        let mut renewal = Self::post(
            phase,
            Endpoint::Refresh,
            now,
            "/api/v1/auth/refresh".to_owned(),
        );
        renewal.body = Some(json!({ "refresh_token": refresh_token }));
        let accept = |answer: &wire::LoginResponse| !answer.access_token.is_empty();
        match self.perform(renewal, accept).await {
            Ok(response) => self.session = Some(response.into()),
            Err(None) => return Err(End::Interrupted),
            Err(Some(failure)) if failure.is_temporary => {}
            Err(Some(failure)) => {
                return Err(End::Dead(format!(
                    "the session could not be renewed: {}",
                    failure.status
                )));
            }
        }
        Ok(())
    }
}
