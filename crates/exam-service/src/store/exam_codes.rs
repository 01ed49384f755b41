//! Codes on the slips of an exam: one for each candidate, good for this exam alone.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{Account, DatabaseStore, Pending, PeopleRefusal, Staff};
use crate::exam::{ExamId, UserId};

/// An exam for which codes are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodedExam {
    /// Its title.
    pub title: String,
    /// From when it may be started.
    pub starts_at: DateTime<Utc>,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
}

/// A candidate for whom a code is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeHolder {
    /// Who.
    pub user: UserId,
    /// What they sign in with.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// Their student number.
    pub student_number: Option<String>,
}

/// What the service asks of its database about codes of exams.
pub trait ExamCodeStore {
    /// An exam of which `viewer` may print codes.
    fn coded_exam(&self, viewer: Staff, id: ExamId) -> Pending<'_, Option<CodedExam>>;

    /// The candidates of an exam that are not disabled, by their names, at most `limit`; or those of them that are named by
    /// login or student number. One query, two with names.
    fn code_holders<'a>(
        &'a self,
        exam: ExamId,
        only: Option<&'a [String]>,
        limit: u16,
    ) -> Pending<'a, Result<Vec<CodeHolder>, PeopleRefusal>>;

    /// Keeps the hash of a code for each of these candidates, in place of the one they had.
    fn set_exam_codes<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        codes: &'a [(UserId, String)],
    ) -> Pending<'a, ()>;

    /// Whose code this is and for which exam, if the exam can be sat now: from an hour before it begins until it is over, or
    /// while the candidate has time left. `name` is their student number or login.
    fn account_by_exam_code<'a>(
        &'a self,
        name: &'a str,
        hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<(Account, ExamId)>>;
}

impl ExamCodeStore for DatabaseStore {
    fn coded_exam(&self, viewer: Staff, id: ExamId) -> Pending<'_, Option<CodedExam>> {
        Box::pin(self.read_coded_exam(viewer, id))
    }

    fn code_holders<'a>(
        &'a self,
        exam: ExamId,
        only: Option<&'a [String]>,
        limit: u16,
    ) -> Pending<'a, Result<Vec<CodeHolder>, PeopleRefusal>> {
        Box::pin(retrying(move || self.read_code_holders(exam, only, limit)))
    }

    fn set_exam_codes<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        codes: &'a [(UserId, String)],
    ) -> Pending<'a, ()> {
        Box::pin(retrying(move || self.write_exam_codes(staff, exam, codes)))
    }

    fn account_by_exam_code<'a>(
        &'a self,
        name: &'a str,
        hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<(Account, ExamId)>> {
        Box::pin(self.read_account_by_exam_code(name, hash, now))
    }
}
