//! The exams of a course, for its trend.

use crate::store::Staff;
use crate::store::results::CourseExams;
use crate::store::sql::{Sql, arguments};
use crate::store::{DatabaseStore, StoreError};

static COURSE: Sql = Sql::same("SELECT code FROM courses WHERE id = $1");
static EXAMS: Sql = Sql::same(
    "SELECT e.id, (SELECT count(*) FROM attempts a WHERE a.exam_id = e.id)
     FROM exams e WHERE e.course_id = $1 AND e.load_run IS NULL AND e.state IN ('published', 'closed')
     ORDER BY e.starts_at DESC, e.id DESC LIMIT $2",
);
static MEMBERS: Sql = Sql::same(
    "SELECT g.name, m.user_id FROM course_groups g JOIN group_members m ON m.group_id = g.id
     WHERE g.course_id = $1 ORDER BY g.name, m.user_id",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_course_exams(
        &self,
        course: &str,
        grader: Staff,
        limit: i64,
    ) -> Result<Option<CourseExams>, StoreError> {
        let reading = self.reading("read the exams of a course");
        let Some(row) = reading.optional(&COURSE, arguments![course]).await? else {
            return Ok(None);
        };
        if !self.teaches(Some(course), grader).await? {
            return Ok(None);
        }
        let exams = reading.all(&EXAMS, arguments![course, limit]).await?;
        let members = reading.all(&MEMBERS, arguments![course]).await?;
        let exams = exams.iter().map(|row| Ok((row.id(0)?, row.integer(1)?)));
        let members = members.iter().map(|row| Ok((row.string(0)?, row.id(1)?)));
        Ok(Some(CourseExams {
            code: row.string(0)?,
            exams: exams.collect::<Result<_, StoreError>>()?,
            members: members.collect::<Result<_, StoreError>>()?,
        }))
    }
}
