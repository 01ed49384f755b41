//! The way into the writer: what callers and the writer share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, oneshot, watch};

use super::fair_queue::{FairQueue, Full, Weight};
use super::{SaveError, SaveOutcome, SaveRequest, WriterLimits, WriterMetrics};
use crate::exam::UserId;

/// Where a caller waits for its outcome.
pub(super) type Reply = oneshot::Sender<Result<SaveOutcome, SaveError>>;

/// A request that waits for its batch.
pub(super) struct Waiting {
    pub(super) request: SaveRequest,
    pub(super) reply: Reply,
    since: Instant,
}

/// What callers and the writer share.
pub(super) struct Shared {
    queue: Mutex<FairQueue<Waiting>>,
    arrived: Notify,
    /// Changed while `queue` is locked, so that nothing comes in after the last look.
    closed: watch::Sender<bool>,
    pub(super) metrics: WriterMetrics,
}

impl Shared {
    pub(super) fn new(limits: WriterLimits, metrics: WriterMetrics) -> Self {
        Self {
            queue: Mutex::new(FairQueue::new(limits.queue, limits.queue_bytes)),
            arrived: Notify::new(),
            closed: watch::Sender::new(false),
            metrics,
        }
    }

    /// No operation on the queue leaves it half done, so a panic elsewhere says nothing about it.
    fn queue(&self) -> MutexGuard<'_, FairQueue<Waiting>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no more requests; what waits is still written.
    pub(super) fn close(&self) {
        let queue = self.queue();
        self.closed.send_replace(true);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Waits for a request and takes what waits with it; `None` when there will be none any more. Whoever is in it has
    /// to be [`finish`](Self::finish)ed.
    pub(super) async fn next_batch(&self, most_requests: usize) -> Option<Vec<Waiting>> {
        loop {
            let batch = {
                let mut queue = self.queue();
                let batch = queue.take_batch(most_requests);
                if queue.requests() == 0 && batch.is_empty() && *self.closed.borrow() {
                    return None;
                }
                batch
            };
            if !batch.is_empty() {
                return Some(batch);
            }
            self.arrived.notified().await;
        }
    }

    /// A batch with requests of these accounts has its outcome.
    pub(super) fn finish(&self, accounts: impl IntoIterator<Item = UserId>) {
        self.queue().finish(accounts);
        self.arrived.notify_one();
    }

    /// Whom nothing can be promised any more.
    pub(super) fn take_all(&self) -> Vec<Reply> {
        let waiting = self.queue().take_everything();
        waiting.into_iter().map(|waiting| waiting.reply).collect()
    }

    pub(super) fn record_batch(&self, batch: &[Waiting], began: Instant) {
        self.metrics.batch_size.record(count(batch.len()));
        for waiting in batch {
            self.metrics.wait_seconds.record(began - waiting.since);
        }
    }
}

/// Closes the queue and lets go of everything in it when the writer ends, by itself or in a panic.
pub(super) struct CloseAtEnd(pub(super) Arc<Shared>);

impl Drop for CloseAtEnd {
    fn drop(&mut self) {
        self.0.close();
        // Each caller hears from its dropped reply that the writer has stopped.
        drop(self.0.take_all());
    }
}

/// The way into the writer. Clones share the queue.
#[derive(Clone)]
pub struct SaveQueue(Arc<Shared>);

impl SaveQueue {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Saves and waits until the outcome is durable. `bytes` is what the request holds in memory, about: the length of
    /// its body.
    ///
    /// # Errors
    /// At once when too much waits, of all or of this account; later when the batch failed.
    pub async fn save(&self, request: SaveRequest, bytes: usize) -> Result<SaveOutcome, SaveError> {
        let result = match self.push(request, bytes) {
            Ok(outcome) => outcome.await.unwrap_or(Err(SaveError::Stopped)),
            Err(refused) => Err(refused),
        };
        result.inspect_err(|error| self.0.metrics.count_failed(*error))
    }

    fn push(
        &self,
        request: SaveRequest,
        bytes: usize,
    ) -> Result<oneshot::Receiver<Result<SaveOutcome, SaveError>>, SaveError> {
        let (reply, outcome) = oneshot::channel();
        let weight = Weight {
            answers: request.answers.len(),
            bytes,
        };
        let waiting = Waiting {
            request,
            reply,
            since: Instant::now(),
        };
        {
            let mut queue = self.0.queue();
            if *self.0.closed.borrow() {
                return Err(SaveError::Stopped);
            }
            queue
                .push(waiting.request.user, weight, waiting)
                .map_err(|full| match full {
                    Full::Queue => SaveError::QueueFull,
                    Full::Lane => SaveError::AccountBusy,
                })?;
        }
        self.0.arrived.notify_one();
        Ok(outcome)
    }

    /// How many requests wait.
    pub fn depth(&self) -> usize {
        self.0.queue().requests()
    }

    /// Whether the writer takes requests.
    pub fn is_running(&self) -> bool {
        !*self.0.closed.borrow()
    }

    /// Returns when the writer takes no more requests.
    pub async fn stopped(&self) {
        // Its sender lives as long as this does.
        self.0
            .closed
            .subscribe()
            .wait_for(|closed| *closed)
            .await
            .ok();
    }

    /// Brings the gauges of what waits up to date.
    pub fn record_depth(&self) {
        let (requests, bytes) = {
            let queue = self.0.queue();
            (queue.requests(), queue.bytes())
        };
        self.0.metrics.queue_depth.set(count(requests));
        self.0.metrics.queue_bytes.set(count(bytes));
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
