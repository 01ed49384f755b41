//! Demo data in `SQLite`: written in one transaction, and the same whatever is there already.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use super::values::id;
use crate::exam::{ExamId, OptionId, QuestionId, UserId};
use crate::store::{Role, StoreError};

const DOING: &str = "write the demo data";

/// An option of a demo question.
#[derive(Debug, Clone, Copy)]
pub struct DemoOption {
    /// What the student reads.
    pub text: &'static str,
    /// Whether it belongs to the right answer.
    pub is_correct: bool,
}

/// A demo question: with options it is multiple choice, without it is true/false.
#[derive(Debug, Clone, Copy)]
pub struct DemoQuestion {
    /// What is asked.
    pub text: &'static str,
    /// What it is worth.
    pub points: i64,
    /// The options of a multiple-choice question.
    pub options: &'static [DemoOption],
    /// The key of a true/false question.
    pub correct_value: Option<bool>,
}

/// The demo exam.
#[derive(Debug, Clone, Copy)]
pub struct DemoExam {
    /// Its stable name.
    pub code: &'static str,
    /// Its title.
    pub title: &'static str,
    /// How long an attempt may take.
    pub duration_seconds: i64,
    /// Its questions.
    pub questions: &'static [DemoQuestion],
}

/// Who takes the demo exam, and when.
#[derive(Debug, Clone)]
pub struct DemoSeed {
    /// Logins of the students.
    pub students: Vec<String>,
    /// Login of the administrator.
    pub admin: &'static str,
    /// The one password of all of them, hashed.
    pub password_hash: String,
    /// From when.
    pub now: DateTime<Utc>,
    /// For how long from now.
    pub open_for: TimeDelta,
}

impl SqliteStore {
    /// Writes the exam unless it is there, adds missing students, and gives all demo accounts the password.
    ///
    /// Accounts that were not made here keep theirs.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is changed then.
    pub async fn seed_demo(&self, exam: &DemoExam, seed: &DemoSeed) -> Result<ExamId, StoreError> {
        let mut transaction = self.begin_write(DOING).await?;
        let exam_id = ensure_exam(&mut transaction, exam, seed).await?;
        let mut logins: Vec<(&str, Role)> = seed
            .students
            .iter()
            .map(|login| (login.as_str(), Role::Student))
            .collect();
        logins.push((seed.admin, Role::Administrator));
        ensure_accounts(&mut transaction, &logins, seed).await?;
        sqlx::query("UPDATE users SET password_hash = ?1 WHERE is_demo = 1")
            .bind(&seed.password_hash)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        sqlx::query(
            "INSERT INTO candidates (exam_id, user_id)
             SELECT ?1, id FROM users WHERE is_demo = 1 AND role = 'student' ON CONFLICT DO NOTHING",
        )
        .bind(exam_id.to_string())
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(DOING))?;
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))?;
        Ok(exam_id)
    }
}

async fn ensure_exam(
    transaction: &mut Transaction<'_, Sqlite>,
    exam: &DemoExam,
    seed: &DemoSeed,
) -> Result<ExamId, StoreError> {
    let ends_at = (seed.now + seed.open_for).timestamp_millis();
    // An exam that is there keeps its questions; its window is moved along.
    let existing =
        sqlx::query("UPDATE exams SET ends_at = max(ends_at, ?2) WHERE code = ?1 RETURNING id")
            .bind(exam.code)
            .bind(ends_at)
            .fetch_optional(&mut **transaction)
            .await
            .map_err(StoreError::during(DOING))?;
    if let Some(row) = existing {
        return id(&row, 0);
    }
    let exam_id = ExamId::generate();
    sqlx::query(
        "INSERT INTO exams (id, code, title, starts_at, ends_at, duration_seconds) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(exam_id.to_string())
    .bind(exam.code)
    .bind(exam.title)
    .bind(seed.now.timestamp_millis())
    .bind(ends_at)
    .bind(exam.duration_seconds)
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::during(DOING))?;
    for (position, question) in (0_i64..).zip(exam.questions) {
        insert_question(transaction, exam_id, position, question).await?;
    }
    Ok(exam_id)
}

async fn insert_question(
    transaction: &mut Transaction<'_, Sqlite>,
    exam: ExamId,
    position: i64,
    question: &DemoQuestion,
) -> Result<(), StoreError> {
    let question_id = QuestionId::generate().to_string();
    let kind = if question.correct_value.is_some() {
        "true_false"
    } else {
        "multiple_choice"
    };
    sqlx::query(
        "INSERT INTO questions (id, exam_id, position, type, text, points, correct_value)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(&question_id)
    .bind(exam.to_string())
    .bind(position)
    .bind(kind)
    .bind(question.text)
    .bind(question.points)
    .bind(question.correct_value)
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::during(DOING))?;
    for (position, option) in (0_i64..).zip(question.options) {
        sqlx::query(
            "INSERT INTO question_options (id, question_id, position, text, is_correct) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(OptionId::generate().to_string())
        .bind(&question_id)
        .bind(position)
        .bind(option.text)
        .bind(option.is_correct)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::during(DOING))?;
    }
    Ok(())
}

async fn ensure_accounts(
    transaction: &mut Transaction<'_, Sqlite>,
    logins: &[(&str, Role)],
    seed: &DemoSeed,
) -> Result<(), StoreError> {
    let rows: Vec<_> = logins
        .iter()
        .map(|(login, role)| {
            serde_json::json!([
                UserId::generate(),
                login,
                display_name(login),
                role.as_str()
            ])
        })
        .collect();
    sqlx::query(
        "INSERT INTO users (id, login, display_name, role, password_hash, is_demo, created_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, 1, ?3 FROM json_each(?1) WHERE true
         ON CONFLICT (login) DO NOTHING",
    )
    .bind(serde_json::Value::Array(rows).to_string())
    .bind(&seed.password_hash)
    .bind(seed.now.timestamp_millis())
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::during(DOING))?;
    Ok(())
}

/// `student-0007` is shown as `Student 0007`.
fn display_name(login: &str) -> String {
    let mut name = login.replace('-', " ");
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}
