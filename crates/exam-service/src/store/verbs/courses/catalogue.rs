//! Departments and courses.

use serde_json::json;

use crate::exam::audit::{Deed, differences};
use crate::exam::{CourseId, DepartmentId};
use crate::store::sql::{Row, Sql, arguments, select_locked};
use crate::store::{
    Course, CourseChange, DatabaseStore, Department, Page, PeopleRefusal, Staff, StoreError,
};

static DEPARTMENTS: Sql =
    Sql::same("SELECT id, name FROM departments WHERE id > $1 ORDER BY id LIMIT $2");
static ADD_DEPARTMENT: Sql =
    Sql::same("INSERT INTO departments (id, name, created_at) VALUES ($1, $2, $3)");
static FIND_DEPARTMENT: Sql = select_locked!("SELECT name FROM departments WHERE id = $1");
static RENAME_DEPARTMENT: Sql = Sql::same("UPDATE departments SET name = $2 WHERE id = $1");

/// The columns of [`course`], of the courses `c` that a viewer with the role `$1` and the id `$2` sees.
macro_rules! courses_seen {
    ($more:literal) => {
        concat!(
            "SELECT c.id, c.code, c.title, c.department_id, c.archived_at, c.created_at,
                    (SELECT count(*) FROM enrolments e WHERE e.course_id = c.id AND e.role = 'student')
             FROM courses c
             WHERE ($1 = 'administrator' OR EXISTS (
                       SELECT 1 FROM enrolments m
                       WHERE m.course_id = c.id AND m.user_id = $2 AND m.role <> 'student')) ",
            $more
        )
    };
}

static LIST: Sql = Sql::same(courses_seen!(
    "AND c.id > $3 AND ($4 = '' OR c.department_id = $4) ORDER BY c.id LIMIT $5"
));
static ONE: Sql = Sql::same(courses_seen!("AND c.id = $3"));
static ADD: Sql = Sql::same(
    "INSERT INTO courses (id, code, title, department_id, created_at) VALUES ($1, $2, $3, $4, $5)",
);
static LOCK: Sql =
    select_locked!("SELECT code, title, department_id, archived_at FROM courses WHERE id = $1");
