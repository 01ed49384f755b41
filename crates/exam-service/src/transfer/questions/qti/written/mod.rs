//! Questions written as items of QTI 2.1.

mod options;

use rust_decimal::Decimal;

use super::names::namespace_2;
use crate::exam::Question;
use crate::exam::question::{
    ChoiceOption, Numeric, QuestionKind, ShortAnswer, TextFormat, Tolerance,
};
use crate::transfer::questions::report::{Report, Spot};
use crate::transfer::questions::weights;
use crate::transfer::questions::xml::{self, Element};

const TEMPLATES: &str = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/";

/// What a kind of question becomes.
struct Written {
    declaration: Element,
    interaction: Element,
    processing: Option<Element>,
}

pub(super) fn item(
    number: usize,
    question: &Question,
    spot: &Spot,
    report: &mut Report,
) -> Option<Element> {
    let written = kind(question, spot, report)?;
    lost(question, spot, report);
    let title = if question.name.is_empty() {
        format!("Question {number}")
    } else {
        question.name.clone()
    };
    let points = question.points.normalize().to_string();
    let outcome = |name: &str, value: &str| {
        let default = Element::new("defaultValue").child(Element::new("value").text(value));
        Element::new("outcomeDeclaration")
            .with("identifier", name)
            .with("cardinality", "single")
            .with("baseType", "float")
            .child(default)
    };
    let item = Element::new("assessmentItem")
        .with("xmlns", namespace_2())
        .with("identifier", format!("item-{number}"))
        .with("title", title)
        .with("adaptive", "false")
        .with("timeDependent", "false")
        .child(written.declaration)
        .child(outcome("SCORE", "0"))
        .child(outcome("MAXSCORE", &points))
        .child(
            Element::new("itemBody")
                .children(asked(question))
                .child(written.interaction),
        )
        .children(written.processing);
    Some(item)
}

fn lost(question: &Question, spot: &Spot, report: &mut Report) {
    if !question.penalty.is_zero() {
        report.change(spot, "its penalty for wrong answers cannot be said");
    }
    if !question.tags.is_empty() || question.difficulty.is_some() || !question.feedback.is_empty() {
        report.change(spot, "its tags, difficulty and feedback were left out");
    }
}

/// The text in paragraphs; HTML that is no XML is written as it reads.
fn asked(question: &Question) -> Vec<Element> {
    if question.format == TextFormat::Html
        && let Ok(markup) = xml::parse(&format!("<div>{}</div>", question.text))
    {
        return vec![markup];
    }
    question
        .text
        .lines()
        .map(|line| Element::new("p").text(line))
        .collect()
}

fn declaration(
    cardinality: &str,
    base_type: &str,
    correct: impl IntoIterator<Item = String>,
) -> Element {
    let values: Vec<Element> = correct
        .into_iter()
        .map(|value| Element::new("value").text(value))
        .collect();
    let declaration = Element::new("responseDeclaration")
        .with("identifier", "RESPONSE")
        .with("cardinality", cardinality)
        .with("baseType", base_type);
    if values.is_empty() {
        declaration
    } else {
        declaration.child(Element::new("correctResponse").children(values))
    }
}

fn mapping(
    entries: impl IntoIterator<Item = (String, Decimal)>,
    points: Decimal,
    is_lax: bool,
) -> Element {
    let entry = |(key, percent): (String, Decimal)| {
        let worth = percent.checked_mul(points).unwrap_or_default() / Decimal::ONE_HUNDRED;
        let entry = Element::new("mapEntry")
            .with("mapKey", key)
            .with("mappedValue", worth.normalize().to_string());
        if is_lax {
            entry.with("caseSensitive", "false")
        } else {
            entry
        }
    };
    Element::new("mapping")
        .with("lowerBound", "0")
        .with("upperBound", points.normalize().to_string())
        .with("defaultValue", "0")
        .children(entries.into_iter().map(entry))
}

fn template(name: &str) -> Element {
    Element::new("responseProcessing").with("template", format!("{TEMPLATES}{name}"))
}

fn interaction(name: &str) -> Element {
    Element::new(name).with("responseIdentifier", "RESPONSE")
}

/// Identifiers of QTI start with a letter.
fn name(option: &ChoiceOption) -> String {
    format!("o-{}", option.id)
}

