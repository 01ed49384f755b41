//! Answers out of emergency files, merged with what is stored.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff};
use crate::exam::emergency::{FileAnswer, MergedAnswer};
use crate::exam::{AttemptId, ExamId, QuestionId, UserId};

/// A file that staff want to count.
#[derive(Clone)]
pub struct MergeRequest {
    /// Who wants it.
    pub staff: Staff,
    /// At which exam.
    pub exam: ExamId,
    /// The attempt that the file is bound to.
    pub attempt: AttemptId,
    /// The candidate that it is bound to.
    pub user: UserId,
    /// When the file was written, by its page.
    pub written_at: DateTime<Utc>,
    /// SHA-256 of the file, in hexadecimal, for the log.
    pub file_sha256: String,
    /// Its answers.
    pub answers: Vec<FileAnswer>,
    /// Why, for the log.
    pub reason: Option<String>,
    /// Whether it is only said what would be done.
    pub is_dry_run: bool,
    /// When.
    pub now: DateTime<Utc>,
}

/// What was, or would be, done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeReport {
    /// The line of the log; `None` when nothing was changed.
    pub audit_number: Option<i64>,
    /// When the attempt was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When its time was or is over.
    pub deadline_at: DateTime<Utc>,
    /// Whether its student can see the result already, because the exam's rules show it at once.
    pub is_result_visible: bool,
    /// Each answer of the file, in the order in which they were made.
    pub answers: Vec<MergedAnswer>,
    /// The questions of which a person had graded the answer that was replaced: they wait again.
    pub to_grade_again: Vec<QuestionId>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeOutcome {
    /// No such exam, or it is not theirs.
    NotFound,
    /// The exam has no such attempt of that candidate.
    NoSuchAttempt,
    /// The results were released at this time: nothing changes without students being told.
    Released(DateTime<Utc>),
    /// It is done, or would be.
    Merged(MergeReport),
}

/// What belongs to emergency files.
pub trait EmergencyFileStore {
    /// Merges the answers of a file, by sequence, in one transaction with its line of the log. The same file again changes
    /// nothing.
    fn merge_file<'a>(&'a self, request: &'a MergeRequest) -> Pending<'a, MergeOutcome>;
}

impl EmergencyFileStore for DatabaseStore {
    fn merge_file<'a>(&'a self, request: &'a MergeRequest) -> Pending<'a, MergeOutcome> {
        Box::pin(retrying(move || self.write_file(request)))
    }
}
