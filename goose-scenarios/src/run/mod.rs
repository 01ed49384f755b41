//! A run: who leads it, who sends the load, and what they tell each other.
//!
//! ```text
//! lead  -- orders, clock, start -->  worker      one worker per generator, each a process of its own
//!       <-- progress, evidence ---               evidence: counts, ledger, health
//! conclude                                       all evidence merged, compared with what is stored, judged
//! ```

mod chaos;
mod clock;
mod conclude;
mod lead;
mod message;
mod preflight;
mod progress;
mod scrape;
mod worker;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{
    health::HealthMonitor,
    plan::Plan,
    profile::Profile,
    record::{Endpoint, Recorder, RequestSample},
    student::{ClientFactory, Credentials, Target},
    truth::Ledger,
};

pub use chaos::Kill;
pub use lead::{Chaos, LeadOptions, Link, LoadError, lead};
pub use message::{Instruction, Message, Orders};
pub use preflight::{Permission, TargetFacts};
pub use progress::Live;
pub use scrape::ServerSecond;
pub use worker::{new_run_id, work};

/// What all students of one generator share: the plan's start, the notes they take, and the sign to stop.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) target: Target,
    pub(crate) profile: Profile,
    /// Of this generator's students alone.
    pub(crate) credentials: Credentials,
    /// The number of the first of them in the whole run.
    pub(crate) first_user: u32,
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
        let at = self.since_epoch();
        recorder.timeline.request_ended(at, sample.succeeded);
        recorder.request_ended(sample);
    }

    pub(crate) fn since_epoch(&self) -> Duration {
        Instant::now().saturating_duration_since(self.epoch)
    }

    /// `intended` is the moment for which the operation was planned.
    pub(crate) fn operation_ended(
        &self,
        phase: usize,
        endpoint: Endpoint,
        succeeded: bool,
        intended: Instant,
    ) {
        let latency = intended.elapsed();
        let mut recorder = self.recorder();
        if succeeded {
            let at = self.since_epoch();
            recorder.timeline.operation_succeeded(at, endpoint, latency);
        }
        recorder.operation_ended(phase, endpoint, succeeded, latency);
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
