//! How answers reach the disk: one transaction for everything that waits, then each caller its own reply.
//!
//! There is no artificial delay: while one batch is being committed the next one gathers. A database that can write one
//! batch while it commits another gets as many at a time ([`Store::batches_at_once`]); no account is in two of them, so
//! that what it sends keeps its order. The invariant of the whole
//! service is here: **a caller hears of success only after `COMMIT` has returned.**

mod fair_queue;
mod metrics;
mod queue;

use std::sync::Arc;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::runtime::{self, Runtime};
use tokio::task::JoinHandle;

use super::{SaveOutcome, SaveRequest, Store};
use crate::clock::Clock;
use crate::exam::UserId;
use queue::{CloseAtEnd, Reply, Shared, Waiting};

pub use metrics::{BATCH_SIZE, SECONDS, WriterMetrics};
pub use queue::SaveQueue;

/// Why a save has no outcome. All of these may be sent again without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SaveError {
    /// As many requests wait as may wait, or as many bytes.
    #[error("too many saves are waiting")]
    QueueFull,
    /// As many requests of this account wait as one may have waiting.
    #[error("too many saves of this account are waiting")]
    AccountBusy,
    /// The transaction failed, or it is unknown whether its commit went through.
    #[error("the answers could not be stored")]
    NotStored,
    /// The database did not finish the transaction in time, or it hung while this waited; whether it is stored is unknown.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The writer has stopped: the service is going down.
    #[error("the service is shutting down")]
    Stopped,
}

impl SaveError {
    /// Each of them.
    pub const ALL: [Self; 5] = [
        Self::QueueFull,
        Self::AccountBusy,
        Self::NotStored,
        Self::TimedOut,
        Self::Stopped,
    ];

    /// The word used in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue-full",
            Self::AccountBusy => "account-busy",
            Self::NotStored => "not-stored",
            Self::TimedOut => "timed-out",
            Self::Stopped => "stopped",
        }
    }
}

/// Bounds of the writer.
#[derive(Debug, Clone, Copy)]
pub struct WriterLimits {
    /// How many requests may wait.
    pub queue: usize,
    /// How many bytes of their bodies may wait.
    pub queue_bytes: usize,
    /// How many requests one transaction takes; fewer when they carry many answers.
    pub batch: usize,
    /// How long a transaction may take. More than a store waits for a connection and for the lock of another process,
    /// which have better words for it; less than a request may take.
    pub commit: Duration,
}

impl Default for WriterLimits {
    fn default() -> Self {
        Self {
            queue: 8192,
            queue_bytes: 64 << 20,
            batch: 512,
            commit: Duration::from_secs(20),
        }
    }
}

/// The running writer. Dropped, it gives up what it has not written; the store has to be closed before, since the writer's
/// thread is what the connections it opened live on.
pub struct Writer {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
    /// Always there until dropped.
    thread: Option<Runtime>,
}

impl Writer {
    /// Starts the writer over `store`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        store: &Arc<dyn Store>,
        clock: &Clock,
        limits: WriterLimits,
        metrics: WriterMetrics,
    ) -> std::io::Result<(Self, SaveQueue)> {
        let shared = Arc::new(Shared::new(limits, metrics));
        let thread = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("answer-writer")
            .enable_all()
            .build()?;
        let task = |_| {
            let (store, clock) = (Arc::clone(store), clock.clone());
            let writing = write_until_closed(store, clock, limits, Arc::clone(&shared));
            thread.spawn(writing)
        };
        let tasks = (0..store.batches_at_once().max(1)).map(task).collect();
        let queue = SaveQueue::new(Arc::clone(&shared));
        let writer = Self {
            shared,
            tasks,
            thread: Some(thread),
        };
        Ok((writer, queue))
    }

    /// Takes no more requests, writes what waits, and returns when the last reply is out.
    pub async fn flush(&mut self) {
        self.shared.close();
        for task in self.tasks.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "the writer of answers ended abnormally");
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.shutdown_background();
        }
    }
}

async fn write_until_closed(
    store: Arc<dyn Store>,
    clock: Clock,
    limits: WriterLimits,
    shared: Arc<Shared>,
) {
    // However this ends, nobody may wait for a writer that is gone.
    let _close = CloseAtEnd(Arc::clone(&shared));
    while let Some(batch) = shared.next_batch(limits.batch).await {
        let accounts: Vec<UserId> = batch.iter().map(|waiting| waiting.request.user).collect();
        let is_in_time = write_batch(store.as_ref(), &clock, limits.commit, &shared, batch).await;
        shared.finish(accounts);
        if !is_in_time {
            // What gathered meanwhile has waited as long; who sends it again finds out whether the database is back.
            let waiting = shared.take_all();
            tracing::error!(requests = waiting.len(), "refused what waited behind it");
            refuse_all(waiting, SaveError::TimedOut);
        }
    }
}

/// Writes one batch and tells its callers what became of it; `false` when the database did not answer in time.
async fn write_batch(
    store: &dyn Store,
    clock: &Clock,
    commit_limit: Duration,
    shared: &Shared,
    batch: Vec<Waiting>,
) -> bool {
    let began = Instant::now();
    shared.record_batch(&batch, began);
    let (requests, replies): (Vec<SaveRequest>, Vec<Reply>) = batch
        .into_iter()
        .map(|waiting| (waiting.request, waiting.reply))
        .unzip();
    let saving = store.save_answers(&requests, clock.now());
    let result = tokio::time::timeout(commit_limit, saving).await;
    shared.metrics.commit_seconds.record(began.elapsed());
    match result {
        Ok(Ok(outcomes)) => {
            for (outcome, reply) in outcomes.into_iter().zip(replies) {
                acknowledge(&shared.metrics, outcome, reply);
            }
        }
        Ok(Err(error)) => {
            tracing::error!(%error, requests = requests.len(), "a batch of answers was not stored");
            refuse_all(replies, SaveError::NotStored);
        }
        Err(_) => {
            let seconds = commit_limit.as_secs_f64();
            tracing::error!(
                seconds,
                requests = requests.len(),
                "the database did not finish a batch of answers in time: whether it is stored is unknown"
            );
            refuse_all(replies, SaveError::TimedOut);
            return false;
        }
    }
    true
}

/// Tells a caller what became of its saves. Called after the commit and nowhere else.
fn acknowledge(metrics: &WriterMetrics, outcome: SaveOutcome, reply: Reply) {
    if let SaveOutcome::Decided { saved, .. } = &outcome {
        metrics
            .acknowledged
            .increment(u64::try_from(saved.len()).unwrap_or(u64::MAX));
    }
    // A caller that has gone away needs no reply; its answer is stored all the same.
    reply.send(Ok(outcome)).ok();
}

fn refuse_all(replies: impl IntoIterator<Item = Reply>, why: SaveError) {
    for reply in replies {
        reply.send(Err(why)).ok();
    }
}

#[cfg(test)]
mod tests;
