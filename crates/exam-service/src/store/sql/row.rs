//! What comes back: a row of any of the databases, read by the place of its columns.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::exam::{Response, Sequence};
use crate::store::StoreError;

/// A row.
pub(in crate::store) enum Row {
    Sqlite(SqliteRow),
    MySql(MySqlRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<MySqlRow> for Row {
    fn from(row: MySqlRow) -> Self {
        Self::MySql(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    /// Rows of one database as rows of any.
    pub(in crate::store) fn each<R: Into<Self>>(rows: Vec<R>) -> Vec<Self> {
        rows.into_iter().map(Into::into).collect()
    }

    /// A number, or nothing.
    pub(in crate::store) fn optional_integer(
        &self,
        index: usize,
    ) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => row.try_get(index),
            Self::MySql(row) => row.try_get(index),
            Self::Postgres(row) => row.try_get(index),
        }
        .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// A text, or nothing.
    pub(in crate::store) fn optional_text(&self, index: usize) -> Result<Option<&str>, StoreError> {
        match self {
            Self::Sqlite(row) => row.try_get(index),
            Self::MySql(row) => row.try_get(index),
            Self::Postgres(row) => row.try_get(index),
        }
        .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// Bytes of one's own.
    pub(in crate::store) fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Sqlite(row) => row.try_get(index),
            Self::MySql(row) => row.try_get(index),
            Self::Postgres(row) => row.try_get(index),
        }
        .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// A number.
    pub(in crate::store) fn integer(&self, index: usize) -> Result<i64, StoreError> {
        self.optional_integer(index)?.ok_or_else(|| missing(index))
    }

    /// A text.
    pub(in crate::store) fn text(&self, index: usize) -> Result<&str, StoreError> {
        self.optional_text(index)?.ok_or_else(|| missing(index))
    }

    /// A text of one's own.
    pub(in crate::store) fn string(&self, index: usize) -> Result<String, StoreError> {
        self.text(index).map(str::to_owned)
    }

    /// Yes or no, from a column of ones and zeros.
    pub(in crate::store) fn flag(&self, index: usize) -> Result<bool, StoreError> {
        self.integer(index).map(|number| number != 0)
    }

    /// An identifier from a text column.
    pub(in crate::store) fn id<T: FromStr>(&self, index: usize) -> Result<T, StoreError> {
        let text = self.text(index)?;
        text.parse()
            .map_err(|_| StoreError::Corrupt(format!("'{text}' is not an identifier")))
    }

    /// An identifier, or nothing, from a text column.
    pub(in crate::store) fn optional_id<T: FromStr>(
        &self,
        index: usize,
    ) -> Result<Option<T>, StoreError> {
        match self.optional_text(index)? {
            Some(_) => self.id(index).map(Some),
            None => Ok(None),
        }
    }

    /// A document from a text column; nothing of its content is in an error.
    pub(in crate::store) fn json<T: DeserializeOwned>(
        &self,
        index: usize,
        what: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(self.text(index)?).map_err(|error| {
            StoreError::Corrupt(format!(
                "{what} cannot be read at line {}, column {}",
                error.line(),
                error.column()
            ))
        })
    }

    /// The same where nothing is the default.
    pub(in crate::store) fn json_or_default<T: DeserializeOwned + Default>(
        &self,
        index: usize,
        what: &str,
    ) -> Result<T, StoreError> {
        match self.optional_text(index)? {
            Some(_) => self.json(index, what),
            None => Ok(T::default()),
        }
    }

    /// A time from a column of Unix milliseconds.
    pub(in crate::store) fn time(&self, index: usize) -> Result<DateTime<Utc>, StoreError> {
        from_milliseconds(self.integer(index)?)
    }

    /// A time, or nothing, from a column of Unix milliseconds.
    pub(in crate::store) fn optional_time(
        &self,
        index: usize,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.optional_integer(index)?
            .map(from_milliseconds)
            .transpose()
    }
}

fn missing(index: usize) -> StoreError {
    StoreError::Corrupt(format!("there is nothing in column {}", index + 1))
}

fn from_milliseconds(milliseconds: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| StoreError::Corrupt(format!("{milliseconds} is not a time")))
}

/// A response from its stored JSON.
pub(in crate::store) fn response(text: &str) -> Result<Response, StoreError> {
    Response::from_text(text)
        // Not shown: an answer has no business in a log.
        .ok_or_else(|| {
            StoreError::Corrupt(format!(
                "an answer of {} bytes that cannot be read",
                text.len()
            ))
        })
}

/// A sequence from its stored number.
pub(in crate::store) fn sequence(number: i64) -> Result<Sequence, StoreError> {
    Sequence::new(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is not a sequence")))
}
