//! Sums, grades by hand, scales and regrades.

mod by_hand;
mod corrections;
mod scales;

use std::collections::BTreeSet;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::exam::Sequence;
use crate::exam::ids::OptionId;
use crate::exam::paper::tests::{header, one_of_each};
use crate::exam::paper::{PaperRules, Section};
use crate::exam::question::{
    ChoiceOption, MultipleResponse, Question, QuestionKind, ResponseScoring, TrueFalse,
};

/// One question, six options, the first two of them right, three points.
pub(crate) fn paper_with_one_choice() -> Paper {
    let options: Vec<ChoiceOption> = (0..6)
        .map(|n| ChoiceOption::new(format!("option {n}")))
        .collect();
    let kind = QuestionKind::MultipleResponse(MultipleResponse {
        correct: options[..2].iter().map(|option| option.id).collect(),
        options,
        scoring: ResponseScoring::AllOrNothing,
    });
    Paper::new(
        header(),
        vec![Question::new("Which?", Decimal::from(3), kind)],
    )
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn layout(paper: &Paper) -> Layout {
    Layout::shuffled(paper, [7; 16]).unwrap()
}

fn answer(question: &Question, response: Response) -> StoredAnswer {
    StoredAnswer {
        question_id: question.id,
        response,
        sequence: Sequence::new(1).unwrap(),
        flagged: false,
        saved_at: DateTime::UNIX_EPOCH,
    }
}

fn score_of(paper: &Paper, selected: &[OptionId]) -> Decimal {
    let response = Response::Selected(selected.iter().copied().collect::<BTreeSet<_>>());
    let answers = [answer(&paper.questions()[0], response)];
    grade(paper, &layout(paper), &answers, &[]).score
}

/// True/false questions worth `points` each with `penalty`, all of them true.
fn statements(points: &[&str], penalty: &str) -> Vec<Question> {
    let statement = |points: &&str| {
        let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
        let mut question = Question::new("?", decimal(points), kind);
        question.penalty = decimal(penalty);
        question
    };
    points.iter().map(statement).collect()
}

#[test]
fn only_the_exact_set_of_options_earns_points() {
    let paper = paper_with_one_choice();
    let ids: Vec<OptionId> = paper.questions()[0]
        .options()
        .iter()
        .map(|option| option.id)
        .collect();
    assert_eq!(score_of(&paper, &[ids[1], ids[0]]), decimal("3"));
    for wrong in [&ids[..1], &ids[..3], &[], &ids[4..]] {
        assert_eq!(score_of(&paper, wrong), Decimal::ZERO);
    }
}

#[test]
fn an_unanswered_paper_scores_nothing_of_everything() {
    let paper = paper_with_one_choice();
    let score = grade(&paper, &layout(&paper), &[], &[]);
    assert_eq!(
        (score.score, score.max_score),
        (Decimal::ZERO, decimal("3"))
    );
    assert!(score.is_final());
}

#[test]
fn penalties_bring_the_sum_below_nothing_only_where_the_paper_says_so() {
    for (may_be_negative, answers, expected) in [
        (false, [false, false, false], "0"),
        (true, [false, false, false], "-1.5"),
        (false, [true, false, false], "0"),
        (false, [true, true, false], "1.75"),
    ] {
        let rules = PaperRules {
            total_may_be_negative: may_be_negative,
            ..PaperRules::default()
        };
        let questions = statements(&["1", "1.25", "2"], "0.5");
        let section = Section::of_all(&questions);
        let paper = Paper::with_sections(header(), rules, questions, vec![section]);
        let answers: Vec<_> = paper
            .questions()
            .iter()
            .zip(answers)
            .map(|(question, value)| answer(question, Response::Value(value)))
            .collect();
        let score = grade(&paper, &layout(&paper), &answers, &[]).score;
        assert_eq!(score, decimal(expected), "{answers:?}");
    }
}

#[test]
fn an_answer_to_a_question_that_was_not_asked_earns_nothing() {
    let questions = statements(&["1", "5"], "0");
    let section = Section::of_all(&questions[..1]);
    let paper = Paper::with_sections(header(), PaperRules::default(), questions, vec![section]);
    let answers: Vec<_> = paper
        .questions()
        .iter()
        .map(|question| answer(question, Response::Value(true)))
        .collect();
    let score = grade(&paper, &layout(&paper), &answers, &[]);
    assert_eq!(
        (score.score, score.max_score, score.questions.len()),
        (Decimal::ONE, Decimal::ONE, 1)
    );
}

#[test]
fn a_new_key_changes_exactly_what_depends_on_it() {
    let questions = statements(&["1", "2"], "0");
    let paper = Paper::new(header(), questions.clone());
    let answers: Vec<_> = questions
        .iter()
        .map(|question| answer(question, Response::Value(true)))
        .collect();
    let before = grade(&paper, &layout(&paper), &answers, &[]);
    let mut corrected = questions;
    corrected[1].kind = QuestionKind::TrueFalse(TrueFalse { correct: false });
    let changed = corrected[1].id;
    let corrected = Paper::new(header(), corrected);
    let after = grade(&corrected, &layout(&paper), &answers, &[]);

    let change = regrade(&before, &after);
    assert_eq!((change.before, change.after), (decimal("3"), decimal("1")));
    let expected = QuestionChange {
        question_id: changed,
        before: Some(decimal("2")),
        after: Some(Decimal::ZERO),
    };
    assert_eq!(change.questions, [expected]);
    let back = regrade(&after, &before);
    let same = regrade(&after, &after);
    assert!(same.questions.is_empty());
    let expected = RegradeSummary {
        raised: 1,
        lowered: 1,
        unchanged: 1,
        other_grade: 0,
    };
    assert_eq!(summarise([&change, &back, &same]), expected);
}

proptest! {
    #[test]
    fn a_score_does_not_depend_on_the_order_of_answers_or_of_the_layout(
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(), values in any::<[bool; 8]>(), seed in any::<[u8; 16]>(),
    ) {
        let questions = statements(&["1", "0.5", "2", "1.25", "3", "1", "0.1", "7"], "0.25");
        let mut section = Section::of_all(&questions);
        section.shuffles_questions = true;
        let paper = Paper::with_sections(header(), PaperRules::default(), questions, vec![section]);
        let make = |at: usize| answer(&paper.questions()[at], Response::Value(values[at]));
        let forward: Vec<_> = (0..8).map(make).collect();
        let mixed: Vec<_> = order.into_iter().map(make).collect();
        let one = grade(&paper, &layout(&paper), &forward, &[]);
        let other = grade(&paper, &Layout::shuffled(&paper, seed).unwrap(), &mixed, &[]);
        prop_assert_eq!((one.score, one.max_score), (other.score, other.max_score));
        prop_assert!(regrade(&one, &other).questions.is_empty());
        let sum: Decimal = one.questions.iter().filter_map(|each| each.earned).sum();
        prop_assert_eq!(one.score, sum.max(Decimal::ZERO));
    }
}

/// Grading goes by what is stored, so that any result can be had again from the raw answers and the document.
#[test]
fn a_regrade_from_the_stored_texts_reproduces_the_score() {
    let paper = Paper::new(header(), one_of_each());
    let answers: Vec<_> = paper
        .questions()
        .iter()
        .map(|question| answer(question, right_response(question)))
        .collect();
    let first = grade(&paper, &layout(&paper), &answers, &[]);
    assert_eq!(
        first.score,
        decimal("14"),
        "everything but the essay is right"
    );
    assert!(!first.is_final());

    let read = Paper::from_document(paper.exam_id, &paper.to_document()).unwrap();
    let reread: Vec<_> = answers
        .iter()
        .map(|each| StoredAnswer {
            response: Response::from_text(&each.response.to_text()).unwrap(),
            ..each.clone()
        })
        .collect();
    let text = serde_json::to_string(&layout(&paper)).unwrap();
    let layout: Layout = serde_json::from_str(&text).unwrap();
    assert_eq!(grade(&read, &layout, &reread, &[]), first);
}

fn right_response(question: &Question) -> Response {
    match &question.kind {
        QuestionKind::MultipleChoice(kind) => Response::Selected([kind.correct].into()),
        QuestionKind::MultipleResponse(kind) => Response::Selected(kind.correct.clone()),
        QuestionKind::TrueFalse(kind) => Response::Value(kind.correct),
        QuestionKind::Numeric(kind) => Response::Number(crate::exam::response::NumberResponse {
            number: kind.accepted[0].value,
            unit: None,
        }),
        QuestionKind::ShortAnswer(_) => Response::Text("paris".to_owned()),
        QuestionKind::Matching(kind) => Response::Pairs(kind.correct.clone()),
        QuestionKind::Ordering(kind) => {
            Response::Order(kind.items.iter().map(|item| item.id).collect())
        }
        QuestionKind::Essay(_) => Response::Text("A text.".to_owned()),
    }
}
