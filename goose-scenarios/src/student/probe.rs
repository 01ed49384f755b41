//! The scenario `baseline`: what everybody asks for, from health to the lists of a student.

use tokio::time::Instant;

use super::{
    End, Student,
    request::{Call, send},
    wire,
};
use crate::record::Endpoint;

impl Student<'_> {
    /// Once around. What fails is counted and is nobody's end, but without a login there is nothing more to ask.
    pub(super) async fn probe(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        self.session = None;
        for (endpoint, path) in [
            (Endpoint::Liveness, "/health/liveness"),
            (Endpoint::Readiness, "/health/readiness"),
        ] {
            let begins = if endpoint == Endpoint::Liveness {
                intended
            } else {
                Instant::now()
            };
            self.ask(phase, endpoint, begins, path).await?;
        }
        self.look_at_page(phase).await?;
        match self.sign_in(phase, Instant::now()).await {
            Err(End::Dead(_)) => return Ok(()),
            other => other?,
        }
        for (endpoint, path) in [
            (Endpoint::Profile, "/api/v1/me"),
            (Endpoint::Notifications, "/api/v1/me/notifications"),
            (Endpoint::ListExams, "/api/v1/my/exams"),
            (Endpoint::ListAttempts, "/api/v1/my/attempts"),
        ] {
            self.ask(phase, endpoint, Instant::now(), path).await?;
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        phase: usize,
        endpoint: Endpoint,
        intended: Instant,
        path: &str,
    ) -> Result<(), End> {
        let question = Self::get(phase, endpoint, intended, path.to_owned());
        match self.perform(question, |_: &wire::Anything| true).await {
            Err(None) => Err(End::Interrupted),
            _ => Ok(()),
        }
    }

    /// The one answer that is no JSON.
    async fn look_at_page(&mut self, phase: usize) -> Result<(), End> {
        if self.run.is_stopped() {
            return Err(End::Interrupted);
        }
        let intended = Instant::now();
        self.run.recorder().operation_started(phase, Endpoint::Page);
        let call = Call {
            phase,
            endpoint: Endpoint::Page,
            method: reqwest::Method::GET,
            path: "/",
            token: None,
            body: None,
        };
        let is_page = |body: &[u8]| {
            let text = String::from_utf8_lossy(body);
            text.contains("<html").then_some(())
        };
        let outcome = send(self.run, &self.client, call, is_page).await;
        self.run
            .operation_ended(phase, Endpoint::Page, outcome.is_ok(), intended);
        Ok(())
    }
}
