//! Attempts with all that their scores are made of, a page at a time: three statements for each page.

use super::grades;
use crate::exam::{AttemptId, ExamId};
use crate::store::Staff;
use crate::store::results::{AttemptToGrade, Candidate, ExamToGrade};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::verbs::attempts::{attempt, stored_answer};
use crate::store::{DatabaseStore, StoreError};

static PAGE: Sql = Sql::same(
    "SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at, a.started_at,
            a.layout, u.login, u.display_name, u.student_number
     FROM attempts a JOIN users u ON u.id = a.user_id
     WHERE a.exam_id = $1 AND a.id > $2 AND u.load_run IS NULL ORDER BY a.id LIMIT $3",
);
static ONE: Sql = Sql::same(
    "SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at, a.started_at,
            a.layout, u.login, u.display_name, u.student_number
     FROM attempts a JOIN users u ON u.id = a.user_id
     WHERE a.id = $1",
);
/// Of the attempts of a page, in their order.
static ANSWERS: Sql = Sql::same(
    "SELECT n.question_id, n.sequence, n.response, n.flagged, n.saved_at, n.attempt_id
     FROM attempts a JOIN answers n ON n.attempt_id = a.id
     WHERE a.exam_id = $1 AND a.id > $2 AND a.id <= $3
     ORDER BY n.attempt_id",
);
/// The newest decision on each answer of a page.
static GRADES: Sql = Sql::same(
    "SELECT g.grade, g.version, g.graded_by, u.display_name, g.graded_at, g.attempt_id
     FROM attempts a
     JOIN hand_grades g ON g.attempt_id = a.id
     JOIN users u ON u.id = g.graded_by
     WHERE a.exam_id = $1 AND a.id > $2 AND a.id <= $3
       AND NOT EXISTS (
           SELECT 1 FROM hand_grades newer
           WHERE newer.attempt_id = g.attempt_id AND newer.question_id = g.question_id AND newer.version > g.version)
     ORDER BY g.attempt_id",
);

const DOING: &str = "read attempts to grade";

impl DatabaseStore {
    pub(in crate::store) async fn read_attempts_to_grade(
        &self,
        exam: ExamId,
        after: Option<AttemptId>,
        limit: i64,
    ) -> Result<Vec<AttemptToGrade>, StoreError> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        let reading = self.reading(DOING);
        let rows = reading.all(&PAGE, arguments![exam, &after, limit]).await?;
        let attempts = rows.iter().map(bare).collect::<Result<Vec<_>, _>>()?;
        self.complete(exam, &after, attempts).await
    }

    pub(in crate::store) async fn read_attempt_to_grade(
        &self,
        id: AttemptId,
        grader: Staff,
    ) -> Result<Option<(ExamToGrade, AttemptToGrade)>, StoreError> {
        let reading = self.reading(DOING);
        let Some(row) = reading.optional(&ONE, arguments![id]).await? else {
            return Ok(None);
        };
        let attempt = bare(&row)?;
        let exam_id = attempt.attempt.exam_id;
        let Some(exam) = self.read_exam_to_grade(exam_id, Some(grader)).await? else {
            return Ok(None);
        };
        let completed = self.complete_one(attempt).await?;
        Ok(Some((exam, completed)))
    }

    pub(in crate::store) async fn read_marked_exam(
        &self,
        exam: ExamId,
    ) -> Result<ExamToGrade, StoreError> {
        let found = self.read_exam_to_grade(exam, None).await?;
        found.ok_or_else(|| {
            StoreError::Corrupt(format!("there are attempts at {exam}, and no exam"))
        })
    }

    async fn complete_one(&self, mut one: AttemptToGrade) -> Result<AttemptToGrade, StoreError> {
        let id = one.attempt.id;
        one.answers = self.read_answers_of(id).await?;
        one.grades = self.read_newest_grades(id).await?;
        Ok(one)
    }

    /// Adds answers and grades to the attempts of a page, which begins after `after`.
    async fn complete(
        &self,
        exam: ExamId,
        after: &str,
        mut attempts: Vec<AttemptToGrade>,
    ) -> Result<Vec<AttemptToGrade>, StoreError> {
        let Some(last) = attempts.last().map(|last| last.attempt.id) else {
            return Ok(attempts);
        };
        let reading = self.reading(DOING);
        let answers = reading.all(&ANSWERS, arguments![exam, after, last]).await?;
        let grades = reading.all(&GRADES, arguments![exam, after, last]).await?;
        let place = |attempts: &[AttemptToGrade], row: &Row| {
            let id: AttemptId = row.id(5)?;
            let found = attempts.binary_search_by_key(&id, |each| each.attempt.id);
            // One that was started since the page was read is on no page before its own, one of a load run on none.
            Ok::<_, StoreError>(found.ok())
        };
        for row in &answers {
            if let Some(at) = place(&attempts, row)? {
                attempts[at].answers.push(stored_answer(row)?);
            }
        }
        for row in &grades {
            if let Some(at) = place(&attempts, row)? {
                attempts[at].grades.push(grades::given(row)?);
            }
        }
        Ok(attempts)
    }
}

/// An attempt without its answers and grades.
fn bare(row: &Row) -> Result<AttemptToGrade, StoreError> {
    Ok(AttemptToGrade {
        attempt: attempt(row)?,
        started_at: row.time(6)?,
        layout: row.json(7, "the layout of an attempt")?,
        candidate: Candidate {
            login: row.string(8)?,
            display_name: row.string(9)?,
            student_number: row.optional_text(10)?.map(str::to_owned),
        },
        answers: Vec::new(),
        grades: Vec::new(),
    })
}
