//! What each interaction of QTI is here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::Decimal;

use super::declared::{Declared, Processing};
use crate::exam::OptionId;
use crate::exam::number;
use crate::exam::question::{
    AcceptedNumber, AcceptedText, ChoiceOption, Essay, Folding, Matching, MatchingScoring,
    MultipleChoice, MultipleResponse, Numeric, Ordering, OrderingScoring, QuestionKind,
    ResponseScoring, ShortAnswer, Tolerance, TrueFalse, escape,
};
use crate::transfer::questions::html;
use crate::transfer::questions::report::{Report, Spot};
use crate::transfer::questions::xml::Element;

/// All interactions in a body, known or not.
pub(super) fn find(body: &Element) -> Vec<&Element> {
    let mut found = Vec::new();
    collect(body, &mut found);
    found
}

fn collect<'a>(element: &'a Element, found: &mut Vec<&'a Element>) {
    for child in element.elements() {
        if child.name.ends_with("Interaction") {
            found.push(child);
        } else {
            collect(child, found);
        }
    }
}

pub(super) fn read(
    interaction: &Element,
    declared: &Declared,
    spot: &Spot,
    report: &mut Report,
) -> Result<QuestionKind, String> {
    if declared.processing == Processing::Custom {
        report.change(
            spot,
            "it is valued by rules of its own, which are not understood: it is graded by its key",
        );
    }
    match interaction.name.as_str() {
        "choiceInteraction" => choice(interaction, declared),
        "orderInteraction" => ordering(interaction, declared),
        "matchInteraction" => matching(interaction, declared),
        "textEntryInteraction" => text_entry(declared),
        "extendedTextInteraction" => Ok(QuestionKind::Essay(Essay::default())),
        other => Err(format!("its interaction '{other}' is not known")),
    }
}

/// Options with what the item calls them.
struct Named {
    options: Vec<ChoiceOption>,
    ids: HashMap<String, OptionId>,
}

fn named<'a>(elements: impl Iterator<Item = &'a Element>) -> Named {
    let mut named = Named {
        options: Vec::new(),
        ids: HashMap::new(),
    };
    for element in elements {
        let option = ChoiceOption::new(html::to_plain(&element.markup()));
        named.ids.insert(
            element
                .attribute("identifier")
                .unwrap_or_default()
                .to_owned(),
            option.id,
        );
        named.options.push(option);
    }
    named
}

impl Named {
    fn id(&self, name: &str) -> Result<OptionId, String> {
        self.ids
            .get(name)
            .copied()
            .ok_or_else(|| format!("its key names '{name}', which is not an option"))
    }
}

fn choice(interaction: &Element, declared: &Declared) -> Result<QuestionKind, String> {
    let names: BTreeSet<&str> = interaction
        .named("simpleChoice")
        .filter_map(|it| it.attribute("identifier"))
        .collect();
    if let ([correct], true) = (
        declared.correct.as_slice(),
        names == BTreeSet::from(["true", "false"]),
    ) {
        return Ok(QuestionKind::TrueFalse(TrueFalse {
            correct: correct == "true",
        }));
    }
    let named = named(interaction.named("simpleChoice"));
    let worth = percentages(&named, declared)?;
    if declared.cardinality == "single" {
        let full = worth
            .iter()
            .find(|(_, percent)| **percent == Decimal::ONE_HUNDRED)
            .map(|(id, _)| *id);
        let correct = match declared.correct.first() {
            Some(name) => named.id(name)?,
            None => full.ok_or("no option is right")?,
        };
        let partial_percent = worth
            .into_iter()
            .filter(|(id, percent)| *id != correct && !percent.is_zero())
            .collect();
        return Ok(QuestionKind::MultipleChoice(MultipleChoice {
            options: named.options,
            correct,
            partial_percent,
        }));
    }
    let mut correct = declared
        .correct
        .iter()
        .map(|name| named.id(name))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let mut scoring = ResponseScoring::AllOrNothing;
    if declared.processing == Processing::MapResponse {
        if correct.is_empty() {
            correct = worth
                .iter()
                .filter(|(_, percent)| **percent > Decimal::ZERO)
                .map(|(id, _)| *id)
                .collect();
        }
        scoring = ResponseScoring::Weighted { percent: worth };
    }
    if correct.is_empty() {
        return Err("no option is right".to_owned());
    }
    Ok(QuestionKind::MultipleResponse(MultipleResponse {
        options: named.options,
        correct,
        scoring,
    }))
}

