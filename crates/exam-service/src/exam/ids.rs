//! Which thing is meant: one type per kind of identifier, so that a question id is never taken for an attempt id.
//!
//! `UUIDv7`, which sorts by the time it was made, where nobody may learn anything from that.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! define_id {
    ($(#[$doc:meta])* $name:ident = $new:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier.
            pub fn generate() -> Self {
                Self(Uuid::$new())
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
    UserId = now_v7
);
define_id!(
    /// An exam: a paper with its window of time.
    ExamId = now_v7
);
define_id!(
    /// A course: what is taught, with its question bank and its exams.
    CourseId = now_v7
);
define_id!(
    /// A category of a question bank.
    CategoryId = now_v7
);
define_id!(
    /// A group of a course.
    GroupId = now_v7
);
define_id!(
    /// A question of a paper.
    QuestionId = now_v7
);
define_id!(
    /// An option, item, prompt or criterion of a question. Grading goes by this and never by a position. Made at random:
    /// identifiers that sort by the time they were made would tell students the author's order, which may be the key.
    OptionId = new_v4
);
define_id!(
    /// One student's sitting of one exam.
    AttemptId = now_v7
);
define_id!(
    /// A department: what courses belong to.
    DepartmentId = now_v7
);
define_id!(
    /// One sign-in, from its first token to its last.
    SessionId = now_v7
);
define_id!(
    /// A computer that an attempt is sat on, by the name that its page has chosen and keeps.
    DeviceId = new_v4
);
define_id!(
    /// Something that a page reported.
    EventId = now_v7
);
define_id!(
    /// Something that an invigilator wrote down.
    IncidentId = now_v7
);
define_id!(
    /// Something that an invigilator said.
    MessageId = now_v7
);
