//! Answers that a page had to write to a file, merged with what is stored: by sequence, as if they had come in time.
//!
//! Whether they may count at all (handed in, deadline over, another computer) staff have decided by uploading the file;
//! what does not fit the paper, was left behind, or is older than what is stored is refused here as everywhere.

use chrono::{DateTime, Utc};

use super::answer::{Answer, RefusalReason, Sequence};
use super::attempt::{Acceptance, AnswerSheet, Asked};
use super::ids::QuestionId;
use super::response::Response;

/// An answer in a file.
#[derive(Clone, PartialEq, Eq)]
pub struct FileAnswer {
    /// Which question.
    pub question_id: QuestionId,
    /// What was answered, or why it is no answer.
    pub response: Result<Response, &'static str>,
    /// Which save of this question it would have been.
    pub sequence: Sequence,
    /// Marked for a second look.
    pub flagged: bool,
    /// When, by the page's count of the server's clock.
    pub answered_at: DateTime<Utc>,
}

/// What became of an answer in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeVerdict {
    /// It counts from now on.
    Stored,
    /// It is what is stored.
    Same,
    /// What is stored has its sequence or a higher one.
    Older,
    /// A rule is against it.
    Refused(RefusalReason),
}

/// An answer in a file with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedAnswer {
    /// Which question.
    pub question_id: QuestionId,
    /// Its sequence.
    pub sequence: Sequence,
    /// When it was made, by its page.
    pub answered_at: DateTime<Utc>,
    /// The sequence that was stored before.
    pub stored_before: Option<Sequence>,
    /// What became of it.
    pub verdict: MergeVerdict,
}

/// Merges `answers` into `sheet`, in the order in which they were made.
pub fn merge(
    sheet: &mut AnswerSheet,
    asked: Asked<'_>,
    mut answers: Vec<FileAnswer>,
    saved_at: DateTime<Utc>,
) -> Vec<MergedAnswer> {
    answers.sort_by_key(|answer| (answer.sequence, answer.question_id));
    let merged = answers.into_iter().map(|file| {
        let before = sheet.answer(file.question_id).map(|stored| stored.sequence);
        MergedAnswer {
            question_id: file.question_id,
            sequence: file.sequence,
            answered_at: file.answered_at,
            stored_before: before,
            verdict: merge_one(sheet, asked, file, saved_at),
        }
    });
    merged.collect()
}

fn merge_one(
    sheet: &mut AnswerSheet,
    asked: Asked<'_>,
    file: FileAnswer,
    saved_at: DateTime<Utc>,
) -> MergeVerdict {
    let response = match file.response {
        Ok(response) => response,
        Err(why) => return MergeVerdict::Refused(RefusalReason::InvalidAnswer(why)),
    };
    let answer = Answer {
        question_id: file.question_id,
        response,
        sequence: file.sequence,
        flagged: Some(file.flagged),
    };
    match sheet.accept_from_file(asked, &answer, saved_at) {
        Ok(Acceptance::Stored) => MergeVerdict::Stored,
        Ok(Acceptance::Repeated) => MergeVerdict::Same,
        Err(refusal) if refusal.reason == RefusalReason::StaleAnswer => MergeVerdict::Older,
        Err(refusal) => MergeVerdict::Refused(refusal.reason),
    }
}

#[cfg(test)]
#[path = "emergency_tests.rs"]
mod tests;
