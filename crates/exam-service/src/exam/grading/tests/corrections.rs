//! Keys that were wrong.

use std::collections::BTreeMap;

use super::*;
use crate::exam::question::{
    AcceptedNumber, Essay, MultipleChoice, Numeric, Ordering, OrderingScoring, Tolerance, Unit,
};

fn options() -> Vec<ChoiceOption> {
    ["a", "b", "c"].map(ChoiceOption::new).to_vec()
}

fn choice(options: &[ChoiceOption], correct: usize) -> QuestionKind {
    QuestionKind::MultipleChoice(MultipleChoice {
        options: options.to_vec(),
        correct: options[correct].id,
        partial_percent: BTreeMap::new(),
    })
}

#[test]
fn another_option_becomes_the_right_one_and_nothing_else_changes() {
    let options = options();
    let asked = Question::new("Which?", decimal("2"), choice(&options, 0));
    let corrected = correct_key(&asked, choice(&options, 2), None).unwrap();
    let given = Response::Selected([options[2].id].into());
    assert_eq!(asked.grade(&given), Some(decimal("0")));
    assert_eq!(corrected.grade(&given), Some(decimal("2")));
    assert_eq!((corrected.id, &corrected.text), (asked.id, &asked.text));
}

#[test]
fn a_key_that_would_ask_something_else_is_refused() {
    let options = options();
    let asked = Question::new("Which?", decimal("2"), choice(&options, 0));
    let mut reworded = options.clone();
    reworded[1].text = "another text".to_owned();
    let others = [
        &options[..2],
        &[&options[..], &[ChoiceOption::new("d")]].concat(),
        &reworded,
    ]
    .map(|options| choice(options, 0));
    for other in others {
        let refused = correct_key(&asked, other, None);
        assert_eq!(refused, Err(CorrectionError::AsksSomethingElse));
    }
    let statement = QuestionKind::TrueFalse(TrueFalse { correct: true });
    assert!(matches!(
        correct_key(&asked, statement, None),
        Err(CorrectionError::OtherKind { .. })
    ));
    let no_option = QuestionKind::MultipleChoice(MultipleChoice {
        options: options.clone(),
        correct: OptionId::generate(),
        partial_percent: BTreeMap::new(),
    });
    assert!(matches!(
        correct_key(&asked, no_option, None),
        Err(CorrectionError::Faulty { .. })
    ));
    for penalty in ["-1", "2.01"] {
        let refused = correct_key(&asked, choice(&options, 1), Some(decimal(penalty)));
        assert!(matches!(refused, Err(CorrectionError::OddPenalty { .. })));
    }
}

#[test]
fn a_solution_earns_all_the_points_of_its_question() {
    let options = options();
    let several = MultipleResponse {
        options: options.clone(),
        correct: BTreeSet::from([options[0].id, options[2].id]),
        scoring: ResponseScoring::AllOrNothing,
    };
    let number = Numeric {
        accepted: vec![AcceptedNumber::new(decimal("2.5"), Tolerance::default())],
        units: vec![
            Unit {
                symbol: "cm".to_owned(),
                factor: decimal("0.01"),
            },
            Unit {
                symbol: "m".to_owned(),
                factor: decimal("1"),
            },
        ],
        requires_unit: true,
    };
    let order = Ordering {
        items: options.clone(),
        scoring: OrderingScoring::default(),
    };
    for kind in [
        choice(&options, 1),
        QuestionKind::MultipleResponse(several),
        QuestionKind::TrueFalse(TrueFalse { correct: false }),
        QuestionKind::Numeric(number),
        QuestionKind::Ordering(order),
    ] {
        let question = Question::new("?", decimal("3"), kind);
        let solution = solution(&question).unwrap();
        assert_eq!(
            question.grade(&solution),
            Some(decimal("3")),
            "{solution:?}"
        );
    }
    let essay = Question::new("?", decimal("3"), QuestionKind::Essay(Essay::default()));
    assert_eq!(solution(&essay), None);
}

#[test]
fn a_corrected_paper_asks_the_same_by_another_key() {
    let options = options();
    let asked = Question::new("Which?", decimal("2"), choice(&options, 0));
    let stranger = Question::new("Which?", decimal("2"), choice(&options, 0));
    let paper = Paper::new(header(), vec![asked.clone()]);
    let corrected = correct_key(&asked, choice(&options, 2), None).unwrap();
    let after = paper.with_corrected([corrected.clone(), stranger]);
    assert_eq!(after.questions(), [corrected]);
    assert_eq!(paper.questions(), [asked]);
}
