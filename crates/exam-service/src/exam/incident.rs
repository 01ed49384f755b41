//! What invigilators write down while an exam is sat, so that it can be judged later.

use serde::{Deserialize, Serialize};

/// The most notes of one exam.
pub const MOST_INCIDENTS: usize = 5000;

/// What a note is about, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentCategory {
    /// A computer, the network, the room.
    Technical,
    /// What somebody did, or seems to have done.
    Behaviour,
    /// Somebody was not well, or had to leave.
    Health,
    /// Whatever else.
    Other,
}

impl IncidentCategory {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Technical, Self::Behaviour, Self::Health, Self::Other];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Technical => "technical",
            Self::Behaviour => "behaviour",
            Self::Health => "health",
            Self::Other => "other",
        }
    }

    /// The category with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}
