//! Attempts that are prepared before an exam begins, so that a synchronised start only puts them into effect.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending};
use crate::exam::layout::LayoutError;
use crate::exam::{ExamId, ExamState, UserId};

/// What is prepared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// How far the exam is.
    pub state: ExamState,
    /// When nobody starts it any more.
    pub ends_at: DateTime<Utc>,
    /// Who may sit it.
    pub candidates: i64,
    /// Who has an attempt.
    pub started: i64,
    /// Who has none, and finds one prepared.
    pub prepared: i64,
}

/// A candidate for whom nothing was prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprepared {
    /// Who.
    pub user: UserId,
    /// What is wrong with the paper.
    pub why: LayoutError,
}

/// What was prepared at one go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// For how many.
    pub prepared: usize,
    /// For whom nothing was kept.
    pub failed: Vec<Unprepared>,
    /// Where to go on; `None` at the end.
    pub next: Option<UserId>,
}

/// What belongs to the time before a start.
pub trait PreparationStore {
    /// How far the preparation of an exam is; `None` when there is no such exam.
    fn preparation(&self, exam: ExamId) -> Pending<'_, Option<Preparation>>;

    /// Prepares an attempt for each candidate of a published exam who has none, in the order of their ids after `after`, at
    /// most `limit`: each in a transaction of its own, with as many questions as the paper asks for, or none at all.
    /// Several processes may do so at the same time.
    fn prepare(
        &self,
        exam: ExamId,
        after: Option<UserId>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Pending<'_, Prepared>;

    /// The published exams that begin after `now` and until `until`; at most a hundred.
    fn exams_to_prepare(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Pending<'_, Vec<ExamId>>;
}

impl PreparationStore for DatabaseStore {
    fn preparation(&self, exam: ExamId) -> Pending<'_, Option<Preparation>> {
        Box::pin(self.read_preparation(exam))
    }

    fn prepare(
        &self,
        exam: ExamId,
        after: Option<UserId>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Pending<'_, Prepared> {
        Box::pin(retrying(move || {
            self.write_preparations(exam, after, limit, now)
        }))
    }

    fn exams_to_prepare(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Pending<'_, Vec<ExamId>> {
        Box::pin(self.read_exams_to_prepare(now, until))
    }
}