fn kind(question: &Question, spot: &Spot, report: &mut Report) -> Option<Written> {
    let shuffle = if question.shuffles_options {
        "true"
    } else {
        "false"
    };
    Some(match &question.kind {
        QuestionKind::MultipleChoice(it) => options::multiple_choice(it, question.points, shuffle),
        QuestionKind::MultipleResponse(it) => {
            options::multiple_response(it, question.points, shuffle, spot, report)
        }
        QuestionKind::TrueFalse(it) => {
            let choice = |id: &str, text: &str| {
                Element::new("simpleChoice")
                    .with("identifier", id)
                    .text(text)
            };
            let interaction = interaction("choiceInteraction")
                .with("shuffle", shuffle)
                .with("maxChoices", "1");
            Written {
                declaration: declaration("single", "identifier", [it.correct.to_string()]),
                interaction: interaction
                    .children([choice("true", "True"), choice("false", "False")]),
                processing: Some(template("match_correct")),
            }
        }
        QuestionKind::Numeric(it) => numeric(it, spot, report),
        QuestionKind::ShortAnswer(it) => short_answer(it, question.points, spot, report)?,
        QuestionKind::Matching(it) => options::matching(it, question.points),
        QuestionKind::Ordering(it) => options::ordering(it, spot, report),
        QuestionKind::Essay(it) => {
            if !it.rubric.is_empty() || !it.grader_notes.is_empty() {
                report.change(spot, "its rubric and notes for graders were left out");
            }
            Written {
                declaration: declaration("single", "string", []),
                interaction: interaction("extendedTextInteraction"),
                processing: None,
            }
        }
    })
}

fn short_answer(
    it: &ShortAnswer,
    points: Decimal,
    spot: &Spot,
    report: &mut Report,
) -> Option<Written> {
    if it.folding.ignores_diacritics || it.folding.ignores_spaces {
        report.change(
            spot,
            "that diacritics or spaces do not matter cannot be said",
        );
    }
    let mut forms = Vec::new();
    for accepted in &it.accepted {
        let literal = accepted
            .pattern
            .replace("\\*", "\u{1}")
            .replace("\\\\", "\\");
        if literal.contains('*') {
            report.change(
                spot,
                format!(
                    "the form '{}' was left out: there are no wildcards",
                    accepted.pattern
                ),
            );
            continue;
        }
        forms.push((literal.replace('\u{1}', "*"), accepted.percent));
    }
    if forms.is_empty() {
        report.skip(spot, "none of its forms can be said");
        return None;
    }
    let correct = forms
        .iter()
        .find(|(_, percent)| *percent == Decimal::ONE_HUNDRED)
        .map(|(text, _)| text.clone());
    let declaration = declaration("single", "string", correct).child(mapping(
        forms,
        points,
        it.folding.ignores_case,
    ));
    Some(Written {
        declaration,
        interaction: interaction("textEntryInteraction"),
        processing: Some(template("map_response")),
    })
}

fn numeric(it: &Numeric, spot: &Spot, report: &mut Report) -> Written {
    let mut right = it
        .accepted
        .iter()
        .filter(|each| each.percent == Decimal::ONE_HUNDRED);
    let first = right.next();
    if it.accepted.len() > 1 || first.is_none() {
        report.change(
            spot,
            "of several values only the first that earns everything was written",
        );
    }
    if !it.units.is_empty() {
        report.change(spot, "its units cannot be said");
    }
    let (mode, within) = match first.map(|first| first.tolerance) {
        Some(Tolerance::Relative { percent }) => ("relative", percent),
        Some(Tolerance::Exact) | None => ("exact", Decimal::ZERO),
        Some(_) => {
            let (within, lost) = first.map(weights::absolute).unwrap_or_default();
            if let Some(lost) = lost {
                report.change(spot, lost);
            }
            ("absolute", within)
        }
    };
    let within = within.normalize();
    let equal = Element::new("equal")
        .with("toleranceMode", mode)
        .with("tolerance", format!("{within} {within}"))
        .child(Element::new("variable").with("identifier", "RESPONSE"))
        .child(Element::new("correct").with("identifier", "RESPONSE"));
    let score = Element::new("setOutcomeValue")
        .with("identifier", "SCORE")
        .child(Element::new("variable").with("identifier", "MAXSCORE"));
    let condition = Element::new("responseCondition")
        .child(Element::new("responseIf").child(equal).child(score));
    Written {
        declaration: declaration(
            "single",
            "float",
            first.map(|first| first.value.normalize().to_string()),
        ),
        interaction: interaction("textEntryInteraction"),
        processing: Some(Element::new("responseProcessing").child(condition)),
    }
}
