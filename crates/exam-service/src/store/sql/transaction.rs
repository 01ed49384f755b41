//! A transaction of whichever database: what is done in it, and how it ends.

use sqlx::{MySql, Postgres, Sqlite};

use super::{Argument, Row, Sql};
use crate::store::StoreError;

/// A transaction; undone when dropped.
pub(in crate::store) struct Transaction {
    inner: Inner,
    doing: &'static str,
}

/// The transaction itself, for statements that only one database understands.
pub(in crate::store) enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    MySql(sqlx::Transaction<'static, MySql>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// `doing` completes the sentence `cannot ...` of an error.
    pub(super) fn new(inner: Inner, doing: &'static str) -> Self {
        Self { inner, doing }
    }

    /// For statements that only one database understands.
    pub(in crate::store) fn inner(&mut self) -> &mut Inner {
        &mut self.inner
    }

    /// Executes; how many rows it was about. On MySQL a row that an `UPDATE` finds and leaves as it is counts as well,
    /// as it does elsewhere.
    pub(in crate::store) async fn execute(
        &mut self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<u64, StoreError> {
        self.affected(sql, arguments)
            .await
            .map_err(StoreError::during(self.doing))
    }

    /// Inserts a row unless one with the same key is there; whether it did. Nothing else is wrong then, and the
    /// transaction goes on.
    pub(in crate::store) async fn insert_new(
        &mut self,
        insert: &'static InsertNew,
        arguments: &[Argument<'_>],
    ) -> Result<bool, StoreError> {
        match self.affected(&insert.0, arguments).await {
            Ok(rows) => Ok(rows > 0),
            // MySQL undoes the one statement; it has no words for skipping just this error.
            Err(sqlx::Error::Database(error))
                if error.is_unique_violation() && matches!(self.inner, Inner::MySql(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::during(self.doing)(error)),
        }
    }

    /// Executes, unless what it writes has a key that is there; whether it did. Otherwise the transaction is good for
    /// nothing any more but [`Transaction::rollback`].
    pub(in crate::store) async fn unless_taken(
        &mut self,
        writing: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<bool, StoreError> {
        match self.affected(writing, arguments).await {
            Ok(_) => Ok(true),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
            Err(error) => Err(StoreError::during(self.doing)(error)),
        }
    }

    async fn affected(
        &mut self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> sqlx::Result<u64> {
        Ok(match &mut self.inner {
            Inner::Sqlite(inner) => {
                let query = sql.for_sqlite(arguments);
                query.execute(&mut **inner).await?.rows_affected()
            }
            Inner::MySql(inner) => {
                let query = sql.for_mysql(arguments);
                query.execute(&mut **inner).await?.rows_affected()
            }
            Inner::Postgres(inner) => {
                let query = sql.for_postgres(arguments);
                query.execute(&mut **inner).await?.rows_affected()
            }
        })
    }

    /// Every row.
    pub(in crate::store) async fn all(
        &mut self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let rows = match &mut self.inner {
            Inner::Sqlite(inner) => {
                let query = sql.for_sqlite(arguments);
                query.fetch_all(&mut **inner).await.map(Row::each)
            }
            Inner::MySql(inner) => {
                let query = sql.for_mysql(arguments);
                query.fetch_all(&mut **inner).await.map(Row::each)
            }
            Inner::Postgres(inner) => {
                let query = sql.for_postgres(arguments);
                query.fetch_all(&mut **inner).await.map(Row::each)
            }
        };
        rows.map_err(StoreError::during(self.doing))
    }

    /// The first row, if there is one.
    pub(in crate::store) async fn optional(
        &mut self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, arguments).await?.into_iter().next())
    }

    /// The one row that such a statement always has.
    pub(in crate::store) async fn one(
        &mut self,
        sql: &'static Sql,
        arguments: &[Argument<'_>],
    ) -> Result<Row, StoreError> {
        let row = self.optional(sql, arguments).await?;
        row.ok_or_else(|| StoreError::during(self.doing)(sqlx::Error::RowNotFound))
    }

    /// Commits. After an error nobody knows whether it went through.
    pub(in crate::store) async fn commit(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Sqlite(inner) => inner.commit().await,
            Inner::MySql(inner) => inner.commit().await,
            Inner::Postgres(inner) => inner.commit().await,
        }
        .map_err(StoreError::at_commit(self.doing))
    }

    /// Ends it without any change.
    pub(in crate::store) async fn rollback(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Sqlite(inner) => inner.rollback().await,
            Inner::MySql(inner) => inner.rollback().await,
            Inner::Postgres(inner) => inner.rollback().await,
        }
        .map_err(StoreError::during(self.doing))
    }
}

/// An `INSERT` of one row that may be there already; made by [`insert_new`].
#[derive(Debug)]
pub(in crate::store) struct InsertNew(pub(in crate::store) Sql);

/// The `INSERT` with this text, for [`Transaction::insert_new`].
macro_rules! insert_new {
    ($text:literal) => {
        $crate::store::sql::InsertNew($crate::store::sql::Sql::each(
            concat!($text, " ON CONFLICT DO NOTHING"),
            $text,
            concat!($text, " ON CONFLICT DO NOTHING"),
        ))
    };
}

/// The `SELECT` with this text, which keeps what it reads as it is until the transaction ends. In `SQLite` the
/// transaction itself does.
macro_rules! select_locked {
    ($text:literal) => {
        $crate::store::sql::Sql::each(
            $text,
            concat!($text, " FOR UPDATE"),
            concat!($text, " FOR UPDATE"),
        )
    };
}

pub(in crate::store) use {insert_new, select_locked};
