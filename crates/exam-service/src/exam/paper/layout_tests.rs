//! Layouts: repeatable, complete, and as uniform as a good shuffle.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::*;
use crate::exam::grading::tests::paper_with_one_choice;
use crate::exam::ids::ExamId;
use crate::exam::paper::{PaperHeader, PaperRules};
use crate::exam::question::{ChoiceOption, Ordering, OrderingScoring, QuestionKind, TrueFalse};

fn seed(number: u32) -> [u8; 16] {
    let mut seed = [0; 16];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    seed
}

/// Statements, the first `count / 2` of them tagged "easy"; difficulties 1 to 5 in turn.
fn statements(count: u8) -> Vec<Question> {
    let statement = |number: u8| {
        let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
        let mut question = Question::new(format!("{number}"), Decimal::ONE, kind);
        question.difficulty = Some(number % 5 + 1);
        if number < count / 2 {
            question.tags.insert("easy".to_owned());
        }
        question
    };
    (0..count).map(statement).collect()
}

fn paper(questions: Vec<Question>, sections: Vec<Section>) -> Paper {
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Paper".to_owned(),
        duration: TimeDelta::hours(1),
    };
    Paper::with_sections(header, PaperRules::default(), questions, sections)
}

fn drawing(count: usize) -> Section {
    let draw = Draw {
        count,
        ..Draw::default()
    };
    Section {
        items: vec![SectionItem::Draw(draw)],
        ..Section::default()
    }
}

fn asked(layout: &Layout) -> Vec<QuestionId> {
    layout
        .questions
        .iter()
        .map(|place| place.question_id)
        .collect()
}

#[test]
fn a_shuffle_keeps_every_option_and_is_repeatable() {
    let paper = paper_with_one_choice();
    let original: BTreeSet<_> = paper.questions()[0]
        .options()
        .iter()
        .map(|option| option.id)
        .collect();
    let mut orders = HashSet::new();
    for number in 0..32 {
        let layout = Layout::shuffled(&paper, seed(number)).unwrap();
        assert_eq!(Ok(&layout), Layout::shuffled(&paper, seed(number)).as_ref());
        let options = layout.questions[0].options.clone();
        assert_eq!(options.iter().copied().collect::<BTreeSet<_>>(), original);
        orders.insert(options);
    }
    assert!(
        orders.len() > 4,
        "32 seeds gave only {} orders",
        orders.len()
    );
}

/// 6 items give 720 orders; here the 36 pairs (item, place) are counted over 3600 seeds, 600 expected each. A chi-squared
/// of 25 degrees of freedom is above 60 once in 10,000 runs; ids are fixed, so that the figure is always the same.
#[test]
fn every_option_is_equally_often_in_every_place() {
    let ids: Vec<OptionId> = (0..6_u128)
        .map(|n| OptionId::from(Uuid::from_u128(n + 1)))
        .collect();
    let items = ids
        .iter()
        .map(|id| ChoiceOption {
            id: *id,
            text: id.to_string(),
        })
        .collect();
    let kind = QuestionKind::Ordering(Ordering {
        items,
        scoring: OrderingScoring::Exact,
    });
    let questions = vec![Question::new("Order!", Decimal::ONE, kind)];
    let section = Section::of_all(&questions);
    let paper = paper(questions, vec![section]);
    let mut counts = BTreeMap::new();
    for number in 0..3600 {
        let layout = Layout::shuffled(&paper, seed(number)).unwrap();
        for (place, id) in layout.questions[0].options.iter().enumerate() {
            *counts.entry((place, *id)).or_insert(0_i32) += 1;
        }
    }
    assert_eq!(counts.len(), 36);
    let squares: i32 = counts
        .values()
        .map(|count| (count - 600) * (count - 600))
        .sum();
    assert!(squares / 600 < 60, "chi-squared is {}", squares / 600);
}

