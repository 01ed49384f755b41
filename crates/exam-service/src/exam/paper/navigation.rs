//! Where in a paper a student may go.

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use crate::exam::ids::QuestionId;

/// Where a student may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Navigation {
    /// Anywhere at any time.
    #[default]
    Free,
    /// Back and forth within a section; a section that was left is closed.
    SectionsInOrder,
    /// To the next question only; one that was left is closed.
    QuestionsInOrder,
}

/// Why a question cannot be answered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NavigationRefusal {
    /// It is not among the questions of this attempt.
    NotAsked,
    /// It was left behind.
    Closed,
}

impl Navigation {
    /// Whether `question` may be answered by a student who has been at `furthest` (a place in the layout, from 0).
    ///
    /// Going on is never refused: a save of a later question is what moves `furthest`.
    ///
    /// # Errors
    /// Why not.
    pub fn check(
        self,
        layout: &Layout,
        furthest: Option<usize>,
        question: QuestionId,
    ) -> Result<(), NavigationRefusal> {
        let place_of = |place: usize| layout.questions.get(place);
        let wanted = layout
            .place_of(question)
            .ok_or(NavigationRefusal::NotAsked)?;
        let Some(furthest) = furthest else {
            return Ok(());
        };
        let is_closed = match self {
            Self::Free => false,
            Self::QuestionsInOrder => wanted < furthest,
            Self::SectionsInOrder => {
                let sections = (place_of(wanted), place_of(furthest));
                matches!(sections, (Some(wanted), Some(reached)) if wanted.section < reached.section)
            }
        };
        if is_closed {
            Err(NavigationRefusal::Closed)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exam::paper::layout::LaidOutQuestion;

    /// Two questions in each of two sections.
    fn layout() -> Layout {
        let place = |section| LaidOutQuestion {
            question_id: QuestionId::generate(),
            section,
            options: Vec::new(),
        };
        Layout {
            questions: [0, 0, 1, 1].map(place).to_vec(),
        }
    }

    #[test]
    fn what_was_left_behind_is_closed_as_the_rule_says() {
        use Navigation::{Free, QuestionsInOrder, SectionsInOrder};
        let layout = layout();
        for (rule, furthest, wanted, is_open) in [
            (Free, Some(3), 0, true),
            (SectionsInOrder, None, 3, true),
            (SectionsInOrder, Some(1), 0, true),
            (SectionsInOrder, Some(2), 1, false),
            (SectionsInOrder, Some(3), 2, true),
            (SectionsInOrder, Some(0), 3, true),
            (QuestionsInOrder, None, 2, true),
            (QuestionsInOrder, Some(1), 1, true),
            (QuestionsInOrder, Some(1), 0, false),
            (QuestionsInOrder, Some(1), 2, true),
        ] {
            let verdict = rule.check(&layout, furthest, layout.questions[wanted].question_id);
            assert_eq!(
                verdict.is_ok(),
                is_open,
                "{rule:?}, been at {furthest:?}, to {wanted}"
            );
        }
    }

    #[test]
    fn a_question_that_was_not_drawn_cannot_be_answered() {
        let verdict = Navigation::Free.check(&layout(), None, QuestionId::generate());
        assert_eq!(verdict, Err(NavigationRefusal::NotAsked));
    }
}
