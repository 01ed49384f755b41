//! Categories: a tree, kept as the path of each.

use serde_json::json;

use super::{may_teach, teaches};
use crate::exam::audit::Deed;
use crate::exam::{CategoryId, CourseId};
use crate::store::bank::MAX_CATEGORIES;
use crate::store::sql::{Row, Sql, Transaction, arguments, select_locked};
use crate::store::{Category, DatabaseStore, Staff, StaffOutcome, StoreError};

static ALL: Sql = Sql::same(
    "SELECT c.id, c.path, (SELECT count(*) FROM questions q WHERE q.category_id = c.id AND q.archived_at IS NULL)
     FROM question_categories c WHERE c.course_id = $1 ORDER BY c.path",
);
/// Whoever changes the categories of a course waits for the others who do.
static LOCK_COURSE: Sql = select_locked!("SELECT id FROM courses WHERE id = $1");
static PATHS: Sql = Sql::same("SELECT id, path FROM question_categories WHERE course_id = $1");
static ADD: Sql =
    Sql::same("INSERT INTO question_categories (id, course_id, path) VALUES ($1, $2, $3)");
static FIND: Sql = Sql::same("SELECT course_id, path FROM question_categories WHERE id = $1");
static SET_PATH: Sql = Sql::same("UPDATE question_categories SET path = $2 WHERE id = $1");
static COUNT_QUESTIONS: Sql = Sql::same("SELECT count(*) FROM questions WHERE category_id = $1");
static REMOVE: Sql = Sql::same("DELETE FROM question_categories WHERE id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn read_categories(
        &self,
        staff: Staff,
        course: CourseId,
    ) -> Result<StaffOutcome<Vec<Category>>, StoreError> {
        let reading = self.reading("list categories");
        if !may_teach(&reading, staff, course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let rows = reading.all(&ALL, arguments![course]).await?;
        let category = |row: &Row| {
            Ok(Category {
                id: row.id(0)?,
                path: row.string(1)?,
                question_count: row.integer(2)?,
            })
        };
        let categories: Result<_, StoreError> = rows.iter().map(category).collect();
        categories.map(StaffOutcome::Done)
    }

    pub(in crate::store) async fn write_category(
        &self,
        staff: Staff,
        course: CourseId,
        path: &str,
    ) -> Result<StaffOutcome<CategoryId>, StoreError> {
        let mut transaction = self.begin_write("make a category").await?;
        if !teaches(&mut transaction, staff, course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let there = paths(&mut transaction, course).await?;
        let made = match ensure(&mut transaction, course, &there, path).await? {
            Ok(made) => made,
            Err(why) => return Ok(StaffOutcome::Refused(why)),
        };
        if !there.iter().any(|(id, _)| *id == made) {
            let entry = staff.did(Deed::CategoryMade).on(&made).in_course(course);
            let entry = entry.with(json!({ "path": path }));
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(StaffOutcome::Done(made))
    }

    pub(in crate::store) async fn write_category_path(
        &self,
        staff: Staff,
        category: CategoryId,
        path: &str,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("move a category").await?;
        let Some((course, old)) = find(&mut transaction, staff, category).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let there = paths(&mut transaction, course).await?;
        if old == path {
            return Ok(StaffOutcome::Done(()));
        }
        if is_below(path, &old) {
            return Ok(StaffOutcome::refused(
                "A category cannot be moved into itself. Choose a path outside of it.",
            ));
        }
        let moved: Vec<(CategoryId, String)> = there
            .iter()
            .filter(|(_, other)| *other == old || is_below(other, &old))
            .map(|(id, other)| (*id, format!("{path}{}", &other[old.len()..])))
            .collect();
        let is_taken = |new: &str| there.iter().any(|(_, other)| other == new);
        if moved.iter().any(|(_, new)| is_taken(new)) {
            return Ok(StaffOutcome::refused(
                "There is a category with that path. Choose another, or move the questions into it.",
            ));
        }
        if moved
            .iter()
            .any(|(_, new)| new.chars().count() > MAX_PATH_CHARACTERS)
        {
            return Ok(StaffOutcome::refused(
                "A category below it would have too long a path. Choose a shorter one.",
            ));
        }
        if let Some((around, _)) = path.rsplit_once('/')
            && let Err(why) = ensure(&mut transaction, course, &there, around).await?
        {
            return Ok(StaffOutcome::Refused(why));
        }
        for (id, new) in moved {
            transaction.execute(&SET_PATH, arguments![id, &new]).await?;
        }
        let entry = staff.did(Deed::CategoryMoved).on(&category);
        let detail = json!({ "path": { "from": old, "to": path } });
        let entry = entry.in_course(course).with(detail);
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }

    pub(in crate::store) async fn write_category_removal(
        &self,
        staff: Staff,
        category: CategoryId,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("remove a category").await?;
        let Some((course, path)) = find(&mut transaction, staff, category).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let there = paths(&mut transaction, course).await?;
        let row = transaction
            .one(&COUNT_QUESTIONS, arguments![category])
            .await?;
        if row.flag(0)? || there.iter().any(|(_, other)| is_below(other, &path)) {
            return Ok(StaffOutcome::refused(
                "There are questions in it, archived ones perhaps, or categories below it. Move them first.",
            ));
        }
        transaction.execute(&REMOVE, arguments![category]).await?;
        let entry = staff.did(Deed::CategoryRemoved).on(&category);
        let entry = entry.in_course(course).with(json!({ "path": path }));
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }
}

/// The longest path, in characters.
pub(in crate::store) const MAX_PATH_CHARACTERS: usize = 500;

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Every category of the course, once nobody else changes them.
async fn paths(
    transaction: &mut Transaction,
    course: CourseId,
) -> Result<Vec<(CategoryId, String)>, StoreError> {
    transaction.one(&LOCK_COURSE, arguments![course]).await?;
    let rows = transaction.all(&PATHS, arguments![course]).await?;
    rows.iter()
        .map(|row| Ok((row.id(0)?, row.string(1)?)))
        .collect()
}

/// The category with this path, made with those around it where they are missing; or why it cannot be.
async fn ensure(
    transaction: &mut Transaction,
    course: CourseId,
    there: &[(CategoryId, String)],
    path: &str,
) -> Result<Result<CategoryId, String>, StoreError> {
    let find = |wanted: &str| there.iter().find(|(_, path)| path == wanted);
    let ends = path.match_indices('/').map(|(at, _)| at);
    let missing: Vec<&str> = ends
        .chain([path.len()])
        .map(|end| &path[..end])
        .filter(|path| find(path).is_none())
        .collect();
    if there.len() + missing.len() > MAX_CATEGORIES {
        return Ok(Err(format!(
            "A course has at most {MAX_CATEGORIES} categories. Remove some first."
        )));
    }
    let mut made = find(path).map(|(id, _)| *id);
    for path in missing {
        let id = CategoryId::generate();
        transaction
            .execute(&ADD, arguments![id, course, path])
            .await?;
        made = Some(id);
    }
    made.map(Ok)
        .ok_or_else(|| StoreError::Corrupt("a category without a path".to_owned()))
}

/// The course and the path of a category that is theirs.
async fn find(
    transaction: &mut Transaction,
    staff: Staff,
    category: CategoryId,
) -> Result<Option<(CourseId, String)>, StoreError> {
    let Some(row) = transaction.optional(&FIND, arguments![category]).await? else {
        return Ok(None);
    };
    let course = row.id(0)?;
    let is_theirs = teaches(transaction, staff, course).await?;
    is_theirs.then(|| Ok((course, row.string(1)?))).transpose()
}
