//! Decisions of people on answers: each one kept, the newest counts.

use serde_json::json;

use crate::exam::audit::Deed;
use crate::exam::grading::HandGrade;
use crate::exam::{AttemptId, StoredAnswer};
use crate::store::results::{GivenGrade, GradeRequest, Versioned};
use crate::store::sql::{Row, Sql, arguments, select_locked};
use crate::store::verbs::attempts::stored_answer;
use crate::store::verbs::audit::{Entry, add_attempts};
use crate::store::{DatabaseStore, StoreError};

static ANSWERS_OF: Sql = Sql::same(
    "SELECT question_id, sequence, response, flagged, saved_at FROM answers WHERE attempt_id = $1",
);
static HISTORY: Sql = Sql::same(
    "SELECT g.grade, g.version, g.graded_by, u.display_name, g.graded_at
     FROM hand_grades g JOIN users u ON u.id = g.graded_by
     WHERE g.attempt_id = $1 ORDER BY g.graded_at, g.question_id, g.version",
);
/// Two graders of one attempt wait for each other.
static LOCK_ATTEMPT: Sql = select_locked!("SELECT exam_id FROM attempts WHERE id = $1");
static NEWEST: Sql = Sql::same(
    "SELECT grade, version, graded_by FROM hand_grades WHERE attempt_id = $1 AND question_id = $2
     ORDER BY version DESC LIMIT 1",
);
static INSERT: Sql = Sql::same(
    "INSERT INTO hand_grades (attempt_id, question_id, version, grade, graded_by, graded_at)
     VALUES ($1, $2, $3, $4, $5, $6)",
);

impl DatabaseStore {
    pub(super) async fn read_answers_of(
        &self,
        attempt: AttemptId,
    ) -> Result<Vec<StoredAnswer>, StoreError> {
        let reading = self.reading("read an attempt to grade");
        let rows = reading.all(&ANSWERS_OF, arguments![attempt]).await?;
        rows.iter().map(stored_answer).collect()
    }

    pub(in crate::store) async fn read_grade_history(
        &self,
        attempt: AttemptId,
    ) -> Result<Vec<GivenGrade>, StoreError> {
        let reading = self.reading("read what was graded");
        let rows = reading.all(&HISTORY, arguments![attempt]).await?;
        rows.iter().map(given).collect()
    }

    /// Of each question the newest decision.
    pub(in crate::store) async fn read_newest_grades(
        &self,
        attempt: AttemptId,
    ) -> Result<Vec<GivenGrade>, StoreError> {
        let history = self.read_grade_history(attempt).await?;
        let is_newest = |each: &GivenGrade| {
            !history.iter().any(|other| {
                other.grade.question_id == each.grade.question_id && other.version > each.version
            })
        };
        Ok(history
            .iter()
            .filter(|each| is_newest(each))
            .cloned()
            .collect())
    }

    pub(in crate::store) async fn write_grade(
        &self,
        request: GradeRequest,
    ) -> Result<Versioned, StoreError> {
        let (attempt, question) = (request.attempt, request.grade.question_id);
        let mut transaction = self.begin_write("store a grade").await?;
        let exam = transaction.one(&LOCK_ATTEMPT, arguments![attempt]).await?;
        let newest = transaction
            .optional(&NEWEST, arguments![attempt, question])
            .await?;
        let stored = newest.as_ref().map_or(Ok(0), |row| row.integer(1))?;
        if stored != request.seen_version {
            let is_same = match &newest {
                Some(row) => row.text(2)? == request.by.to_string() && grade(row)? == request.grade,
                None => false,
            };
            return Ok(super::conflict(stored, request.seen_version, is_same));
        }
        let version = stored + 1;
        let document = serde_json::to_string(&request.grade)
            .map_err(|error| StoreError::Corrupt(format!("a grade: {error}")))?;
        let values = arguments![
            attempt,
            question,
            version,
            document,
            request.by,
            request.now
        ];
        transaction.execute(&INSERT, values).await?;
        // Not the grade itself: every one of them is kept beside the answer, with who gave it.
        let detail = json!({ "question": question, "version": version });
        let entry = Entry::new(Deed::GradeGiven, Some(request.by), request.now);
        let entry = entry.on(&attempt).in_exam(exam.id(0)?).with(detail);
        let number = entry.append(&mut transaction).await?;
        add_attempts(&mut transaction, number, &[attempt]).await?;
        transaction.commit().await?;
        Ok(Versioned::Stored(version))
    }
}

/// A decision from the columns grade, version, `graded_by`, `display_name`, `graded_at`.
pub(super) fn given(row: &Row) -> Result<GivenGrade, StoreError> {
    Ok(GivenGrade {
        grade: grade(row)?,
        version: row.integer(1)?,
        graded_by: row.id(2)?,
        graded_by_name: row.string(3)?,
        graded_at: row.time(4)?,
    })
}

/// Its document, in the first column.
fn grade(row: &Row) -> Result<HandGrade, StoreError> {
    // Not shown: a comment has no business in a log.
    serde_json::from_str(row.text(0)?)
        .map_err(|error| StoreError::Corrupt(format!("a grade, in column {}", error.column())))
}
