//! Answers that are checked in practice.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending};
use crate::exam::{AttemptId, QuestionId, Sequence};

/// What practice asks of the database.
pub trait PracticeStore {
    /// Notes that this save of an answer was checked, once for each save; how many were by now. That the attempt is
    /// practice was found out before.
    fn note_check(
        &self,
        attempt: AttemptId,
        question: QuestionId,
        sequence: Sequence,
        now: DateTime<Utc>,
    ) -> Pending<'_, i64>;
}

impl PracticeStore for DatabaseStore {
    fn note_check(
        &self,
        attempt: AttemptId,
        question: QuestionId,
        sequence: Sequence,
        now: DateTime<Utc>,
    ) -> Pending<'_, i64> {
        Box::pin(retrying(move || {
            self.write_check(attempt, question, sequence, now)
        }))
    }
}
