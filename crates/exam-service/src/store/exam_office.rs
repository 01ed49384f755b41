//! Exams as those who write them see them: made, changed, reviewed, published, and who sits them where.

use chrono::{DateTime, TimeDelta, Utc};

use super::{DatabaseStore, Page, Pending, Staff, StaffOutcome};
use crate::exam::draft::Frozen;
use crate::exam::review::{Finding, Window};
use crate::exam::timing::Accommodation;
use crate::exam::{CourseId, Draft, ExamId, ExamRules, ExamState, GroupId, UserId};
use crate::store::sql::retrying;

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

/// The verbs of exam authors. An exam is theirs who teach its course, and an administrator's; who watches a course sees its
/// candidates.
pub trait ExamOfficeStore {
    /// Makes a draft. A code that is taken is refused.
    fn create_exam<'a>(
        &'a self,
        staff: Staff,
        plan: &'a ExamPlan,
    ) -> Pending<'a, StaffOutcome<ExamDetails>>;

    /// An exam.
    fn exam(&self, staff: Staff, id: ExamId) -> Pending<'_, StaffOutcome<ExamDetails>>;

    /// The exams of a course in the order in which they were made; for those who only watch, those that were published.
    /// One query.
    fn exams<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<ExamLine>>>;

    /// Changes a draft, or the window and the rules of a published exam. The same change once more is found to be done.
    fn change_exam<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        change: &'a ExamChange,
        now: DateTime<Utc>,
    ) -> Pending<'a, StaffOutcome<ExamDetails>>;

    /// The paper: as it was published, or as the bank would make it now, with what is wrong with it.
    fn paper(&self, staff: Staff, id: ExamId) -> Pending<'_, StaffOutcome<Frozen>>;

    /// Takes an exam to another state; publishing freezes what the bank has now.
    fn set_exam_state(
        &self,
        staff: Staff,
        id: ExamId,
        state: ExamState,
        now: DateTime<Utc>,
    ) -> Pending<'_, StaffOutcome<StepOutcome>>;

    /// Somebody who did not make the exam has looked at it in review, as it was at `revision`, and found it good.
    fn approve_exam(
        &self,
        staff: Staff,
        id: ExamId,
        revision: i64,
        now: DateTime<Utc>,
    ) -> Pending<'_, StaffOutcome<ExamDetails>>;

    /// Makes a draft that asks the same. A code that is taken is refused.
    fn clone_exam<'a>(
        &'a self,
        staff: Staff,
        original: ExamId,
        request: &'a CloneRequest,
    ) -> Pending<'a, StaffOutcome<ExamDetails>>;

    /// Lets students sit an exam; those who may already stay as they are.
    fn add_candidates<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        new: &'a NewCandidates,
    ) -> Pending<'a, StaffOutcome<AddedCandidates>>;

    /// Takes back that a student may sit an exam, unless they have started; one who may not is no error.
    fn remove_candidate(
        &self,
        staff: Staff,
        id: ExamId,
        user: UserId,
    ) -> Pending<'_, StaffOutcome<()>>;

    /// Who may sit an exam. One query.
    fn candidates<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        order: CandidateOrder,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<CandidateLine>>>;

    /// What a candidate is granted; not once they have started.
    fn set_accommodation(
        &self,
        staff: Staff,
        id: ExamId,
        user: UserId,
        accommodation: Accommodation,
    ) -> Pending<'_, StaffOutcome<()>>;

    /// Where candidates sit, by login or number; all of them or none. No seat is given twice.
    fn set_seats<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        seats: &'a [(String, Option<String>)],
    ) -> Pending<'a, StaffOutcome<()>>;
}

impl ExamOfficeStore for DatabaseStore {
    fn create_exam<'a>(
        &'a self,
        staff: Staff,
        plan: &'a ExamPlan,
    ) -> Pending<'a, StaffOutcome<ExamDetails>> {
        Box::pin(retrying(move || self.write_exam(staff, plan)))
    }

    fn exam(&self, staff: Staff, id: ExamId) -> Pending<'_, StaffOutcome<ExamDetails>> {
        Box::pin(async move { self.read_exam(staff, id).await.map(StaffOutcome::found) })
    }

    fn exams<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<ExamLine>>> {
        Box::pin(self.read_exams(staff, course, page))
    }

    fn change_exam<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        change: &'a ExamChange,
        now: DateTime<Utc>,
    ) -> Pending<'a, StaffOutcome<ExamDetails>> {
        Box::pin(retrying(move || {
            self.write_exam_change(staff, id, change, now)
        }))
    }

    fn paper(&self, staff: Staff, id: ExamId) -> Pending<'_, StaffOutcome<Frozen>> {
        Box::pin(self.read_frozen(staff, id))
    }

    fn set_exam_state(
        &self,
        staff: Staff,
        id: ExamId,
        state: ExamState,
        now: DateTime<Utc>,
    ) -> Pending<'_, StaffOutcome<StepOutcome>> {
        Box::pin(retrying(move || {
            self.write_exam_state(staff, id, state, now)
        }))
    }

    fn approve_exam(
        &self,
        staff: Staff,
        id: ExamId,
        revision: i64,
        now: DateTime<Utc>,
    ) -> Pending<'_, StaffOutcome<ExamDetails>> {
        Box::pin(retrying(move || {
            self.write_approval(staff, id, revision, now)
        }))
    }

    fn clone_exam<'a>(
        &'a self,
        staff: Staff,
        original: ExamId,
        request: &'a CloneRequest,
    ) -> Pending<'a, StaffOutcome<ExamDetails>> {
        Box::pin(retrying(move || self.write_clone(staff, original, request)))
    }

    fn add_candidates<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        new: &'a NewCandidates,
    ) -> Pending<'a, StaffOutcome<AddedCandidates>> {
        Box::pin(retrying(move || self.write_candidates(staff, id, new)))
    }

    fn remove_candidate(
        &self,
        staff: Staff,
        id: ExamId,
        user: UserId,
    ) -> Pending<'_, StaffOutcome<()>> {
        Box::pin(retrying(move || {
            self.write_candidate_removal(staff, id, user)
        }))
    }

    fn candidates<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        order: CandidateOrder,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<CandidateLine>>> {
        Box::pin(self.read_candidates(staff, id, order, page))
    }

    fn set_accommodation(
        &self,
        staff: Staff,
        id: ExamId,
        user: UserId,
        accommodation: Accommodation,
    ) -> Pending<'_, StaffOutcome<()>> {
        Box::pin(retrying(move || {
            self.write_accommodation(staff, id, user, accommodation)
        }))
    }

    fn set_seats<'a>(
        &'a self,
        staff: Staff,
        id: ExamId,
        seats: &'a [(String, Option<String>)],
    ) -> Pending<'a, StaffOutcome<()>> {
        Box::pin(retrying(move || self.write_seats(staff, id, seats)))
    }
}
