//! Questions with options as items of QTI 2.1: what is chosen, paired or put in order.

use rust_decimal::Decimal;

use super::{Written, declaration, interaction, mapping, name, template};
use crate::exam::question::{
    ChoiceOption, Matching, MatchingScoring, MultipleChoice, MultipleResponse, Ordering,
    OrderingScoring, ResponseScoring,
};
use crate::transfer::questions::report::{Report, Spot};
use crate::transfer::questions::weights;
use crate::transfer::questions::xml::Element;

fn simple_choices(options: &[ChoiceOption]) -> impl Iterator<Item = Element> {
    options.iter().map(|option| {
        Element::new("simpleChoice")
            .with("identifier", name(option))
            .text(&option.text)
    })
}

pub(super) fn multiple_choice(it: &MultipleChoice, points: Decimal, shuffle: &str) -> Written {
    let correct = it
        .options
        .iter()
        .filter(|option| option.id == it.correct)
        .map(name);
    let mut declaration = declaration("single", "identifier", correct);
    let mut rule = "match_correct";
    if !it.partial_percent.is_empty() {
        let worth =
            it.options
                .iter()
                .filter_map(|option| match it.partial_percent.get(&option.id) {
                    _ if option.id == it.correct => Some((name(option), Decimal::ONE_HUNDRED)),
                    percent => percent.map(|percent| (name(option), *percent)),
                });
        declaration = declaration.child(mapping(worth, points, false));
        rule = "map_response";
    }
    let interaction = interaction("choiceInteraction")
        .with("shuffle", shuffle)
        .with("maxChoices", "1");
    Written {
        declaration,
        interaction: interaction.children(simple_choices(&it.options)),
        processing: Some(template(rule)),
    }
}

pub(super) fn multiple_response(
    it: &MultipleResponse,
    points: Decimal,
    shuffle: &str,
    spot: &Spot,
    report: &mut Report,
) -> Written {
    let correct = it
        .options
        .iter()
        .filter(|option| it.correct.contains(&option.id))
        .map(name);
    let mut declaration = declaration("multiple", "identifier", correct);
    let mut rule = "match_correct";
    if it.scoring != ResponseScoring::AllOrNothing {
        let (percent, lost) = weights::of(it);
        if let Some(lost) = lost {
            report.change(spot, lost);
        }
        let worth = it
            .options
            .iter()
            .filter_map(|option| Some((name(option), *percent.get(&option.id)?)));
        declaration = declaration.child(mapping(worth, points, false));
        rule = "map_response";
    }
    let interaction = interaction("choiceInteraction")
        .with("shuffle", shuffle)
        .with("maxChoices", "0");
    Written {
        declaration,
        interaction: interaction.children(simple_choices(&it.options)),
        processing: Some(template(rule)),
    }
}

pub(super) fn matching(it: &Matching, points: Decimal) -> Written {
    let name_of =
        |options: &[ChoiceOption], id| options.iter().find(|option| option.id == id).map(name);
    let pairs: Vec<String> = it
        .prompts
        .iter()
        .filter_map(|prompt| {
            Some(format!(
                "{} {}",
                name(prompt),
                name_of(&it.choices, *it.correct.get(&prompt.id)?)?
            ))
        })
        .collect();
    let set = |options: &[ChoiceOption], most: &str| {
        let choices = options.iter().map(|option| {
            let choice = Element::new("simpleAssociableChoice").with("identifier", name(option));
            choice.with("matchMax", most).text(&option.text)
        });
        Element::new("simpleMatchSet").children(choices)
    };
    let mut declaration = declaration("multiple", "directedPair", pairs.clone());
    let mut rule = "match_correct";
    if it.scoring == MatchingScoring::PerPair && !pairs.is_empty() {
        let each = Decimal::ONE_HUNDRED / Decimal::from(pairs.len());
        declaration = declaration.child(mapping(
            pairs.into_iter().map(|pair| (pair, each)),
            points,
            false,
        ));
        rule = "map_response";
    }
    let interaction = interaction("matchInteraction")
        .with("shuffle", "true")
        .with("maxAssociations", "0");
    Written {
        declaration,
        interaction: interaction.children([set(&it.prompts, "1"), set(&it.choices, "0")]),
        processing: Some(template(rule)),
    }
}

pub(super) fn ordering(it: &Ordering, spot: &Spot, report: &mut Report) -> Written {
    if it.scoring != OrderingScoring::Exact {
        report.change(spot, "that part of an order earns something cannot be said");
    }
    // Sorted by identity: the order of the file must not be the key.
    let mut items = it.items.clone();
    items.sort_by_key(|item| item.id);
    Written {
        declaration: declaration("ordered", "identifier", it.items.iter().map(name)),
        interaction: interaction("orderInteraction")
            .with("shuffle", "true")
            .children(simple_choices(&items)),
        processing: Some(template("match_correct")),
    }
}
