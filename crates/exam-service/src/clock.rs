//! What time it is: the only place that asks the operating system.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A source of the current time, to the millisecond (what the database keeps).
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A time that stands still until a test moves it. Clones share it.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(now.timestamp_millis())))
    }

    /// The current time, cut to whole milliseconds.
    pub fn now(&self) -> DateTime<Utc> {
        let milliseconds = match self {
            Self::System => system_now().timestamp_millis(),
            Self::Fixed(at) => at.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
    }

    /// Moves a fixed clock forward; the machine's clock is left alone.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Fixed(at) = self {
            at.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this module is where time enters the program"
)]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}
