//! An operation: what a student wants, and the requests that it takes.

use std::time::Duration;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    End, Student,
    request::{Call, Failure, json, send},
};
use crate::{plan::Chance, record::Endpoint};

/// What is wanted, for what, and since when.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) phase: usize,
    pub(super) endpoint: Endpoint,
    pub(super) intended: Instant,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// How often it is sent at most, the first time included.
    pub(super) attempts: u32,
}

impl Student<'_> {
    /// One that reads; sent once unless the caller changes that.
    pub(super) fn get(
        phase: usize,
        endpoint: Endpoint,
        intended: Instant,
        path: String,
    ) -> Operation {
        Operation {
            phase,
            endpoint,
            intended,
            method: Method::GET,
            path,
            body: None,
            attempts: 1,
        }
    }

    /// One that changes something; sent once unless the caller changes that.
    pub(super) fn post(
        phase: usize,
        endpoint: Endpoint,
        intended: Instant,
        path: String,
    ) -> Operation {
        Operation {
            method: Method::POST,
            ..Self::get(phase, endpoint, intended, path)
        }
    }

    /// Does it, with as many tries as it has, and records it.
    ///
    /// # Errors
    /// The last failure; or nothing where the run was stopped.
    pub(super) async fn perform<T: DeserializeOwned>(
        &mut self,
        operation: Operation,
        accept: impl Fn(&T) -> bool,
    ) -> Result<T, Option<Failure>> {
        let run = self.run;
        let (phase, endpoint, intended) = (operation.phase, operation.endpoint, operation.intended);
        if run.is_stopped() {
            return Err(None);
        }
        run.recorder().operation_started(phase, endpoint);
        let mut tries = 1;
        let outcome = loop {
            let call = Call {
                phase,
                endpoint,
                method: operation.method.clone(),
                path: &operation.path,
                token: self.token(),
                body: operation.body.as_ref(),
            };
            let failure = match send(run, &self.client, call, json(&accept)).await {
                Ok(answer) => break Ok(answer),
                Err(failure) => failure,
            };
            if !failure.is_temporary || tries >= operation.attempts {
                break Err(Some(failure));
            }
            let pause = plan_back_off(tries, failure.retry_after, &mut self.chance);
            tries += 1;
            if run.pause(pause).await.is_err() {
                break Err(None);
            }
        };
        run.operation_ended(phase, endpoint, outcome.is_ok(), intended);
        outcome
    }

    /// As [`Self::perform`], where the student cannot go on without it.
    pub(super) async fn need<T: DeserializeOwned>(
        &mut self,
        operation: Operation,
        accept: impl Fn(&T) -> bool,
    ) -> Result<T, End> {
        let endpoint = operation.endpoint;
        self.perform(operation, accept).await.map_err(|failure| {
            failure.map_or(End::Interrupted, |failure| {
                End::Dead(describe(endpoint, &failure))
            })
        })
    }

    fn token(&self) -> Option<&str> {
        self.session
            .as_ref()
            .map(|session| session.access_token.as_str())
    }
}

fn describe(endpoint: Endpoint, failure: &Failure) -> String {
    let title = failure
        .body
        .as_ref()
        .and_then(|body| body["title"].as_str());
    match title {
        Some(title) => format!("{endpoint} failed: {} {title}", failure.status),
        None => format!("{endpoint} failed: {}", failure.status),
    }
}

/// How long to wait before the next of several tries: doubling from 200 ms, half of it by chance,
/// and never longer than 5 s, whatever the server asks for.
pub(super) fn plan_back_off(
    tries: u32,
    asked_for: Option<Duration>,
    chance: &mut Chance,
) -> Duration {
    const LONGEST: Duration = Duration::from_secs(5);
    let doubled =
        Duration::from_millis(200).saturating_mul(1_u32 << tries.saturating_sub(1).min(10));
    let half = doubled.min(LONGEST) / 2;
    (half + chance.within(half))
        .max(asked_for.unwrap_or_default())
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_is_jittered_and_has_an_end() {
        let mut chance = Chance::new(1, 1);
        for tries in 1..=30 {
            let wait = plan_back_off(tries, None, &mut chance);
            assert!(
                wait >= Duration::from_millis(100) && wait <= Duration::from_secs(5),
                "{wait:?}"
            );
        }
        let first = plan_back_off(1, None, &mut chance);
        assert_ne!(first, plan_back_off(1, None, &mut chance));
        assert!(plan_back_off(6, None, &mut chance) > first);
    }

    #[test]
    fn server_may_ask_for_patience_but_not_without_end() {
        let mut chance = Chance::new(1, 1);
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(
            plan_back_off(1, asked(2), &mut chance),
            Duration::from_secs(2)
        );
        assert_eq!(
            plan_back_off(1, asked(3600), &mut chance),
            Duration::from_secs(5)
        );
    }
}
