//! Exams as their authors work on them.

mod candidates;
mod changing;
mod finding;
mod making;
mod publishing;
pub(super) mod rooms;
mod seats;

use chrono::{DateTime, TimeDelta, Utc};

use super::bank::{may_teach, may_watch, teaches};
use super::canaries::CANARY_EXAM;
use crate::exam::review::Window;
use crate::exam::{CourseId, Draft, ExamId, ExamRules, ExamState, UserId};
use crate::store::exam_office::{ExamDetails, ExamLine};
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::{DatabaseStore, Page, Staff, StaffOutcome, StoreError};

macro_rules! exam {
    ($end:literal) => {
        concat!(
            "SELECT id, code, course_id, title, state, starts_at, ends_at, duration_seconds, question_count, rules, draft,
                    revision, author_id, reviewer_id, reviewed_at, publisher_id, published_at
             FROM exams WHERE id = $1 AND id <> $2 AND load_run IS NULL",
            $end
        )
    };
}

static FIND: Sql = Sql::same(exam!(""));
/// Who changes an exam waits for others who do.
static LOCK: Sql = Sql::each(exam!(""), exam!(" FOR UPDATE"), exam!(" FOR UPDATE"));
static LIST: Sql = Sql::same(
    "SELECT e.id, e.code, e.title, e.state, e.starts_at, e.ends_at, e.duration_seconds, e.question_count,
            (SELECT count(*) FROM candidates c WHERE c.exam_id = e.id)
     FROM exams e
     WHERE e.course_id = $1 AND e.load_run IS NULL AND e.id > $2 AND ($3 = 1 OR e.state IN ('published', 'closed'))
     ORDER BY e.id LIMIT $4",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_exam(
        &self,
        staff: Staff,
        id: ExamId,
    ) -> Result<Option<ExamDetails>, StoreError> {
        let reading = self.reading("read an exam");
        let found = reading.optional(&FIND, arguments![id, CANARY_EXAM]).await?;
        let Some(exam) = found.as_ref().map(details).transpose()? else {
            return Ok(None);
        };
        let is_theirs = match exam.course {
            Some(course) => may_teach(&reading, staff, course).await?,
            None => staff.is_everywhere(),
        };
        Ok(is_theirs.then_some(exam))
    }

    pub(in crate::store) async fn read_exams(
        &self,
        staff: Staff,
        course: CourseId,
        page: &Page,
    ) -> Result<StaffOutcome<Vec<ExamLine>>, StoreError> {
        let reading = self.reading("list exams");
        if !may_watch(&reading, staff, course).await? {
            return Ok(StaffOutcome::NotFound);
        }
        let sees_drafts = may_teach(&reading, staff, course).await?;
        let limit = page.limit;
        let values = arguments![course, &page.after, i64::from(sees_drafts), limit];
        let rows = reading.all(&LIST, values).await?;
        let lines: Result<_, StoreError> = rows.iter().map(line).collect();
        lines.map(StaffOutcome::Done)
    }
}

/// The exam, if it is theirs, until the end of the transaction.
async fn lock(
    transaction: &mut Transaction,
    staff: Staff,
    id: ExamId,
) -> Result<Option<ExamDetails>, StoreError> {
    let found = transaction
        .optional(&LOCK, arguments![id, CANARY_EXAM])
        .await?;
    let Some(exam) = found.as_ref().map(details).transpose()? else {
        return Ok(None);
    };
    let is_theirs = match exam.course {
        Some(course) => teaches(transaction, staff, course).await?,
        None => staff.is_everywhere(),
    };
    Ok(is_theirs.then_some(exam))
}

fn line(row: &Row) -> Result<ExamLine, StoreError> {
    Ok(ExamLine {
        id: row.id(0)?,
        code: row.string(1)?,
        title: row.string(2)?,
        state: state(row, 3)?,
        window: window(row, 4)?,
        duration: duration(row, 6)?,
        question_count: row.integer(7)?,
        candidate_count: row.integer(8)?,
    })
}

/// An exam from the columns of `exam!`.
fn details(row: &Row) -> Result<ExamDetails, StoreError> {
    Ok(ExamDetails {
        id: row.id(0)?,
        code: row.string(1)?,
        course: optional_id(row, 2)?,
        title: row.string(3)?,
        state: state(row, 4)?,
        window: window(row, 5)?,
        duration: duration(row, 7)?,
        question_count: row.integer(8)?,
        rules: document::<ExamRules>(row.text(9)?)?,
        draft: row.optional_text(10)?.map(document::<Draft>).transpose()?,
        revision: row.integer(11)?,
        author: optional_id(row, 12)?,
        review: who_and_when(row, 13)?,
        publication: who_and_when(row, 15)?,
    })
}

fn optional_id<T: std::str::FromStr>(row: &Row, index: usize) -> Result<Option<T>, StoreError> {
    match row.optional_text(index)? {
        None => Ok(None),
        Some(_) => row.id(index).map(Some),
    }
}

fn who_and_when(row: &Row, index: usize) -> Result<Option<(UserId, DateTime<Utc>)>, StoreError> {
    let who = optional_id(row, index)?;
    Ok(who.zip(row.optional_time(index + 1)?))
}

fn state(row: &Row, index: usize) -> Result<ExamState, StoreError> {
    let word = row.text(index)?;
    ExamState::parse(word)
        .ok_or_else(|| StoreError::Corrupt(format!("'{word}' is not the state of an exam")))
}

fn window(row: &Row, index: usize) -> Result<Window, StoreError> {
    Ok(Window {
        starts_at: row.time(index)?,
        ends_at: row.time(index + 1)?,
    })
}

fn duration(row: &Row, index: usize) -> Result<TimeDelta, StoreError> {
    TimeDelta::try_seconds(row.integer(index)?)
        .ok_or_else(|| StoreError::Corrupt("an exam of impossible duration".to_owned()))
}

/// What is kept as JSON; nothing of it in the error.
fn document<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| {
        StoreError::Corrupt(format!(
            "a document of an exam that cannot be read at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

/// As it is kept.
fn written(document: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| {
        StoreError::Corrupt(format!("a document of an exam cannot be written: {error}"))
    })
}
