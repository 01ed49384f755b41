//! What Moodle's XML says of each kind of question.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{decimal, is_yes, plain, text_of};
use crate::exam::question::{
    AcceptedNumber, AcceptedText, ChoiceOption, Essay, Folding, Matching, MultipleChoice,
    MultipleResponse, Numeric, Ordering, OrderingScoring, QuestionKind, ResponseScoring,
    ShortAnswer, Tolerance, TrueFalse, Unit,
};
use crate::transfer::questions::report::{Report, Spot};
use crate::transfer::questions::xml::Element;

pub(super) fn read(
    kind: &str,
    element: &Element,
    spot: &Spot,
    report: &mut Report,
) -> Result<QuestionKind, String> {
    match kind {
        "multichoice" => choice(element),
        "truefalse" => true_false(element),
        "shortanswer" => short_answer(element),
        "numerical" => numeric(element, spot, report),
        "matching" => Ok(matching(element)),
        "essay" => Ok(essay(element)),
        "ordering" => Ok(ordering(element, spot, report)),
        "" => Err("it has no type".to_owned()),
        other => Err(format!("questions of the type '{other}' are not known")),
    }
}

fn fraction(answer: &Element) -> Result<Decimal, String> {
    decimal(answer.attribute("fraction").unwrap_or("0"), "fraction")
}

fn choice(element: &Element) -> Result<QuestionKind, String> {
    let mut options = Vec::new();
    let mut percent = BTreeMap::new();
    for answer in element.named("answer") {
        let option = ChoiceOption::new(plain(answer));
        let worth = fraction(answer)?;
        if !worth.is_zero() {
            percent.insert(option.id, worth);
        }
        options.push(option);
    }
    if element
        .first("single")
        .is_none_or(|single| is_yes(&single.content()))
    {
        let is_right =
            |option: &&ChoiceOption| percent.get(&option.id) == Some(&Decimal::ONE_HUNDRED);
        let correct = options
            .iter()
            .find(is_right)
            .ok_or("no option is worth 100 percent")?
            .id;
        percent.remove(&correct);
        return Ok(QuestionKind::MultipleChoice(MultipleChoice {
            options,
            correct,
            partial_percent: percent,
        }));
    }
    let correct: BTreeSet<_> = percent
        .iter()
        .filter(|(_, worth)| **worth > Decimal::ZERO)
        .map(|(id, _)| *id)
        .collect();
    if correct.is_empty() {
        return Err("no option is worth anything".to_owned());
    }
    Ok(QuestionKind::MultipleResponse(MultipleResponse {
        options,
        correct,
        scoring: ResponseScoring::Weighted { percent },
    }))
}

fn true_false(element: &Element) -> Result<QuestionKind, String> {
    for answer in element.named("answer") {
        if fraction(answer)? == Decimal::ONE_HUNDRED {
            return match text_of(answer).to_ascii_lowercase().as_str() {
                "true" => Ok(QuestionKind::TrueFalse(TrueFalse { correct: true })),
                "false" => Ok(QuestionKind::TrueFalse(TrueFalse { correct: false })),
                other => Err(format!("its right answer is '{other}', not true or false")),
            };
        }
    }
    Err("neither true nor false is worth 100 percent".to_owned())
}

fn short_answer(element: &Element) -> Result<QuestionKind, String> {
    let mut accepted = Vec::new();
    for answer in element.named("answer") {
        accepted.push(AcceptedText {
            pattern: plain(answer),
            percent: fraction(answer)?,
        });
    }
    let folding = Folding {
        ignores_case: element
            .first("usecase")
            .is_none_or(|it| !is_yes(&it.content())),
        ..Folding::default()
    };
    Ok(QuestionKind::ShortAnswer(ShortAnswer { accepted, folding }))
}

fn numeric(element: &Element, spot: &Spot, report: &mut Report) -> Result<QuestionKind, String> {
    let mut accepted = Vec::new();
    for answer in element.named("answer") {
        let text = plain(answer);
        if text == "*" {
            report.change(
                spot,
                "'anything else' was left out: it earns nothing anyway, or its part is lost",
            );
            continue;
        }
        let within = answer
            .first("tolerance")
            .map(Element::content)
            .unwrap_or_default();
        let within = if within.trim().is_empty() {
            Decimal::ZERO
        } else {
            decimal(&within, "tolerance")?
        };
        let tolerance = if within.is_zero() {
            Tolerance::Exact
        } else {
            Tolerance::Absolute { within }
        };
        accepted.push(AcceptedNumber {
            value: decimal(&text, "the answer")?,
            tolerance,
            percent: fraction(answer)?,
        });
    }
    let mut units = Vec::new();
    for unit in element
        .first("units")
        .into_iter()
        .flat_map(|units| units.named("unit"))
    {
        let symbol = unit
            .first("unit_name")
            .map(Element::content)
            .unwrap_or_default()
            .trim()
            .to_owned();
        let multiplier = unit
            .first("multiplier")
            .map(Element::content)
            .unwrap_or_default();
        // So many of this unit are one of the base unit.
        let multiplier = decimal(&multiplier, "multiplier")?;
        match inverse(multiplier) {
            Some(factor) => units.push(Unit { symbol, factor }),
            None => report.change(
                spot,
                format!("the unit '{symbol}' was left out: 1/{multiplier} is no finite decimal"),
            ),
        }
    }
    let requires_unit = element
        .first("unitgradingtype")
        .is_some_and(|it| it.content().trim() != "0")
        && !units.is_empty();
    Ok(QuestionKind::Numeric(Numeric {
        accepted,
        units,
        requires_unit,
    }))
}

/// One through `number`, where that is exact.
pub(super) fn inverse(number: Decimal) -> Option<Decimal> {
    let inverse = Decimal::ONE.checked_div(number)?.normalize();
    (inverse.checked_mul(number)? == Decimal::ONE).then_some(inverse)
}

fn matching(element: &Element) -> QuestionKind {
    let pair = |pair: &Element| {
        let choice = pair.first("answer").map(text_of).unwrap_or_default();
        (plain(pair), choice)
    };
    QuestionKind::Matching(Matching::of_pairs(element.named("subquestion").map(pair)))
}

fn essay(element: &Element) -> QuestionKind {
    let notes = element.first("graderinfo").map(plain).unwrap_or_default();
    QuestionKind::Essay(Essay {
        grader_notes: notes,
        ..Essay::default()
    })
}

/// Moodle's grading types of orders: -1 all or nothing, 0 absolute position, 1 to 7 several ways to count neighbours.
fn ordering(element: &Element, spot: &Spot, report: &mut Report) -> QuestionKind {
    let grading = element
        .first("gradingtype")
        .map(Element::content)
        .unwrap_or_default();
    let scoring = match grading.trim() {
        "-1" | "ALL_OR_NOTHING" => OrderingScoring::Exact,
        "0" | "ABSOLUTE_POSITION" => OrderingScoring::Positions,
        "7" | "RELATIVE_ALL_PREVIOUS_AND_NEXT" => OrderingScoring::Pairs,
        _ => {
            report.change(spot, "its way to grade became: pairs in the right order");
            OrderingScoring::Pairs
        }
    };
    let items = element
        .named("answer")
        .map(|answer| ChoiceOption::new(plain(answer)));
    QuestionKind::Ordering(Ordering {
        items: items.collect(),
        scoring,
    })
}
