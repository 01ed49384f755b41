//! How far an exam has come, from the first draft to the last result.

use serde::{Deserialize, Serialize};

/// How far an exam has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExamState {
    /// Its authors work on it.
    Draft,
    /// Others look at it; nobody changes it.
    Review,
    /// What it asks is fixed; it can be sat in its window.
    Published,
    /// Nobody starts it any more.
    Closed,
}

impl ExamState {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Review, Self::Published, Self::Closed];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Published => "published",
            Self::Closed => "closed",
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether what it asks is fixed.
    pub fn is_frozen(self) -> bool {
        matches!(self, Self::Published | Self::Closed)
    }

    /// Whether an exam may go from this state to `next`.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn check_step(self, next: Self) -> Result<(), &'static str> {
        match (self, next) {
            (Self::Draft, Self::Review)
            | (Self::Review, Self::Draft | Self::Published)
            | (Self::Published, Self::Closed)
            | (Self::Closed, Self::Published) => Ok(()),
            (now, next) if now == next => Ok(()),
            (Self::Draft, Self::Published) => {
                Err("It is a draft. Take it to review first, then publish it.")
            }
            (Self::Draft | Self::Review, _) => {
                Err("It was never published. There is nothing to close.")
            }
            (Self::Published | Self::Closed, _) => Err(
                "What a published exam asks never changes, so it is not taken back. Close it, clone it, and publish the clone.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_published_is_never_a_draft_again() {
        for from in ExamState::ALL {
            assert_eq!(ExamState::parse(from.as_str()), Some(from));
            for to in ExamState::ALL {
                let allowed = from.check_step(to).is_ok();
                let is_step_on = matches!(
                    (from, to),
                    (ExamState::Draft, ExamState::Review)
                        | (ExamState::Review, ExamState::Draft | ExamState::Published)
                        | (ExamState::Published, ExamState::Closed)
                        | (ExamState::Closed, ExamState::Published)
                );
                assert_eq!(allowed, from == to || is_step_on, "{from:?} {to:?}");
            }
        }
    }
}
