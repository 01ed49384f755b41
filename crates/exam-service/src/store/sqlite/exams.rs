//! Exams and their papers in `SQLite`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::values::{column, id, optional_time, time};
use rust_decimal::Decimal;

use crate::exam::paper::PaperHeader;
use crate::exam::question::{
    ChoiceOption, MultipleChoice, MultipleResponse, ResponseScoring, TrueFalse,
};
use crate::exam::{Attempt, ExamId, OptionId, Paper, Question, QuestionId, QuestionKind, UserId};
use crate::store::{ExamListing, StoreError};

const DOING: &str = "read an exam";

impl SqliteStore {
    pub(super) async fn read_exams_of(&self, user: UserId) -> Result<Vec<ExamListing>, StoreError> {
        let rows = sqlx::query(
            "SELECT e.id, e.title, e.starts_at, e.ends_at, e.duration_seconds,
                    (SELECT count(*) FROM questions q WHERE q.exam_id = e.id),
                    a.id, a.deadline_at, a.submitted_at
             FROM candidates c
             JOIN exams e ON e.id = c.exam_id
             LEFT JOIN attempts a ON a.exam_id = e.id AND a.user_id = c.user_id
             WHERE c.user_id = ?1
             ORDER BY e.starts_at, e.title",
        )
        .bind(user.to_string())
        .fetch_all(&self.readers)
        .await
        .map_err(StoreError::during("list the exams of a student"))?;
        rows.iter().map(|row| listing(row, user)).collect()
    }

    /// The paper of an exam: from memory, or read once.
    pub(super) async fn read_paper(&self, exam: ExamId) -> Result<Option<Arc<Paper>>, StoreError> {
        let cached = self
            .papers
            .read()
            .ok()
            .and_then(|papers| papers.get(&exam).cloned());
        if cached.is_some() {
            return Ok(cached);
        }
        let Some(header) = self.read_paper_header(exam).await? else {
            return Ok(None);
        };
        let paper = Arc::new(Paper::new(header, self.read_questions(exam).await?));
        if let Ok(mut papers) = self.papers.write() {
            papers.insert(exam, Arc::clone(&paper));
        }
        Ok(Some(paper))
    }

    async fn read_paper_header(&self, exam: ExamId) -> Result<Option<PaperHeader>, StoreError> {
        let row = sqlx::query("SELECT title, duration_seconds FROM exams WHERE id = ?1")
            .bind(exam.to_string())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::during(DOING))?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(PaperHeader {
            exam_id: exam,
            title: column(&row, 0)?,
            duration: TimeDelta::seconds(column(&row, 1)?),
        }))
    }

    async fn read_questions(&self, exam: ExamId) -> Result<Vec<Question>, StoreError> {
        let mut options = self.read_options(exam).await?;
        let rows = sqlx::query(
            "SELECT id, type, text, points, correct_value FROM questions WHERE exam_id = ?1 ORDER BY position",
        )
        .bind(exam.to_string())
        .fetch_all(&self.readers)
        .await
        .map_err(StoreError::during(DOING))?;
        rows.iter()
            .map(|row| {
                let question_id: QuestionId = id(row, 0)?;
                let kind = match (
                    column::<&str, _>(row, 1)?,
                    column::<Option<bool>, _>(row, 4)?,
                ) {
                    ("true_false", Some(correct)) => QuestionKind::TrueFalse(TrueFalse { correct }),
                    ("multiple_choice", None) => {
                        let (options, correct) = options.remove(&question_id).unwrap_or_default();
                        choice(options, correct)
                    }
                    (kind, _) => {
                        return Err(StoreError::Corrupt(format!(
                            "question {question_id} of type '{kind}'"
                        )));
                    }
                };
                let points = Decimal::from(column::<i64, _>(row, 3)?);
                Ok(Question {
                    id: question_id,
                    ..Question::new(column::<String, _>(row, 2)?, points, kind)
                })
            })
            .collect()
    }

    async fn read_options(
        &self,
        exam: ExamId,
    ) -> Result<HashMap<QuestionId, (Vec<ChoiceOption>, BTreeSet<OptionId>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT o.question_id, o.id, o.text, o.is_correct
             FROM question_options o JOIN questions q ON q.id = o.question_id
             WHERE q.exam_id = ?1 ORDER BY o.question_id, o.position",
        )
        .bind(exam.to_string())
        .fetch_all(&self.readers)
        .await
        .map_err(StoreError::during(DOING))?;
        let mut options: HashMap<QuestionId, (Vec<ChoiceOption>, BTreeSet<OptionId>)> =
            HashMap::new();
        for row in &rows {
            let (all, correct) = options.entry(id(row, 0)?).or_default();
            let option_id: OptionId = id(row, 1)?;
            all.push(ChoiceOption {
                id: option_id,
                text: column(row, 2)?,
            });
            if column(row, 3)? {
                correct.insert(option_id);
            }
        }
        Ok(options)
    }
}

/// One right option makes it a choice of one.
fn choice(options: Vec<ChoiceOption>, correct: BTreeSet<OptionId>) -> QuestionKind {
    match correct.first() {
        Some(only) if correct.len() == 1 => QuestionKind::MultipleChoice(MultipleChoice {
            options,
            correct: *only,
            partial_percent: BTreeMap::new(),
        }),
        _ => QuestionKind::MultipleResponse(MultipleResponse {
            options,
            correct,
            scoring: ResponseScoring::AllOrNothing,
        }),
    }
}

fn listing(row: &SqliteRow, owner: UserId) -> Result<ExamListing, StoreError> {
    let exam_id = id(row, 0)?;
    let attempt = match column::<Option<&str>, _>(row, 6)? {
        None => None,
        Some(_) => Some(Attempt {
            id: id(row, 6)?,
            owner,
            exam_id,
            deadline_at: time(row, 7)?,
            submitted_at: optional_time(row, 8)?,
        }),
    };
    Ok(ExamListing {
        id: exam_id,
        title: column(row, 1)?,
        starts_at: time(row, 2)?,
        ends_at: time(row, 3)?,
        duration: TimeDelta::seconds(column(row, 4)?),
        question_count: column(row, 5)?,
        attempt,
    })
}
