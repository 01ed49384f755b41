//! The question bank of each course.

mod adding;
mod categories;
mod changing;
mod media;
pub(super) mod reading;

use crate::exam::CourseId;
use crate::store::sql::{Argument, Reading, Sql, Transaction};
use crate::store::{Staff, StoreError};

/// Whether a course is somebody's: they are an administrator, or in it with one of these parts.
macro_rules! is_theirs {
    ($parts:literal) => {
        Sql::same(concat!(
            "SELECT count(*) FROM courses c WHERE c.id = $1
               AND ($2 = 1 OR EXISTS (SELECT 1 FROM enrolments e
                                      WHERE e.course_id = c.id AND e.user_id = $3 AND e.role IN (",
            $parts,
            ")))"
        ))
    };
}

static TEACHES: Sql = is_theirs!("'lecturer'");
static WATCHES: Sql = is_theirs!("'lecturer', 'invigilator'");

/// Whether they may write questions and exams of the course.
pub(super) async fn teaches(
    transaction: &mut Transaction,
    staff: Staff,
    course: CourseId,
) -> Result<bool, StoreError> {
    let row = transaction.one(&TEACHES, &course_of(staff, course)).await?;
    row.flag(0)
}

/// The same, outside of a transaction.
pub(super) async fn may_teach(
    reading: &Reading<'_>,
    staff: Staff,
    course: CourseId,
) -> Result<bool, StoreError> {
    let row = reading.one(&TEACHES, &course_of(staff, course)).await?;
    row.flag(0)
}

/// Whether they may see the exams of the course.
pub(super) async fn may_watch(
    reading: &Reading<'_>,
    staff: Staff,
    course: CourseId,
) -> Result<bool, StoreError> {
    let row = reading.one(&WATCHES, &course_of(staff, course)).await?;
    row.flag(0)
}

fn course_of(staff: Staff, course: CourseId) -> [Argument<'static>; 3] {
    [
        Argument::from(course),
        Argument::from(i64::from(staff.is_everywhere())),
        Argument::from(staff.user),
    ]
}
