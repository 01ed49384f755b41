//! Worked examples: one option, several options.

use std::collections::BTreeMap;

use super::*;

fn select(options: &[ChoiceOption], places: &[usize]) -> Response {
    Response::Selected(ids(options, places).into_iter().collect())
}

#[test]
fn one_option_earns_everything_and_others_what_their_author_says() {
    let options = options(4);
    let kind = QuestionKind::MultipleChoice(MultipleChoice {
        options: options.clone(),
        correct: options[0].id,
        partial_percent: BTreeMap::from([
            (options[1].id, decimal("50")),
            (options[2].id, decimal("-33.33333")),
        ]),
    });
    for (places, points, expected) in [
        (&[0][..], "3", "3"),
        (&[1], "3", "1.5"),
        (&[2], "3", "-1"),
        (&[3], "3", "0"),
        (&[], "3", "0"),
        (&[1], "0.25", "0.13"),
    ] {
        assert_eq!(
            earned(&kind, points, &select(&options, places)),
            decimal(expected),
            "{places:?} of {points}"
        );
    }
    let question = Question::new("?", Decimal::ONE, kind);
    assert!(question.check(&select(&options, &[0, 1])).is_err());
}

/// Five options of which the first three are right, for 6 points.
#[test]
fn several_options_earn_what_the_rule_says() {
    use ResponseScoring::{AllOrNothing, PerOption, RightMinusWrong, RightOnly};
    let options = options(5);
    for (scoring, places, expected) in [
        (AllOrNothing, &[0, 1, 2][..], "6"),
        (AllOrNothing, &[0, 1], "0"),
        (AllOrNothing, &[0, 1, 2, 3], "0"),
        // 2 of 3 right.
        (RightOnly, &[0, 1], "4"),
        (RightOnly, &[0, 1, 3], "4"),
        // Four chosen where three are right: the worst three are 1 wrong and 2 right.
        (RightOnly, &[0, 1, 2, 3], "4"),
        (RightOnly, &[0, 1, 2, 3, 4], "2"),
        (RightOnly, &[3, 4], "0"),
        (RightOnly, &[0, 1, 2], "6"),
        // 2/3 - 1/2 = 1/6.
        (RightMinusWrong, &[0, 1, 3], "1"),
        (RightMinusWrong, &[0, 1], "4"),
        (RightMinusWrong, &[0, 1, 2, 3, 4], "0"),
        (RightMinusWrong, &[0, 3, 4], "0"),
        (RightMinusWrong, &[0, 1, 2], "6"),
        // 1 chosen rightly and 2 left out rightly, of 5.
        (PerOption, &[0], "3.6"),
        (PerOption, &[0, 1, 2], "6"),
        (PerOption, &[3, 4], "0"),
        (PerOption, &[0, 1, 2, 3], "4.8"),
    ] {
        let kind = QuestionKind::MultipleResponse(MultipleResponse {
            options: options.clone(),
            correct: ids(&options, &[0, 1, 2]).into_iter().collect(),
            scoring: scoring.clone(),
        });
        assert_eq!(
            earned(&kind, "6", &select(&options, places)),
            decimal(expected),
            "{scoring:?} {places:?}"
        );
    }
}

#[test]
fn weights_are_summed_and_never_go_below_nothing() {
    let options = options(4);
    let weights = ["33.33333", "66.66667", "-50", "-100"].map(decimal);
    let percent = options
        .iter()
        .map(|option| option.id)
        .zip(weights)
        .collect();
    let kind = QuestionKind::MultipleResponse(MultipleResponse {
        correct: ids(&options, &[0, 1]).into_iter().collect(),
        options: options.clone(),
        scoring: ResponseScoring::Weighted { percent },
    });
    for (places, expected) in [
        (&[0, 1][..], "3"),
        (&[0], "1"),
        (&[1, 2], "0.5"),
        (&[0, 2], "0"),
        (&[0, 1, 2], "1.5"),
        (&[3], "0"),
    ] {
        assert_eq!(
            earned(&kind, "3", &select(&options, places)),
            decimal(expected),
            "{places:?}"
        );
    }
}

#[test]
fn where_all_options_are_right_choosing_all_earns_everything() {
    let options = options(3);
    for scoring in [
        ResponseScoring::RightMinusWrong,
        ResponseScoring::RightOnly,
        ResponseScoring::PerOption,
    ] {
        let kind = QuestionKind::MultipleResponse(MultipleResponse {
            options: options.clone(),
            correct: ids(&options, &[0, 1, 2]).into_iter().collect(),
            scoring,
        });
        assert_eq!(
            earned(&kind, "3", &select(&options, &[0, 1, 2])),
            decimal("3")
        );
        assert_eq!(earned(&kind, "3", &select(&options, &[1])), decimal("1"));
    }
}