static CHANGE: Sql = Sql::same(
    "UPDATE courses SET code = $2, title = $3, department_id = $4, archived_at = $5 WHERE id = $1",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_departments(
        &self,
        page: &Page,
    ) -> Result<Vec<Department>, StoreError> {
        let values = arguments![&page.after, page.limit];
        let reading = self.reading("list departments");
        let rows = reading.all(&DEPARTMENTS, values).await?;
        rows.iter()
            .map(|row| {
                Ok(Department {
                    id: row.id(0)?,
                    name: row.string(1)?,
                })
            })
            .collect()
    }

    pub(in crate::store) async fn write_department(
        &self,
        staff: Staff,
        new: &Department,
    ) -> Result<Result<(), PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("make a department").await?;
        let values = arguments![new.id, &new.name, staff.at];
        if !transaction.unless_taken(&ADD_DEPARTMENT, values).await? {
            transaction.rollback().await?;
            return Ok(Err(PeopleRefusal::Taken("name")));
        }
        let entry = staff.did(Deed::DepartmentMade).on(&new.id);
        let entry = entry.with(json!({ "name": new.name }));
        entry.append(&mut transaction).await?;
        transaction.commit().await.map(Ok)
    }

    pub(in crate::store) async fn write_department_name(
        &self,
        staff: Staff,
        changed: &Department,
    ) -> Result<Result<(), PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("rename a department").await?;
        let found = transaction
            .optional(&FIND_DEPARTMENT, arguments![changed.id])
            .await?;
        let Some(row) = found else {
            return Ok(Err(PeopleRefusal::NotFound("department")));
        };
        let renamed = differences([("name", json!(row.text(0)?), json!(changed.name))]);
        if renamed.is_empty() {
            return Ok(Ok(()));
        }
        let values = arguments![changed.id, &changed.name];
        if !transaction.unless_taken(&RENAME_DEPARTMENT, values).await? {
            transaction.rollback().await?;
            return Ok(Err(PeopleRefusal::Taken("name")));
        }
        let entry = staff.did(Deed::DepartmentRenamed).on(&changed.id);
        entry.with(renamed).append(&mut transaction).await?;
        transaction.commit().await.map(Ok)
    }

    pub(in crate::store) async fn read_courses(
        &self,
        viewer: Staff,
        department: Option<DepartmentId>,
        page: &Page,
    ) -> Result<Vec<Course>, StoreError> {
        let department = department.map(|id| id.to_string()).unwrap_or_default();
        let values = arguments![
            viewer.role.as_str(),
            viewer.user,
            &page.after,
            department,
            page.limit
        ];
        let rows = self.reading("list courses").all(&LIST, values).await?;
        rows.iter().map(course).collect()
    }

    pub(in crate::store) async fn read_course(
        &self,
        viewer: Staff,
        id: CourseId,
    ) -> Result<Option<Course>, StoreError> {
        let values = arguments![viewer.role.as_str(), viewer.user, id];
        let row = self
            .reading("look at a course")
            .optional(&ONE, values)
            .await?;
        row.as_ref().map(course).transpose()
    }

    pub(in crate::store) async fn write_course(
        &self,
        staff: Staff,
        new: &Course,
    ) -> Result<Result<(), PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("make a course").await?;
        if let Some(department) = new.department {
            let values = arguments![department];
            if transaction
                .optional(&FIND_DEPARTMENT, values)
                .await?
                .is_none()
            {
                return Ok(Err(PeopleRefusal::NotFound("department")));
            }
        }
        let values = arguments![
            new.id,
            &new.code,
            &new.title,
            new.department,
            new.created_at
        ];
        if !transaction.unless_taken(&ADD, values).await? {
            transaction.rollback().await?;
            return Ok(Err(PeopleRefusal::Taken("code")));
        }
        let entry = staff.did(Deed::CourseMade).on(&new.id).in_course(new.id);
        let entry = entry.with(json!({ "code": new.code, "title": new.title }));
        entry.append(&mut transaction).await?;
        transaction.commit().await.map(Ok)
    }

    pub(in crate::store) async fn write_course_change(
        &self,
        staff: Staff,
        id: CourseId,
        change: &CourseChange,
    ) -> Result<Result<(), PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("change a course").await?;
        let Some(row) = transaction.optional(&LOCK, arguments![id]).await? else {
            return Ok(Err(PeopleRefusal::NotFound("course")));
        };
        let department = change.department.over(row.optional_id(2)?);
        if let Some(wanted) = department {
            let values = arguments![wanted];
            if transaction
                .optional(&FIND_DEPARTMENT, values)
                .await?
                .is_none()
            {
                return Ok(Err(PeopleRefusal::NotFound("department")));
            }
        }
        let archived_at = match change.is_archived {
            None => row.optional_time(3)?,
            Some(true) => Some(row.optional_time(3)?.unwrap_or(staff.at)),
            Some(false) => None,
        };
        let code = change.code.as_deref().unwrap_or(row.text(0)?);
        let title = change.title.as_deref().unwrap_or(row.text(1)?);
        let values = arguments![id, code, title, department, archived_at];
        if !transaction.unless_taken(&CHANGE, values).await? {
            transaction.rollback().await?;
            return Ok(Err(PeopleRefusal::Taken("code")));
        }
        let was_in: Option<DepartmentId> = row.optional_id(2)?;
        let changed = differences([
            ("code", json!(row.text(0)?), json!(code)),
            ("title", json!(row.text(1)?), json!(title)),
            ("department", json!(was_in), json!(department)),
            (
                "archived",
                json!(row.optional_time(3)?.is_some()),
                json!(archived_at.is_some()),
            ),
        ]);
        if !changed.is_empty() {
            let entry = staff.did(Deed::CourseChanged).on(&id).in_course(id);
            entry.with(changed).append(&mut transaction).await?;
        }
        transaction.commit().await.map(Ok)
    }
}

fn course(row: &Row) -> Result<Course, StoreError> {
    Ok(Course {
        id: row.id(0)?,
        code: row.string(1)?,
        title: row.string(2)?,
        department: row.optional_id(3)?,
        archived_at: row.optional_time(4)?,
        created_at: row.time(5)?,
        student_count: row.integer(6)?,
    })
}
