//! What a copy of the database needs: taken while it is in use, counted, and held against the one in use.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, SqlitePool};

use super::connect::read_only_pool;
use crate::store::StoreError;
use crate::store::sql::Pool;
use crate::store::sql::Row;
use crate::store::verbs::migrations::applied;

/// Of a long list of damage only the beginning is told.
const MAXIMUM_PROBLEMS: usize = 20;

/// What a database holds, counted in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// The migrations that were applied.
    pub schema: Vec<String>,
    /// Rows of every table.
    pub tables: BTreeMap<String, u64>,
    /// When the newest answer was stored.
    #[serde(serialize_with = "rfc3339")]
    pub last_answer_at: Option<DateTime<Utc>>,
}

/// What the database in use has and its copy has not, or has otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Answers saved since, first or anew.
    pub answers: LostRows,
    /// Attempts begun since.
    pub attempts: LostRows,
    /// Attempts handed in since.
    pub submissions: LostRows,
    /// Accounts made since.
    pub accounts: LostRows,
}

/// Rows of one kind that a copy does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LostRows {
    /// How many.
    pub count: u64,
    /// Of how many people.
    pub people: u64,
    /// When the first of them was stored.
    #[serde(serialize_with = "rfc3339")]
    pub first_at: Option<DateTime<Utc>>,
    /// When the last of them was stored.
    #[serde(serialize_with = "rfc3339")]
    pub last_at: Option<DateTime<Utc>>,
}

/// A database file that is only read, as a whole.
pub struct DatabaseFile {
    pool: SqlitePool,
}

impl DatabaseFile {
    /// Opens an existing file for reading only: nothing is created, nothing can be changed.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let pool = read_only_pool(path).await?;
        Ok(Self { pool })
    }

    /// Closes it.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Writes everything that is committed right now into the empty file `to`. One read transaction: nobody waits.
    ///
    /// # Errors
    /// When the database cannot be read or the file not be written.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        const DOING: &str = "copy the database";
        let Some(name) = to.to_str() else {
            return Err(StoreError::Corrupt(format!(
                "{} is not a name in UTF-8",
                to.display()
            )));
        };
        sqlx::query("VACUUM INTO ?1")
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(StoreError::during(DOING))?;
        Ok(())
    }

    /// Counts everything.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn contents(&self) -> Result<Contents, StoreError> {
        const DOING: &str = "count the rows of the database";
        let schema = applied(&Pool::Sqlite(self.pool.clone()))
            .await?
            .into_iter()
            .collect();
        let mut transaction = self.pool.begin().await.map_err(StoreError::during(DOING))?;
        let names = table_names(&mut transaction, "main").await?;
        let mut tables = BTreeMap::new();
        for name in &names {
            let quoted = name.replace('"', "\"\"");
            let row = fetch_one(
                &mut transaction,
                format!("SELECT count(*) FROM \"{quoted}\""),
                DOING,
            )
            .await?;
            tables.insert(name.clone(), count(&row, 0)?);
        }
        let last_answer_at = if tables.contains_key("answers") {
            let sql = "SELECT max(saved_at) FROM answers".to_owned();
            fetch_one(&mut transaction, sql, DOING)
                .await?
                .optional_time(0)?
        } else {
            None
        };
        Ok(Contents {
            schema,
            tables,
            last_answer_at,
        })
    }

    /// What is damaged: pages, indexes, and rows whose counterpart is missing. Empty when nothing is.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn problems(&self) -> Result<Vec<String>, StoreError> {
        const DOING: &str = "check the database";
        let rows = sqlx::query("PRAGMA integrity_check")
            .fetch_all(&self.pool)
            .await
            .map(Row::each)
            .map_err(StoreError::during(DOING))?;
        let mut problems = Vec::new();
        for row in rows.iter().take(MAXIMUM_PROBLEMS) {
            let text = row.string(0)?;
            if text != "ok" {
                problems.push(text);
            }
        }
        let rows = sqlx::query("PRAGMA foreign_key_check")
            .fetch_all(&self.pool)
            .await
            .map(Row::each)
            .map_err(StoreError::during(DOING))?;
        for row in rows.iter().take(MAXIMUM_PROBLEMS) {
            let (table, parent) = (row.text(0)?, row.text(2)?);
            problems.push(format!(
                "a row of {table} names a row of {parent} that is not there"
            ));
        }
        Ok(problems)
    }

    /// What would be lost if `copy` took the place of this database.
    ///
    /// # Errors
    /// When one of the two cannot be read.
    pub async fn loss_against(&self, copy: &Path) -> Result<Loss, StoreError> {
        const DOING: &str = "compare the database with its copy";
        let mut connection = self
            .pool
            .acquire()
            .await
            .map_err(StoreError::during(DOING))?;
        sqlx::query("ATTACH ?1 AS copy")
            .bind(copy.to_string_lossy().into_owned())
            .execute(&mut *connection)
            .await
            .map_err(StoreError::during(DOING))?;
        let here = table_names(&mut connection, "main").await?;
        let there = table_names(&mut connection, "copy").await?;
        let has = |names: &[String], wanted: &str| names.iter().any(|name| name == wanted);
        let mut lost = async |table: &str, person: &str, at: &str, condition: &str, same: &str| {
            if !has(&here, table) {
                return Ok(LostRows::default());
            }
            // A copy from before this table was made has none of its rows.
            let missing = if has(&there, table) {
                format!("NOT EXISTS (SELECT 1 FROM copy.{table} c WHERE {same})")
            } else {
                "1".to_owned()
            };
            let sql = format!(
                "SELECT count(*), count(DISTINCT {person}), min({at}), max({at}) FROM main.{table} n
                 WHERE ({condition}) AND {missing}"
            );
            let row = fetch_one(&mut connection, sql, DOING).await?;
            Ok::<_, StoreError>(LostRows {
                count: count(&row, 0)?,
                people: count(&row, 1)?,
                first_at: row.optional_time(2)?,
                last_at: row.optional_time(3)?,
            })
        };
        Ok(Loss {
            answers: lost(
                "answers",
                "(SELECT a.user_id FROM main.attempts a WHERE a.id = n.attempt_id)",
                "n.saved_at",
                "1",
                "c.attempt_id = n.attempt_id AND c.question_id = n.question_id
                 AND c.sequence = n.sequence AND c.response = n.response",
            )
            .await?,
            attempts: lost("attempts", "n.user_id", "n.started_at", "1", "c.id = n.id").await?,
            submissions: lost(
                "attempts",
                "n.user_id",
                "n.submitted_at",
                "n.submitted_at IS NOT NULL",
                "c.id = n.id AND c.submitted_at IS NOT NULL",
            )
            .await?,
            accounts: lost("users", "n.id", "n.created_at", "1", "c.id = n.id").await?,
        })
    }
}

async fn table_names(
    connection: &mut SqliteConnection,
    database: &'static str,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "SELECT name FROM {database}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .map(Row::each)
        .map_err(StoreError::during("read the names of the tables"))?;
    rows.iter().map(|row| row.string(0)).collect()
}

async fn fetch_one(
    connection: &mut SqliteConnection,
    sql: String,
    doing: &'static str,
) -> Result<Row, StoreError> {
    sqlx::query(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .map(Row::from)
        .map_err(StoreError::during(doing))
}

fn count(row: &Row, index: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.integer(index)?).unwrap_or_default())
}

#[expect(clippy::ref_option, reason = "the shape that serde's derive asks for")]
fn rfc3339<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .serialize(serializer)
}
