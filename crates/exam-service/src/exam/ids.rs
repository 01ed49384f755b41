//! Which thing is meant: one type per kind of identifier, so that a question id is never taken for an attempt id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! define_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier (`UUIDv7`: it sorts by the time it was made).
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier inside.
            pub fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

define_id!(
    /// An account.
    UserId
);
define_id!(
    /// An exam: a paper with its window of time.
    ExamId
);
define_id!(
    /// A question of a paper.
    QuestionId
);
define_id!(
    /// One option of a multiple-choice question. Grading goes by this and never by a position.
    OptionId
);
define_id!(
    /// One student's sitting of one exam.
    AttemptId
);
