//! How is one thing said to three databases? Statements, their values, rows and transactions, without any table.
//!
//! A verb of the store is written once on top of this. Values are whole numbers (times are Unix milliseconds) and
//! texts (identifiers too) in every database, so that nothing else has to be told apart.

mod argument;
mod row;
pub(super) mod server;
mod statement;
mod transaction;
mod transient;

use sqlx::{MySqlPool, PgPool, SqlitePool};

use super::StoreError;

pub(super) use argument::{Argument, arguments};
pub(super) use row::{Row, response, sequence};
pub(super) use statement::Sql;
pub(super) use transaction::{Inner, InsertNew, Transaction, insert_new, select_locked};
pub(super) use transient::retrying;

/// Connections to one of the databases.
#[derive(Debug, Clone)]
pub(super) enum Pool {
    /// Embedded.
    Sqlite(SqlitePool),
    /// MySQL or MariaDB.
    MySql(MySqlPool),
    /// PostgreSQL.
    Postgres(PgPool),
}

/// Evaluates the same expression over whichever pool it is.
macro_rules! on_pool {
    ($pool:expr, $inner:ident => $body:expr) => {
        match $pool {
            $crate::store::sql::Pool::Sqlite($inner) => $body,
            $crate::store::sql::Pool::MySql($inner) => $body,
            $crate::store::sql::Pool::Postgres($inner) => $body,
        }
    };
}

impl Pool {
    /// Reads, each statement for itself; `doing` completes the sentence `cannot ...` of an error.
    pub(super) fn reading(&self, doing: &'static str) -> Reading<'_> {
        Reading { pool: self, doing }
    }

    /// Begins a transaction of the kind that the database's other writers expect.
    pub(super) async fn begin(&self, doing: &'static str) -> Result<Transaction, StoreError> {
        let begun = match self {
            // What it reads stays true until its commit.
            Self::Sqlite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(Inner::Sqlite),
            Self::MySql(pool) => pool.begin().await.map(Inner::MySql),
            Self::Postgres(pool) => pool.begin().await.map(Inner::Postgres),
        };
        let inner = begun.map_err(StoreError::during(doing))?;
        Ok(Transaction::new(inner, doing))
    }

    /// Closes every connection; waits for those in use.
    pub(super) async fn close(&self) {
        on_pool!(self, pool => pool.close().await);
    }
}

/// Statements that read, outside of any transaction.
pub(super) struct Reading<'a> {
    pool: &'a Pool,
    doing: &'static str,
}

impl Reading<'_> {
    /// Every row.
    pub(super) async fn all(
        &self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let rows = match self.pool {
            Pool::Sqlite(pool) => sql
                .for_sqlite(arguments)
                .fetch_all(pool)
                .await
                .map(Row::each),
            Pool::MySql(pool) => sql
                .for_mysql(arguments)
                .fetch_all(pool)
                .await
                .map(Row::each),
            Pool::Postgres(pool) => sql
                .for_postgres(arguments)
                .fetch_all(pool)
                .await
                .map(Row::each),
        };
        rows.map_err(StoreError::during(self.doing))
    }

    /// The first row, if there is one.
    pub(super) async fn optional(
        &self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, arguments).await?.into_iter().next())
    }

    /// The one row that such a statement always has.
    pub(super) async fn one(
        &self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<Row, StoreError> {
        let row = self.optional(sql, arguments).await?;
        row.ok_or_else(|| StoreError::during(self.doing)(sqlx::Error::RowNotFound))
    }
}
