//! All attempts of an exam, graded in bounded memory: one page of them at a time.

use chrono::{DateTime, Utc};

use super::super::error::ApiError;
use super::super::state::AppState;
use crate::exam::grading::{HandGrade, Score, grade};
use crate::exam::{AttemptId, Paper, Phase};
use crate::store::results::{AttemptToGrade, ExamToGrade};

/// Attempts that are in memory at a time, with their answers.
const PAGE: i64 = 200;

/// Reads the attempts of one exam in the order of their ids.
pub(super) struct Pages<'a> {
    state: &'a AppState,
    exam: &'a ExamToGrade,
    after: Option<AttemptId>,
    is_over: bool,
}

impl<'a> Pages<'a> {
    /// From the attempt `after` another on; from the first one without.
    pub(super) fn after(
        state: &'a AppState,
        exam: &'a ExamToGrade,
        after: Option<AttemptId>,
    ) -> Self {
        Self {
            state,
            exam,
            after,
            is_over: false,
        }
    }

    /// The next attempts; none when there are no more.
    pub(super) async fn next(&mut self) -> Result<Vec<AttemptToGrade>, ApiError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let store = &self.state.store;
        let page = store
            .attempts_to_grade(self.exam.id, self.after, PAGE)
            .await?;
        self.is_over = i64::try_from(page.len()).unwrap_or(PAGE) < PAGE;
        self.after = page.last().map(|last| last.attempt.id).or(self.after);
        Ok(page)
    }
}

impl AttemptToGrade {
    /// Whether its student can change nothing any more.
    pub(super) fn is_closed(&self, now: DateTime<Utc>) -> bool {
        self.attempt.phase(now) != Phase::Open
    }

    /// What it earns by the keys of `paper` and what people decided.
    pub(super) fn score(&self, paper: &Paper) -> Score {
        let decided = self.grades.iter().filter(|each| each.is_of(&self.answers));
        let by_hand: Vec<HandGrade> = decided.map(|each| each.grade.clone()).collect();
        grade(paper, &self.layout, &self.answers, &by_hand)
    }
}
