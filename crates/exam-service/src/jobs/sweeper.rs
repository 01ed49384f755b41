//! Hands in what is over, prepares what begins soon, and notices when nobody was served.
//!
//! Only a process whose public port is open does so: another one would say that students are served while they are not.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::lifecycle::{Lifecycle, PublicState};
use crate::store::sitting::Outage;
use crate::store::{Store, StoreError};

/// How often it looks whether the public port was opened.
const LOOK: Duration = Duration::from_secs(1);
/// How often it does its work while the port is open: a sixth of the shortest outage that is given back.
const WORK: Duration = Duration::from_secs(5);
/// How many attempts are handed in by one transaction: saves wait for no longer one.
const BATCH: i64 = 500;

/// From how long before its window on the attempts of an exam are prepared: long enough that staff, who find in the log what
/// went wrong, can still do something about it.
const PREPARED_BEFORE: TimeDelta = TimeDelta::minutes(30);
/// How often it looks for somebody for whom nothing is prepared yet.
const PREPARE: Duration = Duration::from_mins(1);
/// How many are prepared between two looks at the clock.
const PREPARED_AT_ONCE: i64 = 100;

/// Works whenever the public port is open, until it is aborted.
pub async fn run(store: Arc<dyn Store>, clock: Clock, lifecycle: Lifecycle) {
    let mut every = tokio::time::interval(LOOK);
    let mut worked: Option<Instant> = None;
    let mut prepared: Option<Instant> = None;
    loop {
        every.tick().await;
        if lifecycle.state() != PublicState::Serving {
            worked = None;
            continue;
        }
        if worked.is_some_and(|at| at.elapsed() < WORK) {
            continue;
        }
        worked = Some(Instant::now());
        if let Err(error) = work(store.as_ref(), &clock).await {
            tracing::warn!(%error, "attempts that are over were not handed in; it is tried again");
        }
        if prepared.is_some_and(|at| at.elapsed() < PREPARE) {
            continue;
        }
        prepared = Some(Instant::now());
        if let Err(error) = prepare(store.as_ref(), &clock).await {
            tracing::warn!(%error, "attempts were not prepared; it is tried again, and a start needs none");
        }
    }
}

async fn work(store: &dyn Store, clock: &Clock) -> Result<(), StoreError> {
    // First: what was over because of an outage is not.
    note_serving(store, clock).await?;
    // Then: of those whose breaks are used up, the clocks run on.
    store.use_up_breaks(clock.now(), BATCH).await?;
    loop {
        let submitted = store.submit_overdue(clock.now(), BATCH).await?;
        if submitted > 0 {
            tracing::info!(attempts = submitted, "handed in what was over");
        }
        if submitted < BATCH.unsigned_abs() {
            return Ok(());
        }
    }
}

/// Prepares attempts at the exams that begin soon. In between, what is over is handed in.
pub(crate) async fn prepare(store: &dyn Store, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    for exam in store.exams_to_prepare(now, now + PREPARED_BEFORE).await? {
        let (mut after, mut prepared) = (None, 0);
        let mut failed = Vec::new();
        loop {
            let done = store
                .prepare(exam, after, PREPARED_AT_ONCE, clock.now())
                .await?;
            prepared += done.prepared;
            failed.extend(done.failed);
            after = done.next;
            if after.is_none() {
                break;
            }
            work(store, clock).await?;
        }
        if prepared > 0 {
            tracing::info!(%exam, attempts = prepared, "prepared attempts at an exam that begins soon");
        }
        if let Some(first) = failed.first() {
            tracing::error!(%exam, attempts = failed.len(), why = %first.why, "attempts could not be prepared: these candidates cannot start like this");
        }
    }
    Ok(())
}

/// Notes that students are served from now on, and gives back the time before in which they were not.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_serving(store: &dyn Store, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    match store.note_serving(now).await? {
        Some(Outage {
            from,
            is_left_to_staff: true,
            ..
        }) => {
            tracing::error!(%from, "nobody was served for more than four hours while exams ran: decide who gets time, and give it by an action");
        }
        Some(outage) => {
            let seconds = (now - outage.from).num_seconds();
            tracing::warn!(
                seconds,
                attempts = outage.given_back,
                "nobody was served for a while: gave the time back"
            );
        }
        None => {}
    }
    Ok(())
}
