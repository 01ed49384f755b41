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

#[test]
fn a_broken_question_earns_its_points_or_is_taken_out_for_everybody() {
    let options = options();
    let broken = Question {
        penalty: decimal("1"),
        ..Question::new("Which?", decimal("2"), choice(&options, 0))
    };
    let sound = Question::new("Which?", decimal("3"), choice(&options, 0));
    let essay = Question::new("Why?", decimal("5"), QuestionKind::Essay(Essay::default()));
    let questions = vec![broken.clone(), sound.clone(), essay.clone()];
    let paper = Paper::new(crate::exam::paper::tests::header(), questions);
    let layout = Layout::shuffled(&paper, [1; 16]).unwrap();
    let answer = |question: &Question, option: usize| StoredAnswer {
        question_id: question.id,
        response: Response::Selected([options[option].id].into()),
        sequence: Sequence::new(1).unwrap(),
        flagged: false,
        saved_at: chrono::DateTime::UNIX_EPOCH,
    };
    let right = [answer(&broken, 0), answer(&sound, 0)];
    let wrong = [answer(&broken, 1), answer(&sound, 0)];
    let (full, out) = (Some(Voiding::FullPoints), Some(Voiding::LeftOut));
    let before = paper.with_voided([(essay.id, out)]);
    for (voiding, answers, score, max) in [
        (None, &right[..], "5", "5"),
        (None, &wrong, "2", "5"),
        (full, &right, "5", "5"),
        (full, &wrong, "5", "5"),
        (full, &[], "2", "5"),
        (out, &right, "3", "3"),
        (out, &wrong, "3", "3"),
    ] {
        let after = before.with_voided([(broken.id, voiding)]);
        let graded = grade(&after, &layout, answers, &[]);
        let expected = (decimal(score), decimal(max));
        assert_eq!((graded.score, graded.max_score), expected, "{voiding:?}");
        assert!(graded.is_final(), "nobody grades a broken essay");
    }
    // What somebody earned for it does not count, and their share does: 5 of 5 stays all, 2 of 5 becomes all.
    let after = before.with_voided([(broken.id, out)]);
    let regrades = [&right, &wrong].map(|answers| {
        let grades = [&before, &after].map(|paper| grade(paper, &layout, answers, &[]));
        regrade(&grades[0], &grades[1])
    });
    assert!(regrades.iter().all(Regrade::is_change));
    let summary = summarise(&regrades);
    assert_eq!(
        (summary.raised, summary.lowered, summary.unchanged),
        (1, 0, 1)
    );
    let again = after.with_voided([(broken.id, None)]);
    assert_eq!(again.voiding(broken.id), None);
}
