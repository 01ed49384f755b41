//! What the writer counts; `README.md` of this crate says it to whoever reads `/metrics`.

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};

use super::SaveError;

const METADATA: Metadata<'static> =
    Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// Histograms of seconds.
pub const SECONDS: [&str; 2] = [WAIT_SECONDS, COMMIT_SECONDS];
/// The histogram of requests per transaction.
pub const BATCH_SIZE: &str = "exam_save_batch_size";
const WAIT_SECONDS: &str = "exam_save_wait_seconds";
const COMMIT_SECONDS: &str = "exam_save_commit_seconds";

/// The writer's counters.
#[derive(Clone)]
pub struct WriterMetrics {
    /// Requests waiting.
    pub(super) queue_depth: Gauge,
    /// Bytes of the bodies of the requests waiting.
    pub(super) queue_bytes: Gauge,
    /// Requests per transaction.
    pub(super) batch_size: Histogram,
    /// Seconds from a request's arrival at the queue to the beginning of its transaction.
    pub(super) wait_seconds: Histogram,
    /// Seconds per transaction, commit included.
    pub(super) commit_seconds: Histogram,
    /// Answers acknowledged.
    pub(super) acknowledged: Counter,
    /// Requests without an outcome, in the order of [`SaveError::ALL`].
    refused: [Counter; SaveError::ALL.len()],
}

impl WriterMetrics {
    /// Counters of `recorder`.
    pub fn register(recorder: &impl Recorder) -> Self {
        let key = Key::from_static_name;
        let histogram = |name| recorder.register_histogram(&key(name), &METADATA);
        let gauge = |name| recorder.register_gauge(&key(name), &METADATA);
        let refused = |error: SaveError| {
            let reason = vec![Label::new("reason", error.as_str())];
            let key = Key::from_parts("exam_save_requests_failed_total", reason);
            recorder.register_counter(&key, &METADATA)
        };
        Self {
            queue_depth: gauge("exam_save_queue_depth"),
            queue_bytes: gauge("exam_save_queue_bytes"),
            batch_size: histogram(BATCH_SIZE),
            wait_seconds: histogram(WAIT_SECONDS),
            commit_seconds: histogram(COMMIT_SECONDS),
            acknowledged: recorder
                .register_counter(&key("exam_saves_acknowledged_total"), &METADATA),
            refused: SaveError::ALL.map(refused),
        }
    }

    pub(super) fn count_failed(&self, error: SaveError) {
        for (known, counter) in SaveError::ALL.iter().zip(&self.refused) {
            if *known == error {
                counter.increment(1);
            }
        }
    }
}
