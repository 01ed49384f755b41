//! The exams of all courses that somebody may see.

use super::line;
use crate::exam::{CourseId, ExamState};
use crate::store::exam_office::{ExamFilter, ExamMark, ExamOfCourse};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, Staff, StoreError};

/// Who only watches sees those that were published. Candidates are counted of those that are listed, and of no others;
/// the first condition on `starts_at` says again what the second does, so that databases begin to read there. The exam of
/// a load run is found by its id alone: whoever runs it looks at its board.
static FIND: Sql = Sql::same(
    "SELECT f.id, f.code, f.title, f.state, f.starts_at, f.ends_at, f.duration_seconds, f.question_count,
            (SELECT count(*) FROM candidates c WHERE c.exam_id = f.id), f.course_id, k.code
     FROM (SELECT e.id, e.code, e.title, e.state, e.starts_at, e.ends_at, e.duration_seconds, e.question_count, e.course_id
           FROM exams e
           WHERE e.id <> $1 AND (e.load_run IS NULL OR e.id = $9)
             AND ($2 = 1
                  OR EXISTS (SELECT 1 FROM enrolments n
                             WHERE n.course_id = e.course_id AND n.user_id = $3
                               AND (n.role = 'lecturer'
                                    OR (n.role = 'invigilator' AND e.state IN ('published', 'closed')))))
             AND e.starts_at >= $4 AND (e.starts_at > $4 OR e.id > $5)
             AND e.ends_at >= $6 AND e.starts_at < $7
             AND ($8 = '' OR e.course_id = $8)
             AND ($9 = '' OR e.id = $9)
             AND e.state IN ($10, $11, $12, $13)
           ORDER BY e.starts_at, e.id LIMIT $14) AS f
     LEFT JOIN courses k ON k.id = f.course_id
     ORDER BY f.starts_at, f.id",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_found_exams(
        &self,
        staff: Staff,
        filter: &ExamFilter,
        after: Option<ExamMark>,
        limit: usize,
    ) -> Result<Vec<ExamOfCourse>, StoreError> {
        let wanted = |state: ExamState| {
            let is_wanted = filter.states.is_empty() || filter.states.contains(&state);
            if is_wanted { state.as_str() } else { "" }
        };
        let [draft, review, published, closed] = ExamState::ALL.map(wanted);
        let values = arguments![
            CANARY_EXAM,
            i64::from(staff.is_everywhere()),
            staff.user,
            after.map_or(i64::MIN, |mark| mark.starts_at_ms),
            after.map_or_else(String::new, |mark| mark.exam.to_string()),
            filter.from.map_or(i64::MIN, |at| at.timestamp_millis()),
            filter.until.map_or(i64::MAX, |at| at.timestamp_millis()),
            filter
                .course
                .map_or_else(String::new, |course| course.to_string()),
            filter
                .exam
                .map_or_else(String::new, |exam| exam.to_string()),
            draft,
            review,
            published,
            closed,
            limit
        ];
        let rows = self.reading("find exams").all(&FIND, values).await?;
        rows.iter().map(found).collect()
    }
}

fn found(row: &Row) -> Result<ExamOfCourse, StoreError> {
    let course: Option<CourseId> = row.optional_id(9)?;
    let code = row.optional_text(10)?.map(str::to_owned);
    Ok(ExamOfCourse {
        exam: line(row)?,
        course: course.zip(code),
    })
}
