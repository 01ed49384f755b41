//! A load run made: its exam first, then its students, some at a time, so that answers are saved in between.

use serde_json::{Value, json};

use crate::exam::UserId;
use crate::store::sql::{InsertNew, Sql, Transaction, arguments, insert_new, retrying};
use crate::store::{DatabaseStore, LoadSeeding, NewLoadRun, StoreError};

/// How many accounts one transaction makes.
const ACCOUNTS_AT_ONCE: usize = 500;

static ADD_EXAM: InsertNew = insert_new!(
    "INSERT INTO exams (id, code, title, starts_at, ends_at, duration_seconds, question_count, rules, published_at, load_run)
     VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', $4, $8)"
);
static ADD_PAPER: Sql =
    Sql::same("INSERT INTO papers (exam_id, version, document) VALUES ($1, 1, $2)");
static COUNT_ACCOUNTS: Sql = Sql::same("SELECT count(*) FROM users WHERE load_run = $1");
/// A range of the index of logins: those that a run would give.
static TAKEN: Sql = Sql::same(
    "SELECT login FROM users WHERE login >= $1 AND login < $2 AND load_run IS NULL ORDER BY login LIMIT 1",
);
/// From a JSON array of id, login and name. No search finds them.
static ADD_ACCOUNTS: Sql = Sql::each(
    "INSERT INTO users (id, login, display_name, role, password_hash, created_at, load_run)
     SELECT value ->> 0, value ->> 1, value ->> 2, 'student', $2, $3, $4 FROM json_each($1)",
    "INSERT INTO users (id, login, display_name, role, password_hash, created_at, load_run)
     SELECT made.id, made.login, made.display_name, 'student', $2, $3, $4
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         id VARCHAR(36) PATH '$[0]', login VARCHAR(190) PATH '$[1]', display_name VARCHAR(190) PATH '$[2]')) AS made",
    "INSERT INTO users (id, login, display_name, role, password_hash, created_at, load_run)
     SELECT value ->> 0, value ->> 1, value ->> 2, 'student', $2, $3, $4 FROM json_array_elements($1::json)",
);
/// From the same array.
static ADD_CANDIDATES: Sql = Sql::each(
    "INSERT INTO candidates (exam_id, user_id) SELECT $2, value ->> 0 FROM json_each($1)",
    "INSERT INTO candidates (exam_id, user_id)
     SELECT $2, made.id FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]')) AS made",
    "INSERT INTO candidates (exam_id, user_id) SELECT $2, value ->> 0 FROM json_array_elements($1::json)",
);

impl DatabaseStore {
    /// Makes a load run. Its exam is open at once; its students come in several transactions.
    ///
    /// # Errors
    /// When the database cannot be written; a part of the run may be there then, which purging it takes away.
    pub async fn seed_load_run(&self, new: &NewLoadRun) -> Result<LoadSeeding, StoreError> {
        if let Some(refusal) = retrying(|| self.write_load_exam(new)).await? {
            return Ok(refusal);
        }
        let logins: Vec<String> = (1..=new.students)
            .map(|number| new.run.login(number))
            .collect();
        for some in logins.chunks(ACCOUNTS_AT_ONCE) {
            retrying(|| self.write_load_accounts(new, some)).await?;
            super::rest().await;
        }
        Ok(LoadSeeding::Made(logins))
    }

    /// The exam, or why there is to be none.
    async fn write_load_exam(&self, new: &NewLoadRun) -> Result<Option<LoadSeeding>, StoreError> {
        let mut transaction = self.begin_write("make the exam of a load run").await?;
        if let Some(refusal) = obstacle(&mut transaction, new).await? {
            transaction.rollback().await?;
            return Ok(Some(refusal));
        }
        let paper = &new.paper;
        let values = arguments![
            paper.exam_id,
            new.run.exam_code(),
            &paper.title,
            new.now,
            new.now + new.open_for,
            paper.duration.num_seconds(),
            paper.questions().len(),
            new.run.as_str()
        ];
        if !transaction.insert_new(&ADD_EXAM, values).await? {
            transaction.rollback().await?;
            return Ok(Some(LoadSeeding::Exists));
        }
        let values = arguments![paper.exam_id, paper.to_document()];
        transaction.execute(&ADD_PAPER, values).await?;
        transaction.commit().await?;
        Ok(None)
    }

    async fn write_load_accounts(
        &self,
        new: &NewLoadRun,
        logins: &[String],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write("make the accounts of a load run").await?;
        let rows = logins.iter().map(|login| {
            let name = format!("Load {}", login.trim_start_matches("load-"));
            json!([UserId::generate(), login, name])
        });
        let rows = rows.collect::<Value>().to_string();
        let values = arguments![&rows, &new.password_hash, new.now, new.run.as_str()];
        transaction.execute(&ADD_ACCOUNTS, values).await?;
        let values = arguments![&rows, new.paper.exam_id];
        transaction.execute(&ADD_CANDIDATES, values).await?;
        transaction.commit().await
    }
}

/// What speaks against making it.
async fn obstacle(
    transaction: &mut Transaction,
    new: &NewLoadRun,
) -> Result<Option<LoadSeeding>, StoreError> {
    let row = transaction
        .one(&COUNT_ACCOUNTS, arguments![new.run.as_str()])
        .await?;
    if row.integer(0)? > 0 {
        return Ok(Some(LoadSeeding::Exists));
    }
    let first = new.run.login_prefix();
    // The sign after the last digit.
    let last = format!("{first}:");
    match transaction
        .optional(&TAKEN, arguments![first, last])
        .await?
    {
        Some(row) => Ok(Some(LoadSeeding::LoginTaken(row.string(0)?))),
        None => Ok(None),
    }
}
