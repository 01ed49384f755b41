//! Rooms with seats, and who is given which.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff, StaffOutcome};
use crate::exam::ExamId;
use crate::exam::seating::{Assignment, SeatPlan, TooFewSeats, Wish};

/// The rooms of an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamRooms {
    /// The exam's title.
    pub title: String,
    /// From when it can be started.
    pub starts_at: DateTime<Utc>,
    /// The rooms; none until somebody says.
    pub plan: SeatPlan,
    /// Counted up by each change; 0: there was none.
    pub version: i64,
}

/// What seats ask of the database. Rooms are changed by those whose exam it is, and seen by those who watch it as well.
pub trait SeatPlanStore {
    /// The rooms of an exam.
    fn exam_rooms(&self, staff: Staff, exam: ExamId) -> Pending<'_, StaffOutcome<ExamRooms>>;

    /// Keeps a plan that was checked, unless somebody has changed it since `seen_version`; its new version. The same plan
    /// once more is found to be kept. Nobody is seated by it.
    fn set_seat_plan<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        plan: &'a SeatPlan,
        seen_version: i64,
    ) -> Pending<'a, StaffOutcome<i64>>;

    /// Gives the seats of the plan to candidates, all of them or none; with `applies` false it is only found out how.
    fn assign_seats<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        wish: &'a Wish,
        applies: bool,
    ) -> Pending<'a, StaffOutcome<Result<Assignment, TooFewSeats>>>;
}

impl SeatPlanStore for DatabaseStore {
    fn exam_rooms(&self, staff: Staff, exam: ExamId) -> Pending<'_, StaffOutcome<ExamRooms>> {
        Box::pin(self.read_exam_rooms(staff, exam))
    }

    fn set_seat_plan<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        plan: &'a SeatPlan,
        seen_version: i64,
    ) -> Pending<'a, StaffOutcome<i64>> {
        Box::pin(retrying(move || {
            self.write_seat_plan(staff, exam, plan, seen_version)
        }))
    }

    fn assign_seats<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        wish: &'a Wish,
        applies: bool,
    ) -> Pending<'a, StaffOutcome<Result<Assignment, TooFewSeats>>> {
        Box::pin(retrying(move || {
            self.write_assignment(staff, exam, wish, applies)
        }))
    }
}
