//! What became of the questions of a file.

use serde::Serialize;

/// The most notes that are kept; further ones are counted.
const MAX_NOTES: usize = 1_000;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A question was left out.
    Skipped,
    /// A question was taken, but not quite as it was.
    Changed,
}

/// One thing that was not understood, or cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// In which line or row of the file, from 1.
    pub line: Option<usize>,
    /// In which file of a package, or which question.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Whether the question was taken.
    pub effect: Effect,
    /// What it is.
    pub what: String,
}

/// What became of the questions of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many were taken.
    pub taken: usize,
    /// How many were left out.
    pub skipped: usize,
    /// What there is to say, in the order of the file.
    pub notes: Vec<Note>,
    /// How many notes are not listed, because there are too many.
    pub unlisted_notes: usize,
}

/// Where in a file something is.
#[derive(Debug, Clone, Default)]
pub(super) struct Spot {
    pub(super) line: Option<usize>,
    pub(super) place: String,
}

impl Spot {
    pub(super) fn line(line: usize) -> Self {
        Self {
            line: Some(line),
            place: String::new(),
        }
    }

    /// The `number`th question, from 1, that is written.
    pub(super) fn question(number: usize) -> Self {
        Self {
            line: None,
            place: format!("question {number}"),
        }
    }
}

impl Report {
    /// A question was left out.
    pub(super) fn skip(&mut self, spot: &Spot, what: impl Into<String>) {
        self.skipped += 1;
        self.note(spot, Effect::Skipped, what.into());
    }

    /// A question is not quite as it was.
    pub(super) fn change(&mut self, spot: &Spot, what: impl Into<String>) {
        self.note(spot, Effect::Changed, what.into());
    }

    fn note(&mut self, spot: &Spot, effect: Effect, what: String) {
        if self.notes.len() >= MAX_NOTES {
            self.unlisted_notes += 1;
            return;
        }
        self.notes.push(Note {
            line: spot.line,
            place: spot.place.clone(),
            effect,
            what,
        });
    }
}
