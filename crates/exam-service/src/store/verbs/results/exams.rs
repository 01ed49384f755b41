//! What an exam's results go by: its rules, its paper with the keys as they are now, and whether it is released.

use std::sync::Arc;

use super::corrections::{self, KEYS};
use crate::exam::ExamId;
use crate::exam::rules::ExamRules;
use crate::store::Staff;
use crate::store::results::{ExamToGrade, Release};
use crate::store::sql::{Row, Sql, arguments};
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, Role, StoreError};

static EXAM: Sql = Sql::same(
    "SELECT e.title, e.starts_at, e.rules, e.course_id, r.released_at, r.released_by, r.waiting, e.load_run
     FROM exams e LEFT JOIN result_releases r ON r.exam_id = e.id
     WHERE e.id = $1",
);
static TEACHES: Sql = Sql::same(
    "SELECT user_id FROM enrolments WHERE course_id = $1 AND user_id = $2 AND role = 'lecturer'",
);

impl DatabaseStore {
    /// The exam; with a grader only if it is theirs.
    pub(in crate::store) async fn read_exam_to_grade(
        &self,
        exam: ExamId,
        grader: Option<Staff>,
    ) -> Result<Option<ExamToGrade>, StoreError> {
        // The exam that releases are tried with has no results; its students are gone after it.
        if grader.is_some() && exam.to_string() == CANARY_EXAM {
            return Ok(None);
        }
        let reading = self.reading("read an exam to grade");
        let Some(row) = reading.optional(&EXAM, arguments![exam]).await? else {
            return Ok(None);
        };
        // Nor has that of a load run: only its students see what they did.
        if grader.is_some() && row.optional_text(7)?.is_some() {
            return Ok(None);
        }
        if let Some(grader) = grader
            && !self.teaches(row.optional_text(3)?, grader).await?
        {
            return Ok(None);
        }
        let Some(asked) = self.read_paper(exam).await? else {
            return Ok(None);
        };
        let corrected = reading.all(&KEYS, arguments![exam]).await?;
        let mut paper = asked;
        if !corrected.is_empty() {
            let (mut questions, mut voided) = (Vec::new(), Vec::new());
            for row in &corrected {
                let question = corrections::question(row, 0)?;
                voided.push((question.id, corrections::voiding(row, 2)?));
                questions.push(question);
            }
            paper = Arc::new(paper.with_corrected(questions).with_voided(voided));
        }
        Ok(Some(ExamToGrade {
            id: exam,
            title: row.string(0)?,
            starts_at: row.time(1)?,
            rules: rules(row.text(2)?, exam)?,
            paper,
            corrections: corrected.last().map_or(Ok(0), |row| row.integer(1))?,
            release: release(&row, 4)?,
        }))
    }

    /// Whether a course, or what belongs to no course, is a grader's.
    pub(super) async fn teaches(
        &self,
        course: Option<&str>,
        grader: Staff,
    ) -> Result<bool, StoreError> {
        match (grader.role, course) {
            (Role::Administrator, _) => Ok(true),
            (Role::Lecturer, Some(course)) => {
                let reading = self.reading("look up who teaches a course");
                let values = arguments![course, grader.user];
                Ok(reading.optional(&TEACHES, values).await?.is_some())
            }
            (Role::Lecturer | Role::Invigilator | Role::Student, _) => Ok(false),
        }
    }
}

fn rules(text: &str, exam: ExamId) -> Result<ExamRules, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("the rules of exam {exam}: {error}")))
}

/// A release, if there is one, from three columns: when, by whom, with how many answers waiting.
pub(super) fn release(row: &Row, first: usize) -> Result<Option<Release>, StoreError> {
    let Some(released_at) = row.optional_time(first)? else {
        return Ok(None);
    };
    Ok(Some(Release {
        released_at,
        released_by: row.id(first + 1)?,
        waiting: row.integer(first + 2)?,
    }))
}
