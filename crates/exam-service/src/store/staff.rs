//! What the verbs of staff have in common: who asks, and what may become of it.

use chrono::{DateTime, Utc};

use super::Role;
use crate::exam::UserId;

/// Who of the staff asks, and when. An administrator may everywhere what others may in their courses.
#[derive(Debug, Clone, Copy)]
pub struct Staff {
    /// Which account.
    pub user: UserId,
    /// Its role.
    pub role: Role,
    /// When the request came.
    pub at: DateTime<Utc>,
}

impl Staff {
    /// Whether every course is theirs.
    pub fn is_everywhere(self) -> bool {
        self.role == Role::Administrator
    }
}

/// What became of something that staff wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffOutcome<T> {
    /// It is done, and on the disk.
    Done(T),
    /// It is not there, or not theirs.
    NotFound,
    /// Somebody else has changed it since.
    Outdated {
        /// The version that it has now.
        current: i64,
    },
    /// A rule is against it; a sentence that says which, and what to do.
    Refused(String),
}

impl<T> StaffOutcome<T> {
    /// Refused with this sentence.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    /// The thing itself, or that it is not there.
    pub fn found(thing: Option<T>) -> Self {
        thing.map_or(Self::NotFound, Self::Done)
    }
}
