//! How domain values look in a column, both ways.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row as _, Sqlite, Type};

use crate::exam::{Response, Sequence};
use crate::store::StoreError;

/// The value of a column.
pub(super) fn column<'r, T, I>(row: &'r SqliteRow, index: I) -> Result<T, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
    I: ColumnIndex<SqliteRow>,
{
    row.try_get(index)
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// An identifier from a text column.
pub(super) fn id<T: FromStr>(row: &SqliteRow, index: usize) -> Result<T, StoreError> {
    let text: &str = column(row, index)?;
    text.parse()
        .map_err(|_| StoreError::Corrupt(format!("'{text}' is not an identifier")))
}

/// A time from a column of Unix milliseconds.
pub(super) fn time(row: &SqliteRow, index: usize) -> Result<DateTime<Utc>, StoreError> {
    from_milliseconds(column(row, index)?)
}

/// A time, or nothing, from a column of Unix milliseconds.
pub(super) fn optional_time(
    row: &SqliteRow,
    index: usize,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    column::<Option<i64>, _>(row, index)?
        .map(from_milliseconds)
        .transpose()
}

fn from_milliseconds(milliseconds: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| StoreError::Corrupt(format!("{milliseconds} is not a time")))
}

/// A response from its stored JSON.
pub(super) fn response(text: &str) -> Result<Response, StoreError> {
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
pub(super) fn sequence(number: i64) -> Result<Sequence, StoreError> {
    Sequence::new(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is not a sequence")))
}