/// 3 of 6 questions can be drawn in 20 ways; over 4000 seeds each is expected 200 times. A chi-squared of 19 degrees of
/// freedom is above 51 once in 10,000 runs.
#[test]
fn every_choice_of_questions_is_equally_likely() {
    let mut questions = statements(6);
    for (number, question) in (1_u128..).zip(&mut questions) {
        question.id = QuestionId::from(Uuid::from_u128(number));
    }
    let paper = paper(questions, vec![drawing(3)]);
    let mut counts: BTreeMap<BTreeSet<QuestionId>, i32> = BTreeMap::new();
    for number in 0..4000 {
        let layout = Layout::shuffled(&paper, seed(number)).unwrap();
        *counts
            .entry(asked(&layout).into_iter().collect())
            .or_default() += 1;
    }
    assert_eq!(counts.len(), 20);
    let squares: i32 = counts
        .values()
        .map(|count| (count - 200) * (count - 200))
        .sum();
    assert!(squares / 200 < 51, "chi-squared is {}", squares / 200);
}

#[test]
fn no_question_is_asked_twice_and_fixed_ones_are_never_drawn() {
    let questions = statements(9);
    let fixed = SectionItem::Fixed {
        question: questions[8].id,
    };
    let first = Section {
        items: vec![SectionItem::Draw(Draw {
            count: 4,
            ..Draw::default()
        })],
        ..Section::default()
    };
    let second = Section {
        items: vec![
            SectionItem::Draw(Draw {
                count: 4,
                ..Draw::default()
            }),
            fixed,
        ],
        shuffles_questions: true,
        ..Section::default()
    };
    let paper = paper(questions, vec![first, second]);
    assert_eq!(paper.question_count(), 9);
    for number in 0..50 {
        let layout = Layout::shuffled(&paper, seed(number)).unwrap();
        let different: BTreeSet<_> = asked(&layout).into_iter().collect();
        assert_eq!(different.len(), 9);
        assert_eq!(
            layout
                .questions
                .iter()
                .filter(|place| place.section == 1)
                .count(),
            5
        );
        let fixed_at = asked(&layout)
            .iter()
            .position(|id| *id == paper.questions()[8].id);
        assert!(
            fixed_at >= Some(4),
            "a question of the second section is in the first"
        );
    }
}

#[test]
fn a_draw_takes_only_what_fits() {
    let questions = statements(20);
    let draw = Draw {
        count: 2,
        tags: BTreeSet::from(["easy".to_owned()]),
        minimum_difficulty: Some(2),
        maximum_difficulty: Some(3),
    };
    let section = Section {
        items: vec![SectionItem::Draw(draw)],
        ..Section::default()
    };
    let paper = paper(questions, vec![section]);
    for number in 0..50 {
        let layout = Layout::shuffled(&paper, seed(number)).unwrap();
        for id in asked(&layout) {
            let question = paper.question(id).unwrap();
            assert!(question.tags.contains("easy"));
            assert!((2..=3).contains(&question.difficulty.unwrap()));
        }
    }
}

#[test]
fn a_paper_that_promises_more_than_it_has_is_not_laid_out() {
    let questions = statements(5);
    let short = paper(questions.clone(), vec![drawing(3), drawing(3)]);
    let error = Layout::shuffled(&short, seed(1)).unwrap_err();
    assert_eq!(
        error,
        LayoutError::PoolTooSmall {
            section: 1,
            wanted: 3,
            left: 2
        }
    );
    assert!(
        error
            .to_string()
            .starts_with("section 2 draws 3 questions of which 2 are left")
    );
    let items = vec![SectionItem::Fixed {
        question: QuestionId::generate(),
    }];
    let wrong = paper(
        questions,
        vec![Section {
            items,
            ..Section::default()
        }],
    );
    assert_eq!(
        Layout::shuffled(&wrong, seed(1)),
        Err(LayoutError::QuestionMissing { section: 0 })
    );
}
