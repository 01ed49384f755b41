//! The values of a statement: whole numbers and texts, or nothing.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::exam::{
    AttemptId, CategoryId, CourseId, DepartmentId, DeviceId, EventId, ExamId, GroupId, IncidentId,
    MessageId, QuestionId, SessionId, UserId,
};

/// A value of a statement.
#[derive(Clone)]
pub(in crate::store) enum Argument<'a> {
    /// A number, or null.
    Integer(Option<i64>),
    /// A text, or null.
    Text(Option<Cow<'a, str>>),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl From<i64> for Argument<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<usize> for Argument<'_> {
    fn from(count: usize) -> Self {
        Self::from(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<DateTime<Utc>> for Argument<'_> {
    fn from(at: DateTime<Utc>) -> Self {
        Self::from(at.timestamp_millis())
    }
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(value)))
    }
}

impl<'a> From<&'a String> for Argument<'a> {
    fn from(value: &'a String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<String> for Argument<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(Cow::Owned(value)))
    }
}

impl From<Option<DateTime<Utc>>> for Argument<'_> {
    fn from(at: Option<DateTime<Utc>>) -> Self {
        Self::Integer(at.map(|at| at.timestamp_millis()))
    }
}

impl<'a> From<&'a Option<String>> for Argument<'a> {
    fn from(value: &'a Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

impl From<Option<i64>> for Argument<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl<'a> From<&'a [u8]> for Argument<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<Option<&'a str>> for Argument<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value.map(Cow::Borrowed))
    }
}

macro_rules! from_ids {
    ($($id:ty),*) => {
        $(
            impl From<$id> for Argument<'_> {
                fn from(id: $id) -> Self {
                    Self::from(id.to_string())
                }
            }

            impl From<Option<$id>> for Argument<'_> {
                fn from(id: Option<$id>) -> Self {
                    Self::Text(id.map(|id| Cow::Owned(id.to_string())))
                }
            }
        )*
    };
}

from_ids!(
    AttemptId,
    CategoryId,
    CourseId,
    DepartmentId,
    DeviceId,
    EventId,
    ExamId,
    GroupId,
    IncidentId,
    MessageId,
    QuestionId,
    SessionId,
    UserId
);

/// The values of a statement, in the order of their numbers.
macro_rules! arguments {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::sql::Argument::from($value)),*]
    };
}

pub(in crate::store) use arguments;
