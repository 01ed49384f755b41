//! What one attempt was granted while it ran: credits and pauses, as they are kept beside it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Pause, PauseReason};

/// The most credits and the most pauses of one attempt: more are no exam any more.
const LIMIT: usize = 200;

/// The most breaks of one attempt: they leave room for what staff do.
const MOST_BREAKS: usize = 50;

/// Time that was given to an attempt while it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// How much, in seconds.
    pub seconds: u32,
    /// When it was given, to the millisecond.
    pub given_at: DateTime<Utc>,
}

/// Credits and pauses of one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Time credits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// Times in which its clock stood still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
}

/// What is left to an attempt of the breaks that were granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreaksLeft {
    /// How many may still be begun; none where no time is left.
    pub count: usize,
    /// How long they may be together.
    pub time: TimeDelta,
}

impl Grants {
    /// How much each credit is, as the formula takes them.
    pub fn credited(&self) -> Vec<TimeDelta> {
        let seconds = self.credits.iter().map(|credit| i64::from(credit.seconds));
        seconds.map(TimeDelta::seconds).collect()
    }

    /// Adds a credit; `false` when there are too many.
    pub fn add_credit(&mut self, seconds: u32, given_at: DateTime<Utc>) -> bool {
        let has_room = self.credits.len() < LIMIT;
        if has_room {
            self.credits.push(Credit { seconds, given_at });
        }
        has_room
    }

    /// Takes a credit away; `false` when it was never given, or is taken away already.
    pub fn take_credit(&mut self, credit: Credit) -> bool {
        // Databases keep milliseconds.
        let is_meant = |one: &Credit| {
            one.seconds == credit.seconds
                && one.given_at.timestamp_millis() == credit.given_at.timestamp_millis()
        };
        let place = self.credits.iter().position(is_meant);
        place.map(|at| self.credits.remove(at)).is_some()
    }

    /// How many breaks may still be begun, however much of them was granted.
    pub fn breaks_left(&self) -> usize {
        let is_break = |pause: &&Pause| pause.reason == PauseReason::Break;
        let taken = self.pauses.iter().filter(is_break).count();
        MOST_BREAKS
            .saturating_sub(taken)
            .min(LIMIT.saturating_sub(self.pauses.len()))
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
        let has_room = self.breaks_left() > 0;
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
