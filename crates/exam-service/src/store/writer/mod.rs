//! How answers reach the disk: one writer, one transaction for everything that waits, then each caller its own reply.
//!
//! There is no artificial delay: while one batch is being committed the next one gathers. The invariant of the whole
//! service is here: **a caller hears of success only after `COMMIT` has returned.**

use std::sync::Arc;
use std::time::Instant;

use metrics::{Counter, Gauge, Histogram};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::{SaveOutcome, SaveRequest, Store};
use crate::clock::Clock;

/// Why a save has no outcome. All of these may be sent again without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SaveError {
    /// As many requests wait as may wait.
    #[error("too many saves are waiting")]
    QueueFull,
    /// The transaction failed, or it is unknown whether its commit went through.
    #[error("the answers could not be stored")]
    NotStored,
    /// The writer has stopped: the service is going down.
    #[error("the service is shutting down")]
    Stopped,
}

/// Bounds of the writer.
#[derive(Debug, Clone, Copy)]
pub struct WriterLimits {
    /// How many requests may wait.
    pub queue: usize,
    /// How many requests one transaction takes; fewer when they carry many answers.
    pub batch: usize,
}

/// What the writer counts.
#[derive(Clone)]
pub struct WriterMetrics {
    /// Requests waiting.
    pub queue_depth: Gauge,
    /// Requests per transaction.
    pub batch_size: Histogram,
    /// Seconds per transaction, commit included.
    pub commit_seconds: Histogram,
    /// Answers acknowledged.
    pub acknowledged: Counter,
}

/// From how many answers on a transaction takes no more requests.
const BATCH_ANSWERS: usize = 4096;

type Reply = oneshot::Sender<Result<SaveOutcome, SaveError>>;

struct Waiting {
    request: SaveRequest,
    reply: Reply,
}

/// The way into the writer. Clones share the queue.
#[derive(Clone)]
pub struct SaveQueue {
    sender: mpsc::Sender<Waiting>,
    metrics: WriterMetrics,
}

impl SaveQueue {
    /// Saves and waits until the outcome is durable.
    ///
    /// # Errors
    /// At once when the queue is full; later when the batch failed.
    pub async fn save(&self, request: SaveRequest) -> Result<SaveOutcome, SaveError> {
        let (reply, outcome) = oneshot::channel();
        self.sender
            .try_send(Waiting { request, reply })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => SaveError::QueueFull,
                mpsc::error::TrySendError::Closed(_) => SaveError::Stopped,
            })?;
        outcome.await.unwrap_or(Err(SaveError::Stopped))
    }

    /// How many requests wait.
    pub fn depth(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Whether the writer takes requests.
    pub fn is_running(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Returns when the writer takes no more requests.
    pub async fn stopped(&self) {
        self.sender.closed().await;
    }

    /// Brings the gauge of waiting requests up to date.
    pub fn record_depth(&self) {
        self.metrics
            .queue_depth
            .set(u32::try_from(self.depth()).map_or(f64::MAX, f64::from));
    }
}

/// The running writer.
pub struct Writer {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts the writer over `store`.
    pub fn start(
        store: Arc<dyn Store>,
        clock: Clock,
        limits: WriterLimits,
        metrics: WriterMetrics,
    ) -> (Self, SaveQueue) {
        let (sender, receiver) = mpsc::channel(limits.queue);
        let (stop, stopped) = watch::channel(false);
        let queue = SaveQueue {
            sender,
            metrics: metrics.clone(),
        };
        let task = tokio::spawn(write_until_stopped(
            store,
            clock,
            limits.batch,
            metrics,
            receiver,
            stopped,
        ));
        (Self { stop, task }, queue)
    }

    /// Takes no more requests, writes what waits, and returns when the last reply is out.
    pub async fn flush(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the writer of answers ended abnormally");
        }
    }
}

async fn write_until_stopped(
    store: Arc<dyn Store>,
    clock: Clock,
    batch_limit: usize,
    metrics: WriterMetrics,
    mut receiver: mpsc::Receiver<Waiting>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut batch = Vec::with_capacity(batch_limit);
    loop {
        let is_there = tokio::select! {
            biased;
            // What is in the queue at this point is still received; new requests are refused.
            _ = stopped.changed(), if !receiver.is_closed() => {
                receiver.close();
                continue;
            }
            is_there = gather(&mut receiver, &mut batch, batch_limit) => is_there,
        };
        if !is_there {
            return;
        }
        write_batch(store.as_ref(), &clock, &metrics, &mut batch).await;
    }
}

/// Waits for a request and takes what waits behind it, within the limits; `false` when there will be none any more.
async fn gather(
    receiver: &mut mpsc::Receiver<Waiting>,
    batch: &mut Vec<Waiting>,
    batch_limit: usize,
) -> bool {
    let Some(first) = receiver.recv().await else {
        return false;
    };
    let mut answers = first.request.answers.len();
    batch.push(first);
    while batch.len() < batch_limit && answers < BATCH_ANSWERS {
        let Ok(next) = receiver.try_recv() else { break };
        answers += next.request.answers.len();
        batch.push(next);
    }
    true
}

async fn write_batch(
    store: &dyn Store,
    clock: &Clock,
    metrics: &WriterMetrics,
    batch: &mut Vec<Waiting>,
) {
    let (requests, replies): (Vec<SaveRequest>, Vec<_>) = batch
        .drain(..)
        .map(|waiting| (waiting.request, waiting.reply))
        .unzip();
    metrics
        .batch_size
        .record(u32::try_from(requests.len()).map_or(f64::MAX, f64::from));
    let began = Instant::now();
    let result = store.save_answers(&requests, clock.now()).await;
    metrics.commit_seconds.record(began.elapsed());
    match result {
        Ok(outcomes) => {
            for (outcome, reply) in outcomes.into_iter().zip(replies) {
                acknowledge(metrics, outcome, reply);
            }
        }
        Err(error) => {
            tracing::error!(%error, requests = requests.len(), "a batch of answers was not stored");
            replies.into_iter().for_each(refuse);
        }
    }
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

fn refuse(reply: Reply) {
    reply.send(Err(SaveError::NotStored)).ok();
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
