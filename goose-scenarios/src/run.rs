//! What all students of one run share: the plan's start, the notes they take, and the sign to stop.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{
    client::ClientFactory,
    credentials::Credentials,
    endpoint::Endpoint,
    health::HealthMonitor,
    ledger::Ledger,
    plan::Plan,
    profile::Profile,
    recorder::{Recorder, RequestSample},
};

/// One run in progress.
#[derive(Debug)]
pub(crate) struct Run {
    /// Without a slash at the end.
    pub(crate) target_url: String,
    pub(crate) profile: Profile,
    pub(crate) credentials: Credentials,
    pub(crate) exam_id: Option<String>,
    pub(crate) plan: Plan,
    /// The instant from which timetables count.
    pub(crate) epoch: Instant,
    pub(crate) clients: ClientFactory,
    pub(crate) health: HealthMonitor,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) recorder: Mutex<Recorder>,
    pub(crate) ledger: Mutex<Ledger>,
}

/// The run was stopped while something waited.
#[derive(Debug)]
pub(crate) struct Stopped;

impl Run {
    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        // A panic elsewhere leaves the counts whole: each change is complete before any await.
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record_request(&self, sample: RequestSample) {
        let mut recorder = self.recorder();
        recorder
            .timeline
            .request_ended(self.since_epoch(), sample.succeeded);
        recorder.request_ended(sample);
    }

    fn since_epoch(&self) -> Duration {
        Instant::now().saturating_duration_since(self.epoch)
    }

    pub(crate) fn operation_started(&self, endpoint: Endpoint) {
        self.recorder().operation_started(endpoint);
    }

    /// `intended` is the moment for which the operation was planned.
    pub(crate) fn operation_ended(&self, endpoint: Endpoint, succeeded: bool, intended: Instant) {
        let latency = intended.elapsed();
        let mut recorder = self.recorder();
        if succeeded {
            recorder
                .timeline
                .operation_succeeded(self.since_epoch(), endpoint, latency);
        }
        recorder.operation_ended(endpoint, succeeded, latency);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits this long between two tries.
    pub(crate) async fn pause(&self, pause: Duration) -> Result<(), Stopped> {
        self.wait(Instant::now() + pause).await
    }

    /// Waits for `instant`, and notes how late the generator was if there was anything to wait for.
    pub(crate) async fn wait_until(&self, instant: Instant) -> Result<(), Stopped> {
        let is_idle = Instant::now() < instant;
        self.wait(instant).await?;
        if is_idle {
            self.health.idle_step_was_late(instant.elapsed());
        }
        Ok(())
    }

    async fn wait(&self, instant: Instant) -> Result<(), Stopped> {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stopped| *stopped) => Err(Stopped),
            () = tokio::time::sleep_until(instant) => Ok(()),
        }
    }
}
