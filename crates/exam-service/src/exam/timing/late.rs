//! What it means to start after an exam has begun.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Until when a student may start, and whose the lost time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateStart {
    /// The clock starts with the student: late starters have all of their time, as far as the window goes.
    KeepsTime {
        /// Seconds from the start of the window in which one may start; `None` until it ends.
        within_seconds: Option<u32>,
    },
    /// The clock starts with the window: everybody ends together.
    LosesTime {
        /// As above.
        within_seconds: Option<u32>,
    },
}

/// Whether a student may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartVerdict {
    /// Yes.
    MayStart,
    /// The exam has not begun.
    TooEarly,
    /// Nobody may start any more.
    TooLate,
}

impl Default for LateStart {
    fn default() -> Self {
        Self::KeepsTime {
            within_seconds: None,
        }
    }
}

impl LateStart {
    /// Whether a student may start at `now` in a window from `starts_at` until `ends_at` (no longer in it).
    pub fn verdict(
        self,
        now: DateTime<Utc>,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
    ) -> StartVerdict {
        let (Self::KeepsTime { within_seconds } | Self::LosesTime { within_seconds }) = self;
        let limit = within_seconds.map(|seconds| TimeDelta::seconds(i64::from(seconds)));
        if now < starts_at {
            StartVerdict::TooEarly
        } else if now >= ends_at || limit.is_some_and(|limit| now - starts_at > limit) {
            StartVerdict::TooLate
        } else {
            StartVerdict::MayStart
        }
    }
}
