//! What the store is asked about those who sit an exam by those who watch it, and by the service itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff};
use crate::exam::audit::{ChainEnd, ChainedLine};
use crate::exam::invigilation::Measure;
use crate::exam::{AttemptId, ExamId, MessageId};

/// Something that an invigilator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// Its text.
    pub body: String,
    /// When.
    pub sent_at: DateTime<Utc>,
}

/// To whom something is done: of each student, the latest attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Everybody who sits the exam.
    All,
    /// These attempts; those of other exams are left alone.
    Attempts(Vec<AttemptId>),
    /// Whose seat begins like this.
    Room(String),
    /// Who is in this group, by its id.
    Group(String),
}

/// Something that an invigilator wants done.
#[derive(Debug, Clone)]
pub struct ActionRequest {
    /// Who.
    pub staff: Staff,
    /// In which exam.
    pub exam: ExamId,
    /// The client's name for this request: sent again, it is not done again.
    pub key: String,
    /// SHA-256 of what was asked for.
    pub request_hash: String,
    /// To whom.
    pub target: Target,
    /// What is done, if something is.
    pub measure: Option<Measure>,
    /// What is said, if something is.
    pub message: Option<String>,
    /// Why, for the log.
    pub reason: Option<String>,
    /// When.
    pub now: DateTime<Utc>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionReceipt {
    /// The line of the log.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// How many attempts it was about.
    pub targeted: usize,
    /// For how many of them it changed something.
    pub changed: usize,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionOutcome {
    /// No such exam, or it is not theirs.
    NotFound,
    /// The key was used for something else.
    KeyUsedBefore,
    /// It is done, now or when the same request came before.
    Done(ActionReceipt),
}

/// A piece of the log of what staff did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Its lines.
    pub lines: Vec<ChainedLine>,
    /// Whether they follow each other and what is before them; else the number of the first that does not.
    pub chain: Result<ChainEnd, i64>,
}

/// What belongs to those who watch exams.
pub trait SittingStore {
    /// What was said to the student of an attempt, the newest last; at most the last hundred.
    fn messages(&self, attempt: AttemptId) -> Pending<'_, Vec<Message>>;

    /// Does something to attempts, once for each key of an account, and writes it to the log.
    fn act<'a>(&'a self, request: &'a ActionRequest) -> Pending<'a, ActionOutcome>;

    /// At most `limit` lines of the log after the line `after`, checked.
    fn audit(&self, after: i64, limit: i64) -> Pending<'_, AuditPage>;

    /// Checks the whole chain, its recorded end included; the number of the first line at which it does not hold.
    fn check_audit(&self) -> Pending<'_, Result<ChainEnd, i64>>;
}

impl SittingStore for DatabaseStore {
    fn messages(&self, attempt: AttemptId) -> Pending<'_, Vec<Message>> {
        Box::pin(self.read_messages(attempt))
    }

    fn act<'a>(&'a self, request: &'a ActionRequest) -> Pending<'a, ActionOutcome> {
        Box::pin(retrying(move || self.write_action(request)))
    }

    fn audit(&self, after: i64, limit: i64) -> Pending<'_, AuditPage> {
        Box::pin(self.read_audit(after, limit))
    }

    fn check_audit(&self) -> Pending<'_, Result<ChainEnd, i64>> {
        Box::pin(self.read_audit_chain())
    }
}
