//! One save of one answer, what is stored of it, and how a save is refused.

use chrono::{DateTime, Utc};

use super::ids::QuestionId;
use super::response::Response;

/// The client's own count of saves of one question; the highest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(i64);

impl Sequence {
    /// The largest sequence taken: the largest integer that a JavaScript number holds exactly.
    pub const MAX: i64 = 9_007_199_254_740_991;

    /// `number` as a sequence, when it is within `1..=MAX`.
    pub fn new(number: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    /// The number itself.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A save as a student sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which question.
    pub question_id: QuestionId,
    /// What was answered.
    pub response: Response,
    /// Which save of this question it is.
    pub sequence: Sequence,
    /// Marked for a second look; `None` leaves the stored mark as it is.
    pub flagged: Option<bool>,
}

/// An answer as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Which question.
    pub question_id: QuestionId,
    /// What was answered.
    pub response: Response,
    /// The highest sequence that was accepted.
    pub sequence: Sequence,
    /// Marked for a second look.
    pub flagged: bool,
    /// When the server stored it.
    pub saved_at: DateTime<Utc>,
}

impl StoredAnswer {
    /// Whether `answer` is the very save that is stored here, sent once more.
    pub fn is_repeated_by(&self, answer: &Answer) -> bool {
        self.sequence == answer.sequence
            && self.response == answer.response
            && answer.flagged.is_none_or(|flagged| flagged == self.flagged)
    }
}

/// Why a save was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    /// Something newer, or something else under the same sequence, is stored.
    StaleAnswer,
    /// The attempt is submitted or its time is over.
    AttemptClosed,
    /// The answer does not fit the paper.
    InvalidAnswer(&'static str),
    /// The student has gone on, and the exam does not let them back.
    QuestionClosed,
    /// It was made on a computer after another one had taken over the attempt.
    AttemptElsewhere,
}

impl RefusalReason {
    /// Each of them.
    pub const ALL: [Self; 5] = [
        Self::StaleAnswer,
        Self::AttemptClosed,
        Self::InvalidAnswer(""),
        Self::QuestionClosed,
        Self::AttemptElsewhere,
    ];

    /// The word used in replies and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StaleAnswer => "stale-answer",
            Self::AttemptClosed => "attempt-closed",
            Self::InvalidAnswer(_) => "invalid-answer",
            Self::QuestionClosed => "question-closed",
            Self::AttemptElsewhere => "attempt-elsewhere",
        }
    }
}

/// A save that was not stored, with what is stored instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// What the database has for this question.
    pub current: Option<StoredAnswer>,
}
