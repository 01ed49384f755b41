//! Papers as documents.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::*;
use crate::exam::ids::OptionId;
use crate::exam::question::{
    AcceptedNumber, AcceptedText, ChoiceOption, Criterion, Essay, Folding, Matching,
    MatchingScoring, MultipleChoice, MultipleResponse, Numeric, Ordering, OrderingScoring,
    QuestionKind, ResponseScoring, ShortAnswer, Tolerance, TrueFalse, Unit,
};

/// One question of each kind, without a fault, each worth two points; the first option is right, or the first two.
pub(crate) fn one_of_each() -> Vec<Question> {
    let options = || ["one", "two", "three"].map(ChoiceOption::new).to_vec();
    let single = options();
    let several = options();
    let (prompts, choices) = (options(), options());
    let pairs: BTreeMap<_, _> = prompts
        .iter()
        .zip(&choices)
        .map(|(a, b)| (a.id, b.id))
        .collect();
    let kinds = [
        QuestionKind::MultipleChoice(MultipleChoice {
            correct: single[0].id,
            partial_percent: BTreeMap::from([(single[1].id, Decimal::from(50))]),
            options: single,
        }),
        QuestionKind::MultipleResponse(MultipleResponse {
            correct: BTreeSet::from([several[0].id, several[1].id]),
            scoring: ResponseScoring::RightMinusWrong,
            options: several,
        }),
        QuestionKind::TrueFalse(TrueFalse { correct: true }),
        QuestionKind::Numeric(Numeric {
            accepted: vec![AcceptedNumber::new(
                Decimal::new(314, 2),
                Tolerance::Absolute {
                    within: Decimal::new(1, 2),
                },
            )],
            units: vec![
                Unit {
                    symbol: "m".to_owned(),
                    factor: Decimal::ONE,
                },
                Unit {
                    symbol: "cm".to_owned(),
                    factor: Decimal::new(1, 2),
                },
            ],
            requires_unit: false,
        }),
        QuestionKind::ShortAnswer(ShortAnswer {
            accepted: vec![AcceptedText {
                pattern: "Par*".to_owned(),
                percent: Decimal::ONE_HUNDRED,
            }],
            folding: Folding::default(),
        }),
        QuestionKind::Matching(Matching {
            prompts,
            choices,
            correct: pairs,
            scoring: MatchingScoring::PerPair,
        }),
        QuestionKind::Ordering(Ordering {
            items: options(),
            scoring: OrderingScoring::Pairs,
        }),
        QuestionKind::Essay(Essay {
            rubric: vec![Criterion {
                id: OptionId::generate(),
                text: "Clarity".to_owned(),
                points: Decimal::TWO,
            }],
            ..Essay::default()
        }),
    ];
    let question =
        |kind: QuestionKind| Question::new(format!("About {}?", kind.as_str()), Decimal::TWO, kind);
    kinds.map(question).to_vec()
}

pub(crate) fn header() -> PaperHeader {
    PaperHeader {
        exam_id: ExamId::generate(),
        title: "Paper".to_owned(),
        duration: TimeDelta::hours(1),
    }
}

#[test]
fn a_paper_survives_the_way_into_its_document_and_back() {
    let questions = one_of_each();
    let mut section = Section::of_all(&questions);
    section.items.push(SectionItem::Draw(Draw {
        count: 1,
        minimum_difficulty: Some(2),
        ..Draw::default()
    }));
    let rules = PaperRules {
        navigation: Navigation::SectionsInOrder,
        ..PaperRules::default()
    };
    let paper = Paper::with_sections(header(), rules, questions, vec![section]);
    let text = paper.to_document();
    let read = Paper::from_document(paper.exam_id, &text).unwrap();
    assert_eq!(read.questions(), paper.questions());
    assert_eq!(read.sections(), paper.sections());
    assert_eq!(read.rules, paper.rules);
    assert_eq!((read.title, read.duration), (paper.title, paper.duration));
    let error = Paper::from_document(paper.exam_id, &text[..text.len() / 2]).unwrap_err();
    assert!(error.contains("line 1, column"), "{error}");
}
