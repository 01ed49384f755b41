//! Groups of a course and who is in them.

use serde_json::json;

use super::enrolments::enrolment;
use super::names::resolve;
use crate::exam::audit::{Deed, those};
use crate::exam::{CourseId, GroupId};
use crate::store::sql::{Row, Sql, arguments, select_locked};
use crate::store::{DatabaseStore, Enrolment, Group, Page, PeopleRefusal, Staff, StoreError};

static LIST: Sql = Sql::same(
    "SELECT g.id, g.name, (SELECT count(*) FROM group_members m WHERE m.group_id = g.id)
     FROM course_groups g WHERE g.course_id = $1 AND g.id > $2 ORDER BY g.id LIMIT $3",
);
static FIND: Sql = Sql::same("SELECT id FROM course_groups WHERE course_id = $1 AND id = $2");
static LOCK: Sql =
    select_locked!("SELECT name FROM course_groups WHERE course_id = $1 AND id = $2");
static ADD: Sql = Sql::same("INSERT INTO course_groups (id, course_id, name) VALUES ($1, $2, $3)");
static REMOVE: Sql = Sql::same("DELETE FROM course_groups WHERE id = $1");
static MEMBERS: Sql = Sql::same(
    "SELECT u.id, u.login, u.display_name, u.student_number, e.role
     FROM group_members m
     JOIN users u ON u.id = m.user_id
     JOIN enrolments e ON e.course_id = $1 AND e.user_id = m.user_id
     WHERE m.group_id = $2 AND m.user_id > $3
     ORDER BY m.user_id LIMIT $4",
);
static MEMBER_IDS: Sql =
    Sql::same("SELECT user_id FROM group_members WHERE group_id = $1 ORDER BY user_id");
static REMOVE_MEMBERS: Sql = Sql::same("DELETE FROM group_members WHERE group_id = $1");
static ADD_MEMBERS: Sql = Sql::each(
    "INSERT INTO group_members (group_id, user_id) SELECT $2, value FROM json_each($1)",
    "INSERT INTO group_members (group_id, user_id)
     SELECT $2, w.person FROM JSON_TABLE($1, '$[*]' COLUMNS (person VARCHAR(36) PATH '$')) AS w",
    "INSERT INTO group_members (group_id, user_id)
     SELECT $2, w.person FROM json_array_elements_text($1::json) AS w (person)",
);
/// Nobody is taken out of the course while they are put into a group of it.
static LOCK_COURSE: Sql = select_locked!("SELECT id FROM courses WHERE id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn read_groups(
        &self,
        course: CourseId,
        page: &Page,
    ) -> Result<Vec<Group>, StoreError> {
        let values = arguments![course, &page.after, page.limit];
        let reading = self.reading("list the groups of a course");
        let rows = reading.all(&LIST, values).await?;
        rows.iter().map(group).collect()
    }

    pub(in crate::store) async fn write_group(
        &self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
        name: &str,
    ) -> Result<Result<(), PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("make a group").await?;
        let values = arguments![id, course, name];
        if !transaction.unless_taken(&ADD, values).await? {
            transaction.rollback().await?;
            return Ok(Err(PeopleRefusal::Taken("name")));
        }
        let entry = staff.did(Deed::GroupMade).on(&id).in_course(course);
        let entry = entry.with(json!({ "name": name }));
        entry.append(&mut transaction).await?;
        transaction.commit().await.map(Ok)
    }

    pub(in crate::store) async fn write_group_removal(
        &self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write("take a group away").await?;
        let found = transaction.optional(&LOCK, arguments![course, id]).await?;
        let Some(row) = found else {
            return Ok(false);
        };
        for statement in [&REMOVE_MEMBERS, &REMOVE] {
            transaction.execute(statement, arguments![id]).await?;
        }
        let entry = staff.did(Deed::GroupRemoved).on(&id).in_course(course);
        let entry = entry.with(json!({ "name": row.text(0)? }));
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn read_members(
        &self,
        course: CourseId,
        id: GroupId,
        page: &Page,
    ) -> Result<Option<Vec<Enrolment>>, StoreError> {
        let reading = self.reading("list the members of a group");
        if reading
            .optional(&FIND, arguments![course, id])
            .await?
            .is_none()
        {
            return Ok(None);
        }
        let values = arguments![course, id, &page.after, page.limit];
        let rows = reading.all(&MEMBERS, values).await?;
        rows.iter()
            .map(enrolment)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(in crate::store) async fn write_members(
        &self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
        people: &[String],
    ) -> Result<Result<usize, PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("set the members of a group").await?;
        transaction
            .optional(&LOCK_COURSE, arguments![course])
            .await?;
        let found = transaction.optional(&LOCK, arguments![course, id]).await?;
        if found.is_none() {
            return Ok(Err(PeopleRefusal::NotFound("group")));
        }
        let ids = match resolve(&mut transaction, people, &course.to_string()).await? {
            Ok(ids) => ids,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let count = ids.len();
        let rows = transaction.all(&MEMBER_IDS, arguments![id]).await?;
        let there: Vec<String> = rows
            .iter()
            .map(|row| row.string(0))
            .collect::<Result<_, _>>()?;
        if there == ids {
            return Ok(Ok(count));
        }
        transaction.execute(&REMOVE_MEMBERS, arguments![id]).await?;
        let values = arguments![json!(ids).to_string(), id];
        transaction.execute(&ADD_MEMBERS, values).await?;
        let entry = staff.did(Deed::GroupMembersSet).on(&id).in_course(course);
        let entry = entry.with(json!({ "people": those(&ids) }));
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Ok(count))
    }
}

fn group(row: &Row) -> Result<Group, StoreError> {
    Ok(Group {
        id: row.id(0)?,
        name: row.string(1)?,
        member_count: row.integer(2)?,
    })
}
