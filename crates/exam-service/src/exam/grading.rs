//! What an answer earns. Goes by stable option ids, so that shuffling can never change a score.

use std::collections::HashMap;

use super::answer::StoredAnswer;
use super::ids::QuestionId;
use super::paper::{Paper, Question, QuestionKind};
use super::response::Response;

/// What one question earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionScore {
    /// Which question.
    pub question_id: QuestionId,
    /// What it was worth.
    pub points: i64,
    /// What the answer earned: all or nothing.
    pub earned: i64,
}

/// The grading of a whole attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Sum of what was earned.
    pub score: i64,
    /// Sum of what could be earned.
    pub max_score: i64,
    /// Per question, in the order of the paper.
    pub questions: Vec<QuestionScore>,
}

/// Grades what is stored against `paper`. A question without an answer earns nothing.
pub fn grade(paper: &Paper, answers: &[StoredAnswer]) -> Score {
    let responses: HashMap<QuestionId, &Response> = answers
        .iter()
        .map(|answer| (answer.question_id, &answer.response))
        .collect();
    let questions: Vec<QuestionScore> = paper
        .questions()
        .iter()
        .map(|question| {
            let right = responses
                .get(&question.id)
                .is_some_and(|response| is_right(question, response));
            QuestionScore {
                question_id: question.id,
                points: question.points,
                earned: if right { question.points } else { 0 },
            }
        })
        .collect();
    Score {
        score: questions.iter().map(|question| question.earned).sum(),
        max_score: questions.iter().map(|question| question.points).sum(),
        questions,
    }
}

fn is_right(question: &Question, response: &Response) -> bool {
    match (&question.kind, response) {
        (QuestionKind::MultipleChoice { correct, .. }, Response::Selected(selected)) => {
            selected == correct
        }
        (QuestionKind::TrueFalse { correct }, Response::Value(value)) => value == correct,
        _ => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::exam::ids::{ExamId, OptionId};
    use crate::exam::paper::{ChoiceOption, PaperHeader};
    use crate::exam::{Sequence, StoredAnswer};

    /// One question, six options, the first two of them right, three points.
    pub(crate) fn paper_with_one_choice() -> Paper {
        let options: Vec<ChoiceOption> = (0..6)
            .map(|n| ChoiceOption {
                id: OptionId::generate(),
                text: format!("option {n}"),
            })
            .collect();
        let correct = options[..2].iter().map(|option| option.id).collect();
        let question = Question {
            id: QuestionId::generate(),
            text: "Which?".to_owned(),
            points: 3,
            kind: QuestionKind::MultipleChoice { options, correct },
        };
        let header = PaperHeader {
            exam_id: ExamId::generate(),
            title: "Paper".to_owned(),
            duration: TimeDelta::hours(1),
        };
        Paper::new(header, vec![question])
    }

    fn score_of(paper: &Paper, selected: &[OptionId]) -> i64 {
        let answer = StoredAnswer {
            question_id: paper.questions()[0].id,
            response: Response::Selected(selected.iter().copied().collect::<BTreeSet<_>>()),
            sequence: Sequence::new(1).unwrap(),
            flagged: false,
            saved_at: DateTime::UNIX_EPOCH,
        };
        grade(paper, &[answer]).score
    }

    #[test]
    fn only_the_exact_set_of_options_earns_points() {
        let paper = paper_with_one_choice();
        let ids: Vec<OptionId> = paper.questions()[0]
            .options()
            .iter()
            .map(|option| option.id)
            .collect();
        assert_eq!(score_of(&paper, &[ids[1], ids[0]]), 3);
        assert_eq!(score_of(&paper, &ids[..1]), 0);
        assert_eq!(score_of(&paper, &ids[..3]), 0);
        assert_eq!(score_of(&paper, &[]), 0);
        assert_eq!(score_of(&paper, &ids[4..]), 0);
    }

    #[test]
    fn an_unanswered_paper_scores_nothing_of_everything() {
        let score = grade(&paper_with_one_choice(), &[]);
        assert_eq!((score.score, score.max_score), (0, 3));
    }
}
