//! A question that turned out to be broken, so that no key is right.

use serde::Serialize;

/// What becomes of it, for everybody who was asked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Voiding {
    /// It earns all of its points, whatever was answered, and whether anything was.
    FullPoints,
    /// It earns nothing, costs nothing, and is not among what could be earned.
    LeftOut,
}

impl Voiding {
    /// Both.
    const ALL: [Self; 2] = [Self::FullPoints, Self::LeftOut];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullPoints => "full_points",
            Self::LeftOut => "left_out",
        }
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}
