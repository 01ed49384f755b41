//! Latencies by what was asked and when, and what failed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Latencies are kept to a microsecond, up to this.
const LONGEST: Duration = Duration::from_mins(2);

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Figures(Mutex<BTreeMap<&'static str, Row>>);

struct Row {
    microseconds: Histogram<u64>,
    /// How often which status or error came.
    failures: BTreeMap<String, u64>,
}

impl Figures {
    /// Counts a request; `failure`: the status or error if it was no success.
    pub(crate) fn count(&self, what: &'static str, latency: Duration, failure: Option<String>) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.entry(what).or_insert_with(Row::new);
        if let Some(failure) = failure {
            *row.failures.entry(failure).or_default() += 1;
        }
        let latency = u64::try_from(latency.min(LONGEST).as_micros()).unwrap_or(u64::MAX);
        row.microseconds.saturating_record(latency);
    }

    pub(crate) fn print(&self) {
        println!(
            "\n| request | sent | p50 ms | p95 ms | p99 ms | longest ms | failed |\n|---|---|---|---|---|---|---|"
        );
        for (what, row) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let at = |share: f64| milliseconds(row.microseconds.value_at_quantile(share));
            let failures: Vec<String> = row
                .failures
                .iter()
                .map(|(why, times)| format!("{times} x {why}"))
                .collect();
            println!(
                "| {what} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {} |",
                row.microseconds.len(),
                at(0.5),
                at(0.95),
                at(0.99),
                milliseconds(row.microseconds.max()),
                if failures.is_empty() {
                    "0".to_owned()
                } else {
                    failures.join(", ")
                },
            );
        }
    }
}

impl Row {
    fn new() -> Self {
        let longest = u64::try_from(LONGEST.as_micros()).unwrap_or(u64::MAX);
        Self {
            microseconds: Histogram::new_with_bounds(1, longest, 3)
                .expect("bounds that a histogram can have"),
            failures: BTreeMap::new(),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "latencies are far below 2^52 microseconds"
)]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}
