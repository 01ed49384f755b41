//! Questions changed, archived and taken back.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::adding::{ADD_TAGS, NO_CATEGORY, document, is_in_course, search_text, tag_rows};
use super::reading::question;
use super::teaches;
use crate::exam::audit::Deed;
use crate::exam::{CategoryId, CourseId, QuestionId};
use crate::store::bank::{BankQuestion, QuestionChange};
use crate::store::sql::{Row, Sql, Transaction, arguments, select_locked};
use crate::store::{DatabaseStore, Staff, StaffOutcome, StoreError};

static LOCK: Sql = select_locked!(
    "SELECT course_id, version, category_id, archived_at FROM questions WHERE id = $1"
);
static DOCUMENT: Sql = Sql::same(
    "SELECT document, changed_by, changed_at FROM question_versions WHERE question_id = $1 AND version = $2",
);
static CHANGE: Sql = Sql::same(
    "UPDATE questions SET version = $2, category_id = $3, kind = $4, difficulty = $5, search_text = $6 WHERE id = $1",
);
static ADD_VERSION: Sql = Sql::same(
    "INSERT INTO question_versions (question_id, version, document, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)",
);
static REMOVE_TAGS: Sql = Sql::same("DELETE FROM question_tags WHERE question_id = $1");
static ARCHIVE: Sql = Sql::same("UPDATE questions SET archived_at = $2 WHERE id = $1");
static TAKE_BACK: Sql = Sql::same("UPDATE questions SET archived_at = NULL WHERE id = $1");

impl DatabaseStore {
    pub(in crate::store) async fn write_question_change(
        &self,
        staff: Staff,
        change: &QuestionChange,
    ) -> Result<StaffOutcome<BankQuestion>, StoreError> {
        let id = change.question.id;
        let mut transaction = self.begin_write("change a question").await?;
        let Some((row, course)) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        let current = row.integer(1)?;
        let newest = transaction.one(&DOCUMENT, arguments![id, current]).await?;
        let category: Option<CategoryId> = match row.optional_text(2)? {
            None => None,
            Some(_) => Some(row.id(2)?),
        };
        let is_done = question(&newest)? == change.question && category == change.category;
        let bank_question = |version, changed_by, changed_at| BankQuestion {
            question: change.question.clone(),
            course,
            category: change.category,
            version,
            archived_at: None,
            changed_by,
            changed_at,
        };
        let archived_at = row.optional_time(3)?;
        // Said twice, or nothing changed: no further version.
        if is_done && (change.version == current || change.version + 1 == current) {
            return Ok(StaffOutcome::Done(BankQuestion {
                archived_at,
                ..bank_question(current, newest.id(1)?, newest.time(2)?)
            }));
        }
        if change.version != current {
            return Ok(StaffOutcome::Outdated { current });
        }
        if !is_in_course(&mut transaction, change.category, course).await? {
            return Ok(StaffOutcome::refused(NO_CATEGORY));
        }
        let version = current + 1;
        write_version(&mut transaction, staff, change, version).await?;
        let entry = staff.did(Deed::QuestionChanged).on(&id).in_course(course);
        // Which versions: the bank keeps what is in each.
        let entry = entry.with(json!({ "version": { "from": current, "to": version } }));
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(BankQuestion {
            archived_at,
            ..bank_question(version, staff.user, change.now)
        }))
    }

    pub(in crate::store) async fn write_question_archiving(
        &self,
        staff: Staff,
        id: QuestionId,
        archived: bool,
        now: DateTime<Utc>,
    ) -> Result<StaffOutcome<()>, StoreError> {
        let mut transaction = self.begin_write("archive a question").await?;
        let Some((row, course)) = lock(&mut transaction, staff, id).await? else {
            return Ok(StaffOutcome::NotFound);
        };
        if row.optional_time(3)?.is_some() == archived {
            return Ok(StaffOutcome::Done(()));
        }
        let deed = if archived {
            transaction.execute(&ARCHIVE, arguments![id, now]).await?;
            Deed::QuestionArchived
        } else {
            transaction.execute(&TAKE_BACK, arguments![id]).await?;
            Deed::QuestionTakenBack
        };
        let entry = staff.did(deed).on(&id).in_course(course);
        entry.append(&mut transaction).await?;
        transaction.commit().await?;
        Ok(StaffOutcome::Done(()))
    }
}

/// The row of a question that is theirs, until the end of the transaction, with its course.
async fn lock(
    transaction: &mut Transaction,
    staff: Staff,
    id: QuestionId,
) -> Result<Option<(Row, CourseId)>, StoreError> {
    let Some(row) = transaction.optional(&LOCK, arguments![id]).await? else {
        return Ok(None);
    };
    let course = row.id(0)?;
    let is_theirs = teaches(transaction, staff, course).await?;
    Ok(is_theirs.then_some((row, course)))
}

async fn write_version(
    transaction: &mut Transaction,
    staff: Staff,
    change: &QuestionChange,
    version: i64,
) -> Result<(), StoreError> {
    let question = &change.question;
    let values = arguments![
        question.id,
        version,
        change.category,
        question.kind.as_str(),
        question.difficulty.map(i64::from),
        search_text(question)
    ];
    transaction.execute(&CHANGE, values).await?;
    let values = arguments![
        question.id,
        version,
        document(question)?,
        staff.user,
        change.now
    ];
    transaction.execute(&ADD_VERSION, values).await?;
    let of_question = arguments![question.id];
    transaction.execute(&REMOVE_TAGS, of_question).await?;
    let tags = Value::Array(tag_rows(question).collect()).to_string();
    transaction.execute(&ADD_TAGS, arguments![tags]).await?;
    Ok(())
}
