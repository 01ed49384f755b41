//! What those who write exams put in and get out.

use chrono::{DateTime, TimeDelta, Utc};

use crate::exam::review::{Finding, Window};
use crate::exam::timing::Accommodation;
use crate::exam::{CourseId, Draft, ExamId, ExamRules, ExamState, GroupId, UserId};

/// An exam with all that its authors see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamDetails {
    /// Which.
    pub id: ExamId,
    /// Its stable name for tools.
    pub code: String,
    /// Whose it is; `None`: only administrators change it.
    pub course: Option<CourseId>,
    /// Its title.
    pub title: String,
    /// How far it has come.
    pub state: ExamState,
    /// From when to when it can be sat.
    pub window: Window,
    /// How long one attempt may take.
    pub duration: TimeDelta,
    /// How many questions one attempt is asked.
    pub question_count: i64,
    /// How it is sat.
    pub rules: ExamRules,
    /// What it is to ask, or was to until it was published; `None` where a paper came without one.
    pub draft: Option<Draft>,
    /// Counted up by each change.
    pub revision: i64,
    /// Who made it.
    pub author: Option<UserId>,
    /// Who else found it good, and when.
    pub review: Option<(UserId, DateTime<Utc>)>,
    /// Who published it, and when.
    pub publication: Option<(UserId, DateTime<Utc>)>,
}

/// An exam in the list of its course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamLine {
    /// Which.
    pub id: ExamId,
    /// Its stable name for tools.
    pub code: String,
    /// Its title.
    pub title: String,
    /// How far it has come.
    pub state: ExamState,
    /// From when to when it can be sat.
    pub window: Window,
    /// How long one attempt may take.
    pub duration: TimeDelta,
    /// How many questions one attempt is asked.
    pub question_count: i64,
    /// How many may sit it.
    pub candidate_count: i64,
}

/// Which exams are looked for; all of it has to hold.
#[derive(Debug, Clone, Default)]
pub struct ExamFilter {
    /// In one of these states; empty: in any.
    pub states: Vec<ExamState>,
    /// It ends then or later.
    pub from: Option<DateTime<Utc>>,
    /// It begins before.
    pub until: Option<DateTime<Utc>>,
    /// Of this course.
    pub course: Option<CourseId>,
    /// This one alone.
    pub exam: Option<ExamId>,
}

/// After which exam a list goes on, in the order of their beginnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExamMark {
    /// From when it can be sat, in Unix milliseconds.
    pub starts_at_ms: i64,
    /// Which one.
    pub exam: ExamId,
}

/// An exam with the course that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamOfCourse {
    /// The exam.
    pub exam: ExamLine,
    /// Its course with that one's code; `None`: it is in none.
    pub course: Option<(CourseId, String)>,
}

/// An exam to be made, as a draft.
#[derive(Debug, Clone)]
pub struct ExamPlan {
    /// Which it will be.
    pub id: ExamId,
    /// Its stable name for tools.
    pub code: String,
    /// Whose it is.
    pub course: CourseId,
    /// Its title.
    pub title: String,
    /// From when to when it can be sat.
    pub window: Window,
    /// How long one attempt may take.
    pub duration: TimeDelta,
    /// How it is sat.
    pub rules: ExamRules,
    /// What it is to ask.
    pub draft: Draft,
}

/// A change of an exam; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ExamChange {
    /// The revision that its author had before them.
    pub revision: i64,
    /// Its title.
    pub title: Option<String>,
    /// From when it can be sat.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
    /// How long one attempt may take.
    pub duration: Option<TimeDelta>,
    /// How it is sat.
    pub rules: Option<ExamRules>,
    /// What it is to ask.
    pub draft: Option<Draft>,
}

/// What became of a step of the workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// It was taken, or had been before.
    Taken(Box<ExamDetails>),
    /// It cannot be published like this.
    HasErrors(Vec<Finding>),
}

/// A copy to be made of an exam.
#[derive(Debug, Clone)]
pub struct CloneRequest {
    /// Which the copy will be.
    pub id: ExamId,
    /// Its stable name for tools.
    pub code: String,
    /// Its title; `None`: as the original's.
    pub title: Option<String>,
    /// From when to when the copy can be sat.
    pub window: Window,
    /// Whether the same students may sit it.
    pub with_candidates: bool,
}

/// Who is to sit an exam.
#[derive(Debug, Clone)]
pub enum NewCandidates {
    /// Students with these logins or numbers; all of them or none.
    Named(Vec<String>),
    /// Everybody who learns in the course of the exam.
    Enrolled,
    /// The members of a group of that course.
    Group(GroupId),
}

/// What became of new candidates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedCandidates {
    /// How many may sit it now who could not.
    pub added: u64,
    /// Names that no student has; then nobody was added.
    pub unknown: Vec<String>,
}

/// A candidate in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateLine {
    /// Which account.
    pub user: UserId,
    /// Its login.
    pub login: String,
    /// What they are called.
    pub display_name: String,
    /// Their number.
    pub student_number: Option<String>,
    /// Where they sit.
    pub seat: Option<String>,
    /// What they were granted.
    pub accommodation: Accommodation,
    /// How often they have started.
    pub attempt_count: i64,
}

/// In which order candidates are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateOrder {
    /// All of them, by account.
    Account,
    /// Those with a seat, by seat.
    Seat,
}
