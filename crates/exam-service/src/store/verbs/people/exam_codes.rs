//! Codes on the slips of an exam.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::exam::audit::Deed;
use crate::exam::{ExamId, UserId};
use crate::store::sql::{Row, Sql, arguments, select_locked};
use crate::store::verbs::accounts::account;
use crate::store::verbs::courses::names::resolve;
use crate::store::{
    Account, CodeHolder, CodedExam, DatabaseStore, PeopleRefusal, Staff, StoreError,
};

/// How long before an exam begins its codes are taken, so that a hall is signed in when it does.
const EARLY: TimeDelta = TimeDelta::hours(1);
/// How many rows one statement is about.
const ROWS_PER_STATEMENT: usize = 1000;

static EXAM: Sql = Sql::same(
    "SELECT e.title, e.starts_at, e.ends_at FROM exams e
     WHERE e.id = $3 AND e.load_run IS NULL AND ($1 = 'administrator' OR EXISTS (
         SELECT 1 FROM enrolments m
         WHERE m.course_id = e.course_id AND m.user_id = $2 AND m.role <> 'student'))",
);
static HOLDERS: Sql = Sql::same(
    "SELECT u.id, u.login, u.display_name, u.student_number
     FROM candidates c JOIN users u ON u.id = c.user_id
     WHERE c.exam_id = $1 AND u.disabled_at IS NULL
     ORDER BY u.display_name, u.id LIMIT $2",
);
static LOCK_EXAM: Sql = select_locked!("SELECT id FROM exams WHERE id = $1");
static SET: Sql = Sql::each(
    "INSERT INTO exam_codes (exam_id, user_id, code_hash, created_at)
     SELECT $2, value ->> 0, value ->> 1, $3 FROM json_each($1) WHERE true
     ON CONFLICT (exam_id, user_id) DO UPDATE SET code_hash = excluded.code_hash, created_at = excluded.created_at",
    "INSERT INTO exam_codes (exam_id, user_id, code_hash, created_at)
     SELECT $2, w.person, w.code, $3 FROM JSON_TABLE($1, '$[*]' COLUMNS (
         person VARCHAR(36) PATH '$[0]', code VARCHAR(64) PATH '$[1]')) AS w
     ON DUPLICATE KEY UPDATE exam_codes.code_hash = w.code, exam_codes.created_at = $3",
    "INSERT INTO exam_codes (exam_id, user_id, code_hash, created_at)
     SELECT $2, value ->> 0, value ->> 1, $3 FROM json_array_elements($1::json)
     ON CONFLICT (exam_id, user_id) DO UPDATE SET code_hash = excluded.code_hash, created_at = excluded.created_at",
);
static BY_CODE: Sql = Sql::same(
    "SELECT u.id, u.login, u.display_name, u.role, u.password_hash, x.exam_id
     FROM users u
     JOIN exam_codes x ON x.user_id = u.id
     JOIN exams e ON e.id = x.exam_id
     JOIN candidates c ON c.exam_id = e.id AND c.user_id = u.id
     WHERE (u.login = $1 OR u.student_number = $1) AND x.code_hash = $2 AND u.disabled_at IS NULL
       AND u.role = 'student' AND e.state = 'published' AND e.starts_at <= $4
       AND (e.ends_at > $3 OR EXISTS (
               SELECT 1 FROM attempts a
               WHERE a.exam_id = e.id AND a.user_id = u.id AND a.submitted_at IS NULL AND a.deadline_at > $3))",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_coded_exam(
        &self,
        viewer: Staff,
        id: ExamId,
    ) -> Result<Option<CodedExam>, StoreError> {
        let reading = self.reading("look at an exam");
        let values = arguments![viewer.role.as_str(), viewer.user, id];
        let Some(row) = reading.optional(&EXAM, values).await? else {
            return Ok(None);
        };
        Ok(Some(CodedExam {
            title: row.string(0)?,
            starts_at: row.time(1)?,
            ends_at: row.time(2)?,
        }))
    }

    pub(in crate::store) async fn read_code_holders(
        &self,
        exam: ExamId,
        only: Option<&[String]>,
        limit: u16,
    ) -> Result<Result<Vec<CodeHolder>, PeopleRefusal>, StoreError> {
        let mut transaction = self.begin_write("list the candidates of an exam").await?;
        let values = arguments![exam, i64::from(limit)];
        let rows = transaction.all(&HOLDERS, values).await?;
        let holders = rows.iter().map(holder).collect::<Result<Vec<_>, _>>()?;
        let Some(names) = only else {
            transaction.rollback().await?;
            return Ok(Ok(holders));
        };
        let wanted = resolve(&mut transaction, names, "").await?;
        transaction.rollback().await?;
        Ok(wanted.and_then(|ids| chosen(holders, names, &ids)))
    }

    pub(in crate::store) async fn write_exam_codes(
        &self,
        staff: Staff,
        exam: ExamId,
        codes: &[(UserId, String)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("keep the codes of an exam").await?;
        transaction.optional(&LOCK_EXAM, arguments![exam]).await?;
        for chunk in codes.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<Value> = chunk
                .iter()
                .map(|(user, hash)| json!([user, hash]))
                .collect();
            let values = arguments![Value::Array(rows).to_string(), exam, staff.at];
            transaction.execute(&SET, values).await?;
        }
        if !codes.is_empty() {
            let entry = staff.did(Deed::ExamCodesMade).on_exam(exam);
            let entry = entry.with(json!({ "candidates": codes.len() }));
            entry.append(&mut transaction).await?;
        }
        transaction.commit().await
    }

    pub(in crate::store) async fn read_account_by_exam_code(
        &self,
        name: &str,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<(Account, ExamId)>, StoreError> {
        let reading = self.reading("look up the code of an exam");
        let values = arguments![name, hash, now, now + EARLY];
        let Some(row) = reading.optional(&BY_CODE, values).await? else {
            return Ok(None);
        };
        Ok(Some((account(&row)?, row.id(5)?)))
    }
}

/// Those of the candidates that have these ids; all the names have to mean one.
fn chosen(
    holders: Vec<CodeHolder>,
    names: &[String],
    ids: &[String],
) -> Result<Vec<CodeHolder>, PeopleRefusal> {
    let chosen: Vec<CodeHolder> = holders
        .into_iter()
        .filter(|one| ids.contains(&one.user.to_string()))
        .collect();
    if chosen.len() == ids.len() {
        return Ok(chosen);
    }
    let is_meant = |name: &String| {
        chosen
            .iter()
            .any(|one| one.login == *name || one.student_number.as_ref() == Some(name))
    };
    let others = names.iter().filter(|name| !is_meant(name));
    Err(PeopleRefusal::UnknownPeople(others.cloned().collect()))
}

fn holder(row: &Row) -> Result<CodeHolder, StoreError> {
    Ok(CodeHolder {
        user: row.id(0)?,
        login: row.string(1)?,
        display_name: row.string(2)?,
        student_number: row.optional_text(3)?.map(str::to_owned),
    })
}