/// The mapping in percent of the most that it gives; empty where nothing is mapped.
fn percentages(named: &Named, declared: &Declared) -> Result<BTreeMap<OptionId, Decimal>, String> {
    let maximum = declared.mapped_maximum();
    let mut worth = BTreeMap::new();
    if declared.processing != Processing::MapResponse || maximum <= Decimal::ZERO {
        return Ok(worth);
    }
    for name in named.ids.keys() {
        let hundredfold = declared.mapped(name).checked_mul(Decimal::ONE_HUNDRED);
        let percent = hundredfold
            .and_then(|it| it.checked_div(maximum))
            .ok_or("its mapping has too large numbers")?;
        let percent = percent.round_dp(5).normalize();
        if !percent.is_zero() {
            worth.insert(named.id(name)?, percent);
        }
    }
    Ok(worth)
}

fn ordering(interaction: &Element, declared: &Declared) -> Result<QuestionKind, String> {
    let named = named(interaction.named("simpleChoice"));
    let mut items = Vec::new();
    for name in &declared.correct {
        let id = named.id(name)?;
        items.extend(named.options.iter().find(|option| option.id == id).cloned());
    }
    if items.len() != named.options.len() {
        return Err(
            "its key does not name each item: an order of some of them is not known".to_owned(),
        );
    }
    Ok(QuestionKind::Ordering(Ordering {
        items,
        scoring: OrderingScoring::Exact,
    }))
}

fn matching(interaction: &Element, declared: &Declared) -> Result<QuestionKind, String> {
    let sets: Vec<&Element> = interaction.named("simpleMatchSet").collect();
    let [first, second] = sets.as_slice() else {
        return Err("a match has two sets".to_owned());
    };
    let prompts = named(first.named("simpleAssociableChoice"));
    let choices = named(second.named("simpleAssociableChoice"));
    let mut correct = BTreeMap::new();
    for pair in &declared.correct {
        let (prompt, choice) = pair
            .split_once(char::is_whitespace)
            .ok_or_else(|| format!("'{pair}' is no pair"))?;
        if correct
            .insert(prompts.id(prompt)?, choices.id(choice.trim())?)
            .is_some()
        {
            return Err("its key gives one prompt several partners".to_owned());
        }
    }
    let scoring = match declared.processing {
        Processing::MapResponse => MatchingScoring::PerPair,
        _ => MatchingScoring::AllOrNothing,
    };
    Ok(QuestionKind::Matching(Matching {
        prompts: prompts.options,
        choices: choices.options,
        correct,
        scoring,
    }))
}

fn text_entry(declared: &Declared) -> Result<QuestionKind, String> {
    if ["float", "integer"].contains(&declared.base_type.as_str()) {
        return numeric(declared);
    }
    let maximum = declared.mapped_maximum();
    let mut accepted: Vec<AcceptedText> = Vec::new();
    for (key, worth, _) in &declared.mapping {
        let hundredfold = worth.checked_mul(Decimal::ONE_HUNDRED);
        let percent = hundredfold
            .and_then(|it| it.checked_div(maximum))
            .ok_or("its mapping is worth nothing")?;
        accepted.push(AcceptedText {
            pattern: escape(key),
            percent: percent.round_dp(5).normalize(),
        });
    }
    if declared.mapping.is_empty() {
        let form = |text: &String| AcceptedText {
            pattern: escape(text),
            percent: Decimal::ONE_HUNDRED,
        };
        accepted = declared.correct.iter().map(form).collect();
    }
    if accepted.is_empty() {
        return Err("it has no right answer".to_owned());
    }
    let is_lax = !declared.mapping.is_empty()
        && declared
            .mapping
            .iter()
            .all(|(_, _, is_case_sensitive)| !is_case_sensitive);
    let folding = Folding {
        ignores_case: is_lax,
        ..Folding::default()
    };
    Ok(QuestionKind::ShortAnswer(ShortAnswer { accepted, folding }))
}

fn numeric(declared: &Declared) -> Result<QuestionKind, String> {
    let tolerance = match &declared.tolerance {
        Some((mode, below, above)) if mode != "exact" && below != above => {
            return Err("its tolerance is not the same below and above".to_owned());
        }
        Some((mode, within, _)) if mode == "absolute" => Tolerance::Absolute { within: *within },
        Some((mode, percent, _)) if mode == "relative" => Tolerance::Relative { percent: *percent },
        _ => Tolerance::Exact,
    };
    let values = declared.correct.iter().map(|text| {
        let value = number::parse(text)
            .map_err(|why| format!("its key '{text}' is not a number: {why}"))?;
        Ok(AcceptedNumber::new(value, tolerance))
    });
    let accepted = values.collect::<Result<Vec<_>, String>>()?;
    if accepted.is_empty() {
        return Err("it has no right answer".to_owned());
    }
    Ok(QuestionKind::Numeric(Numeric {
        accepted,
        units: Vec::new(),
        requires_unit: false,
    }))
}
