//! Load runs: a marked exam with marked students, made to try the service with. Nobody who counts or lists sees them, and
//! they are taken away as a whole.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{DatabaseStore, Pending};
use crate::exam::{ExamId, LoadRun, Paper, UserId};

/// A load run to be made.
#[derive(Debug, Clone)]
pub struct NewLoadRun {
    /// Its name.
    pub run: LoadRun,
    /// What its exam asks, under the id that the exam will have.
    pub paper: Paper,
    /// How many students.
    pub students: u32,
    /// The one password of all of them, hashed.
    pub password_hash: String,
    /// From when on its exam is open.
    pub now: DateTime<Utc>,
    /// For how long from then on.
    pub open_for: TimeDelta,
}

/// What became of a load run that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadSeeding {
    /// It is there now, with these logins.
    Made(Vec<String>),
    /// Something of a run with this name is there already. Nothing was changed.
    Exists,
    /// An account that belongs to no load run has a login that this run would give. Nothing was changed.
    LoginTaken(String),
}

/// A load run that is there, as a whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadRunListing {
    /// Its name.
    pub run: LoadRun,
    /// Its exam, and until when that is open; `None` where only accounts are left.
    pub exam: Option<(ExamId, DateTime<Utc>)>,
    /// When the first of it was made.
    pub created_at: DateTime<Utc>,
    /// Students.
    pub accounts: i64,
    /// Attempts.
    pub attempts: i64,
    /// Those of them that take answers.
    pub open_attempts: i64,
}

/// What was taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LoadPurge {
    /// The runs of which there was something.
    pub runs: Vec<LoadRun>,
    /// Students.
    pub accounts: u64,
    /// Exams.
    pub exams: u64,
    /// Attempts.
    pub attempts: u64,
    /// Answers as they last were; what came before them is gone as well.
    pub answers: u64,
}

/// What somebody who is about to send load has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadTarget {
    /// The run of the account that asks.
    pub run: LoadRun,
    /// Exams of people that are sat or may be started now.
    pub open_exams: i64,
}

/// What the service asks of load runs while it serves.
pub trait LoadRunStore {
    /// For an account of a load run: its run, and how many real exams are open.
    fn load_target(&self, user: UserId, now: DateTime<Utc>) -> Pending<'_, Option<LoadTarget>>;

    /// Whether the account was made for a load run whose exam is over.
    fn is_load_over(&self, user: UserId, now: DateTime<Utc>) -> Pending<'_, bool>;
}

impl LoadRunStore for DatabaseStore {
    fn load_target(&self, user: UserId, now: DateTime<Utc>) -> Pending<'_, Option<LoadTarget>> {
        Box::pin(self.read_load_target(user, now))
    }

    fn is_load_over(&self, user: UserId, now: DateTime<Utc>) -> Pending<'_, bool> {
        Box::pin(self.read_is_load_over(user, now))
    }
}
