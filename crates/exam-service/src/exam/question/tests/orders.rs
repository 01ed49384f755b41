//! Worked examples: pairs and orders.

use super::*;

#[test]
fn an_order_earns_what_the_rule_says() {
    use OrderingScoring::{Exact, Pairs, Positions};
    let items = options(4);
    for (scoring, order, expected) in [
        (Exact, [0, 1, 2, 3], "6"),
        (Exact, [0, 1, 3, 2], "0"),
        (Positions, [0, 1, 2, 3], "6"),
        (Positions, [0, 1, 3, 2], "3"),
        (Positions, [3, 0, 1, 2], "0"),
        (Positions, [3, 1, 2, 0], "3"),
        (Pairs, [0, 1, 2, 3], "6"),
        // One of six pairs is the wrong way round.
        (Pairs, [0, 1, 3, 2], "5"),
        // The last item first: three pairs are.
        (Pairs, [3, 0, 1, 2], "3"),
        (Pairs, [3, 2, 1, 0], "0"),
    ] {
        let kind = QuestionKind::Ordering(Ordering {
            items: items.clone(),
            scoring,
        });
        let response = Response::Order(ids(&items, &order));
        assert_eq!(
            earned(&kind, "6", &response),
            decimal(expected),
            "{scoring:?} {order:?}"
        );
    }
}

#[test]
fn an_order_that_leaves_out_or_repeats_an_item_is_refused() {
    let items = options(3);
    let kind = QuestionKind::Ordering(Ordering {
        items: items.clone(),
        scoring: OrderingScoring::Pairs,
    });
    let question = Question::new("?", Decimal::ONE, kind);
    for order in [&[0, 1][..], &[0, 1, 1], &[0, 1, 2, 2], &[]] {
        assert!(
            question
                .check(&Response::Order(ids(&items, order)))
                .is_err(),
            "{order:?}"
        );
    }
}

#[test]
fn pairs_earn_what_the_rule_says() {
    use MatchingScoring::{AllOrNothing, PerPair};
    let (prompts, choices) = (options(3), options(4));
    for (scoring, pairs, expected) in [
        (PerPair, &[(0, 0), (1, 1), (2, 2)][..], "3"),
        (PerPair, &[(0, 0), (1, 2), (2, 1)], "1"),
        (PerPair, &[(0, 0), (1, 1)], "2"),
        (PerPair, &[(0, 3), (1, 3), (2, 3)], "0"),
        (AllOrNothing, &[(0, 0), (1, 1), (2, 2)], "3"),
        (AllOrNothing, &[(0, 0), (1, 1)], "0"),
        (AllOrNothing, &[(0, 0), (1, 1), (2, 3)], "0"),
    ] {
        let kind = QuestionKind::Matching(Matching {
            correct: prompts
                .iter()
                .zip(&choices)
                .map(|(a, b)| (a.id, b.id))
                .collect(),
            prompts: prompts.clone(),
            choices: choices.clone(),
            scoring,
        });
        let pair = |(prompt, choice): &(usize, usize)| (prompts[*prompt].id, choices[*choice].id);
        let response = Response::Pairs(pairs.iter().map(pair).collect());
        assert_eq!(
            earned(&kind, "3", &response),
            decimal(expected),
            "{scoring:?} {pairs:?}"
        );
    }
}

#[test]
fn one_choice_may_belong_to_several_prompts() {
    let (prompts, choices) = (options(2), options(2));
    let kind = QuestionKind::Matching(Matching {
        correct: prompts
            .iter()
            .map(|prompt| (prompt.id, choices[0].id))
            .collect(),
        prompts: prompts.clone(),
        choices: choices.clone(),
        scoring: MatchingScoring::AllOrNothing,
    });
    let response = Response::Pairs(
        prompts
            .iter()
            .map(|prompt| (prompt.id, choices[0].id))
            .collect(),
    );
    assert_eq!(earned(&kind, "1", &response), Decimal::ONE);
}
