//! Worked examples of what each kind earns, and what no kind may ever do.

mod choices;
mod orders;
mod written;

use proptest::prelude::*;

use super::*;
use crate::exam::paper::tests::one_of_each;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn options(count: usize) -> Vec<ChoiceOption> {
    (0..count)
        .map(|n| ChoiceOption::new(format!("option {n}")))
        .collect()
}

fn ids(options: &[ChoiceOption], places: &[usize]) -> Vec<OptionId> {
    places.iter().map(|place| options[*place].id).collect()
}

/// A question of `kind` for `points`, graded.
fn earned(kind: &QuestionKind, points: &str, response: &Response) -> Decimal {
    let question = Question::new("?", decimal(points), kind.clone());
    assert_eq!(question.check(response), Ok(()));
    question.grade(response).unwrap()
}

/// Any response whatever, made of the ids that the question knows and a few that it does not.
fn any_response(question: &Question) -> impl Strategy<Value = Response> + use<> {
    let mut known: Vec<OptionId> = question.options().iter().map(|option| option.id).collect();
    if let QuestionKind::Matching(matching) = &question.kind {
        known.extend(matching.prompts.iter().map(|prompt| prompt.id));
    }
    known.push(OptionId::generate());
    let id = proptest::sample::select(known);
    let number = (any::<i64>(), 0_u32..20, proptest::option::of("(m|cm|kg)"));
    prop_oneof![
        Just(Response::Cleared),
        any::<bool>().prop_map(Response::Value),
        proptest::collection::btree_set(id.clone(), 0..5).prop_map(Response::Selected),
        proptest::collection::vec(id.clone(), 0..5).prop_map(Response::Order),
        proptest::collection::btree_map(id.clone(), id, 0..5).prop_map(Response::Pairs),
        "(Paris|par|[a-z ]{0,12})".prop_map(Response::Text),
        number.prop_map(|(mantissa, scale, unit)| {
            let number = Decimal::new(mantissa, scale);
            Response::Number(crate::exam::response::NumberResponse { number, unit })
        }),
    ]
}

fn any_grading() -> impl Strategy<Value = (Question, Response)> {
    let questions = one_of_each();
    let count = questions.len();
    (0..count, 0_i64..2_000, 0_i64..2_000).prop_flat_map(move |(at, points, penalty)| {
        let mut question = questions[at].clone();
        question.points = Decimal::new(points, 2);
        question.penalty = Decimal::new(penalty, 2);
        let response = any_response(&question);
        (Just(question), response)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_response_earns_more_than_the_points_or_costs_more_than_the_penalty((question, response) in any_grading()) {
        let earned = question.grade(&response).unwrap_or_default();
        prop_assert!(earned <= question.points);
        prop_assert!(earned >= -question.penalty.min(question.points));
        prop_assert!(earned.scale() <= points::DECIMALS);
        if !response.is_answer() {
            prop_assert!(earned.is_zero());
        }
        if question.check(&response).is_err() {
            prop_assert!(earned <= Decimal::ZERO);
        }
    }

    #[test]
    fn a_question_is_the_same_after_its_document((question, response) in any_grading()) {
        let text = serde_json::to_string(&question).unwrap();
        let read: Question = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &question);
        prop_assert_eq!(read.grade(&response), question.grade(&response));
    }
}

#[test]
fn what_is_shown_of_a_question_never_holds_its_key() {
    for question in one_of_each() {
        let order: Vec<OptionId> = question
            .options()
            .iter()
            .rev()
            .map(|option| option.id)
            .collect();
        let shown = question.show(&order);
        let shown_ids: Vec<OptionId> = shown.options.iter().map(|option| option.id).collect();
        assert_eq!(shown_ids, order, "{}", question.kind.as_str());
        let text = format!("{shown:?}");
        for secret in ["correct", "accepted", "Par*", "3.14", "Clarity", "percent"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn orders_and_pairs_are_shuffled_whatever_their_author_says() {
    for mut question in one_of_each() {
        question.shuffles_options = false;
        let gives_away = matches!(
            question.kind,
            QuestionKind::Ordering(_) | QuestionKind::Matching(_)
        );
        assert_eq!(question.is_shuffled(), gives_away);
    }
}

#[test]
fn identifiers_of_options_do_not_sort_in_the_order_in_which_they_were_made() {
    let sorted = (0..20)
        .filter(|_| options(5).is_sorted_by_key(|option| option.id))
        .count();
    assert!(
        sorted < 5,
        "{sorted} of 20 lists are in order; one in 120 is by chance"
    );
}

#[test]
fn only_the_form_of_its_kind_fits_a_question() {
    let some = OptionId::generate();
    let forms = [
        Response::Selected(BTreeSet::from([some])),
        Response::Value(true),
        Response::Number(crate::exam::response::NumberResponse {
            number: Decimal::ONE,
            unit: None,
        }),
        Response::Text("text".to_owned()),
        Response::Pairs([(some, some)].into()),
        Response::Order(vec![some]),
    ];
    for question in one_of_each() {
        assert_eq!(question.check(&Response::Cleared), Ok(()));
        let fitting = forms
            .iter()
            .filter(|form| question.check(form).is_ok())
            .count();
        let names_options = !question.options().is_empty();
        assert_eq!(
            fitting,
            usize::from(!names_options),
            "{}",
            question.kind.as_str()
        );
    }
}

#[test]
fn a_wrong_answer_costs_the_penalty_and_no_answer_costs_nothing() {
    let kind = QuestionKind::TrueFalse(TrueFalse { correct: true });
    for (points, penalty, response, expected) in [
        ("2", "0.5", Response::Value(true), "2"),
        ("2", "0.5", Response::Value(false), "-0.5"),
        ("2", "0.5", Response::Cleared, "0"),
        ("2", "0.125", Response::Value(false), "-0.13"),
        ("1", "3", Response::Value(false), "-1"),
        ("2", "0.5", Response::Text("true".to_owned()), "-0.5"),
    ] {
        let mut question = Question::new("?", decimal(points), kind.clone());
        question.penalty = decimal(penalty);
        assert_eq!(
            question.grade(&response),
            Some(decimal(expected)),
            "{points} {penalty} {response:?}"
        );
    }
}
