//! What one attempt was granted while it ran: credits and pauses, as they are kept beside it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Pause, PauseReason};

/// The most credits and the most pauses of one attempt: more are no exam any more.
const LIMIT: usize = 200;

/// The most breaks of one attempt: they leave room for what staff do.
const MOST_BREAKS: usize = 50;

/// Credits and pauses of one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Time credits, in seconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits_seconds: Vec<u32>,
    /// Times in which its clock stood still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
}

impl Grants {
    /// The credits as the formula takes them.
    pub fn credits(&self) -> Vec<TimeDelta> {
        let seconds = self
            .credits_seconds
            .iter()
            .map(|&seconds| i64::from(seconds));
        seconds.map(TimeDelta::seconds).collect()
    }

    /// Adds a credit; `false` when there are too many.
    pub fn add_credit(&mut self, seconds: u32) -> bool {
        let has_room = self.credits_seconds.len() < LIMIT;
        if has_room {
            self.credits_seconds.push(seconds);
        }
        has_room
    }

    /// Adds a time that is given back; `false` when there are too many.
    pub fn add_interruption(&mut self, from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> bool {
        let has_room = self.pauses.len() < LIMIT;
        if has_room {
            self.pauses.push(Pause {
                reason: PauseReason::Interruption,
                from,
                until,
            });
        }
        has_room
    }

    /// Adds a break that begins; `false` when there are too many.
    pub fn add_break(&mut self, from: DateTime<Utc>) -> bool {
        let is_break = |pause: &&Pause| pause.reason == PauseReason::Break;
        let has_room =
            self.pauses.len() < LIMIT && self.pauses.iter().filter(is_break).count() < MOST_BREAKS;
        if has_room {
            self.pauses.push(Pause {
                reason: PauseReason::Break,
                from,
                until: None,
            });
        }
        has_room
    }

    /// Ends the pause that lasts.
    pub fn end_pause(&mut self, now: DateTime<Utc>) {
        for pause in &mut self.pauses {
            pause.until.get_or_insert(now);
        }
    }
}
