//! Who is in a course.

use serde_json::json;

use super::names::resolve;
use crate::exam::audit::{Deed, those};
use crate::exam::{CourseId, UserId};
use crate::store::sql::{Row, Sql, arguments, select_locked};
use crate::store::verbs::accounts::role;
use crate::store::{DatabaseStore, Enrolment, Page, PeopleRefusal, Role, Staff, StoreError};

static LIST: Sql = Sql::same(
    "SELECT u.id, u.login, u.display_name, u.student_number, e.role
     FROM enrolments e JOIN users u ON u.id = e.user_id
     WHERE e.course_id = $1 AND e.user_id > $2 AND ($3 = '' OR e.role = $3)
     ORDER BY e.user_id LIMIT $4",
);
/// Who enrols waits for the others who do so in the same course.
static LOCK_COURSE: Sql = select_locked!("SELECT archived_at FROM courses WHERE id = $1");
static ENROL: Sql = Sql::each(
    "INSERT INTO enrolments (course_id, user_id, role) SELECT $2, value, $3 FROM json_each($1) WHERE true
     ON CONFLICT (course_id, user_id) DO UPDATE SET role = excluded.role",
    "INSERT INTO enrolments (course_id, user_id, role)
     SELECT $2, w.person, $3 FROM JSON_TABLE($1, '$[*]' COLUMNS (person VARCHAR(36) PATH '$')) AS w
     ON DUPLICATE KEY UPDATE enrolments.role = $3",
    "INSERT INTO enrolments (course_id, user_id, role)
     SELECT $2, w.person, $3 FROM json_array_elements_text($1::json) AS w (person)
     ON CONFLICT (course_id, user_id) DO UPDATE SET role = excluded.role",
);
/// How many of these are in it with this part already.
static THERE: Sql = Sql::each(
    "SELECT count(*) FROM json_each($1) w CROSS JOIN enrolments e ON e.course_id = $2 AND e.user_id = w.value
     WHERE e.role = $3",
    "SELECT count(*) FROM JSON_TABLE($1, '$[*]' COLUMNS (person VARCHAR(36) PATH '$')) AS w
     STRAIGHT_JOIN enrolments e ON e.course_id = $2 AND e.user_id = w.person WHERE e.role = $3",
    "SELECT count(*) FROM json_array_elements_text($1::json) AS w (person)
     JOIN enrolments e ON e.course_id = $2 AND e.user_id = w.person WHERE e.role = $3",
);
static LEAVE_GROUPS: Sql = Sql::same(
    "DELETE FROM group_members WHERE user_id = $2 AND group_id IN (SELECT id FROM course_groups WHERE course_id = $1)",
);
static END: Sql = Sql::same("DELETE FROM enrolments WHERE course_id = $1 AND user_id = $2");

impl DatabaseStore {
    pub(in crate::store) async fn read_enrolments(
        &self,
        course: CourseId,
        role: Option<Role>,
        page: &Page,
    ) -> Result<Vec<Enrolment>, StoreError> {
        let role = role.map_or("", Role::as_str);
        let values = arguments![course, &page.after, role, page.limit];
        let reading = self.reading("list who is in a course");
        let rows = reading.all(&LIST, values).await?;
        rows.iter().map(enrolment).collect()
    }

    pub(in crate::store) async fn write_enrolments(
        &self,
        staff: Staff,
        course: CourseId,
        people: &[String],
        role: Role,
    ) -> Result<Result<usize, PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("enrol in a course").await?;
        let found = transaction
            .optional(&LOCK_COURSE, arguments![course])
            .await?;
        if found.is_none() {
            return Ok(Err(PeopleRefusal::NotFound("course")));
        }
        let ids = match resolve(&mut transaction, people, "").await? {
            Ok(ids) => ids,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let count = ids.len();
        let values = arguments![json!(ids).to_string(), course, role.as_str()];
        let there = transaction.one(&THERE, values).await?.integer(0)?;
        if i64::try_from(count).is_ok_and(|count| count == there) {
            return Ok(Ok(count));
        }
        transaction.execute(&ENROL, values).await?;
        let entry = staff.did(Deed::PeopleEnrolled).on(&course);
        let detail = json!({ "role": role.as_str(), "people": those(&ids) });
        let entry = entry.in_course(course).with(detail);
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Ok(count))
    }

    pub(in crate::store) async fn write_enrolment_end(
        &self,
        staff: Staff,
        course: CourseId,
        user: UserId,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("take somebody out of a course").await?;
        transaction
            .optional(&LOCK_COURSE, arguments![course])
            .await?;
        let values = arguments![course, user];
        transaction.execute(&LEAVE_GROUPS, values).await?;
        if transaction.execute(&END, values).await? > 0 {
            let entry = staff.did(Deed::EnrolmentEnded).on(&user);
            entry.in_course(course).append(&mut transaction).await?;
        }
        transaction.commit().await
    }
}

/// Somebody in a course, from the columns id, login, `display_name`, `student_number`, role.
pub(super) fn enrolment(row: &Row) -> Result<Enrolment, StoreError> {
    Ok(Enrolment {
        user: row.id(0)?,
        login: row.string(1)?,
        display_name: row.string(2)?,
        student_number: row.optional_text(3)?.map(str::to_owned),
        role: role(row.text(4)?)?,
    })
}
