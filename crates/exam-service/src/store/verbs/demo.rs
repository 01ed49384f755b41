//! Demo data: written in one transaction, and the same whatever is there already.

use chrono::{DateTime, TimeDelta, Utc};

use super::people::search_text;
use crate::exam::{ExamId, Paper, UserId};
use crate::store::sql::{Sql, Transaction, arguments, retrying, select_locked};
use crate::store::{DatabaseStore, Role, StoreError};

/// How many accounts one statement makes.
const ACCOUNTS_PER_STATEMENT: usize = 1000;

static FIND_EXAM: Sql = select_locked!("SELECT id, ends_at FROM exams WHERE code = $1");
static MOVE_END: Sql = Sql::same("UPDATE exams SET ends_at = $2 WHERE id = $1");
static ADD_EXAM: Sql = Sql::same(
    "INSERT INTO exams (id, code, title, starts_at, ends_at, duration_seconds, question_count, rules)
     VALUES ($1, $2, $3, $4, $5, $6, $7, '{}')",
);
static ADD_PAPER: Sql =
    Sql::same("INSERT INTO papers (exam_id, version, document) VALUES ($1, 1, $2)");
/// Accounts from a JSON array; those whose login is there are left alone.
static ADD_ACCOUNTS: Sql = Sql::each(
    "INSERT INTO users (id, login, display_name, role, password_hash, is_demo, created_at, search_text)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, $2, 1, $3, value ->> 4 FROM json_each($1) WHERE true
     ON CONFLICT (login) DO NOTHING",
    "INSERT INTO users (id, login, display_name, role, password_hash, is_demo, created_at, search_text)
     SELECT made.id, made.login, made.display_name, made.role, $2, 1, $3, made.search_text
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         id VARCHAR(36) PATH '$[0]', login VARCHAR(190) PATH '$[1]',
         display_name VARCHAR(190) PATH '$[2]', role VARCHAR(20) PATH '$[3]',
         search_text TEXT PATH '$[4]')) AS made
     ON DUPLICATE KEY UPDATE users.login = users.login",
    "INSERT INTO users (id, login, display_name, role, password_hash, is_demo, created_at, search_text)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, $2, 1, $3, value ->> 4 FROM json_array_elements($1::json)
     ON CONFLICT (login) DO NOTHING",
);
static SET_PASSWORDS: Sql = Sql::same("UPDATE users SET password_hash = $1 WHERE is_demo = 1");
static ADD_CANDIDATES: Sql = Sql::same(
    "INSERT INTO candidates (exam_id, user_id)
     SELECT e.id, u.id FROM exams e CROSS JOIN users u
     WHERE e.id = $1 AND u.is_demo = 1 AND u.role = 'student'
       AND NOT EXISTS (SELECT 1 FROM candidates c WHERE c.exam_id = e.id AND c.user_id = u.id)",
);

/// An exam to be made.
#[derive(Debug, Clone)]
pub struct NewExam {
    /// Its stable name for tools; an exam with this name that is there stays as it is.
    pub code: &'static str,
    /// What it asks, under the id that it will have.
    pub paper: Paper,
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

impl DatabaseStore {
    /// Writes the exam unless it is there, adds missing students, and gives all demo accounts the password.
    ///
    /// Accounts that were not made here keep theirs.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is changed then.
    pub async fn seed_demo(&self, exam: &NewExam, seed: &DemoSeed) -> Result<ExamId, StoreError> {
        retrying(|| self.write_demo(exam, seed)).await
    }

    async fn write_demo(&self, exam: &NewExam, seed: &DemoSeed) -> Result<ExamId, StoreError> {
        let mut transaction = self.begin_write("write the demo data").await?;
        let exam_id = ensure_exam(&mut transaction, exam, seed).await?;
        ensure_accounts(&mut transaction, seed).await?;
        transaction
            .execute(&SET_PASSWORDS, arguments![&seed.password_hash])
            .await?;
        transaction
            .execute(&ADD_CANDIDATES, arguments![exam_id])
            .await?;
        transaction.commit().await?;
        Ok(exam_id)
    }
}

async fn ensure_exam(
    transaction: &mut Transaction,
    exam: &NewExam,
    seed: &DemoSeed,
) -> Result<ExamId, StoreError> {
    let ends_at = seed.now + seed.open_for;
    let existing = transaction
        .optional(&FIND_EXAM, arguments![exam.code])
        .await?;
    if let Some(row) = existing {
        // It keeps its questions; its window is moved along.
        let id: ExamId = row.id(0)?;
        if row.time(1)? < ends_at {
            transaction
                .execute(&MOVE_END, arguments![id, ends_at])
                .await?;
        }
        return Ok(id);
    }
    let paper = &exam.paper;
    let question_count = i64::try_from(paper.questions().len()).unwrap_or(i64::MAX);
    let values = arguments![
        paper.exam_id,
        exam.code,
        &paper.title,
        seed.now,
        ends_at,
        paper.duration.num_seconds(),
        question_count
    ];
    transaction.execute(&ADD_EXAM, values).await?;
    let values = arguments![paper.exam_id, paper.to_document()];
    transaction.execute(&ADD_PAPER, values).await?;
    Ok(paper.exam_id)
}

async fn ensure_accounts(transaction: &mut Transaction, seed: &DemoSeed) -> Result<(), StoreError> {
    let students = seed.students.iter().map(|login| (&**login, Role::Student));
    let rows: Vec<serde_json::Value> = students
        .chain([(seed.admin, Role::Administrator)])
        .map(|(login, role)| {
            let name = display_name(login);
            serde_json::json!([
                UserId::generate(),
                login,
                name,
                role.as_str(),
                search_text(login, &name, None)
            ])
        })
        .collect();
    for rows in rows.chunks(ACCOUNTS_PER_STATEMENT) {
        let rows = serde_json::Value::Array(rows.to_vec()).to_string();
        let values = arguments![rows, &seed.password_hash, seed.now];
        transaction.execute(&ADD_ACCOUNTS, values).await?;
    }
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
