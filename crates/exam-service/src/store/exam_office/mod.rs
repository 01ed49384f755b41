//! Exams as those who write them see them: made, changed, reviewed, published, and who sits them where.

mod records;

use chrono::{DateTime, Utc};

use super::{DatabaseStore, Page, Pending, Staff, StaffOutcome};
use crate::exam::draft::Frozen;
use crate::exam::timing::Accommodation;
use crate::exam::{CourseId, ExamId, ExamState, UserId};
use crate::store::sql::retrying;

pub use records::{
    AddedCandidates, CandidateLine, CandidateOrder, CloneRequest, ExamChange, ExamDetails,
    ExamFilter, ExamLine, ExamMark, ExamOfCourse, ExamPlan, NewCandidates, StepOutcome,
};

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

    /// The exams of all courses that they may see, in the order of their beginnings, after `after`. One query.
    fn find_exams<'a>(
        &'a self,
        staff: Staff,
        filter: &'a ExamFilter,
        after: Option<ExamMark>,
        limit: usize,
    ) -> Pending<'a, Vec<ExamOfCourse>>;

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

    fn find_exams<'a>(
        &'a self,
        staff: Staff,
        filter: &'a ExamFilter,
        after: Option<ExamMark>,
        limit: usize,
    ) -> Pending<'a, Vec<ExamOfCourse>> {
        Box::pin(self.read_found_exams(staff, filter, after, limit))
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
