//! Breaks that students take themselves, as far as they were granted.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending};
use crate::exam::timing::BreaksLeft;
use crate::exam::{AttemptId, UserId};

/// What a student wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakStep {
    /// To leave.
    Begin,
    /// To go on.
    End,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakOutcome {
    /// Whether it changed anything; a repeat does not, nor does what is not possible.
    pub is_changed: bool,
    /// What is left of the breaks that were granted; `None` where none were.
    pub left: Option<BreaksLeft>,
}

/// What breaks ask of the database.
pub trait BreakStore {
    /// Begins or ends a break of `user`; `None` when the attempt is not theirs.
    fn take_break(
        &self,
        attempt: AttemptId,
        user: UserId,
        step: BreakStep,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<BreakOutcome>>;

    /// What is left of the breaks that were granted to the student of an attempt; `None` where none were.
    fn breaks_left(
        &self,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<BreaksLeft>>;

    /// Lets the clocks run on of those whose breaks are used up, each from the moment at which it was; of how many, at most
    /// `limit`. Several processes may do so at the same time.
    fn use_up_breaks(&self, now: DateTime<Utc>, limit: i64) -> Pending<'_, u64>;
}

impl BreakStore for DatabaseStore {
    fn take_break(
        &self,
        attempt: AttemptId,
        user: UserId,
        step: BreakStep,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<BreakOutcome>> {
        Box::pin(retrying(move || self.write_break(attempt, user, step, now)))
    }

    fn breaks_left(
        &self,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<BreaksLeft>> {
        Box::pin(self.read_breaks_left(attempt, now))
    }

    fn use_up_breaks(&self, now: DateTime<Utc>, limit: i64) -> Pending<'_, u64> {
        Box::pin(retrying(move || self.write_used_up_breaks(now, limit)))
    }
}
