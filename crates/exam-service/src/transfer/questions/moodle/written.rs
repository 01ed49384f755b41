//! Questions written as Moodle's XML.

use rust_decimal::Decimal;

use super::kinds::inverse;
use crate::exam::Question;
use crate::exam::question::{
    Matching, MultipleChoice, MultipleResponse, Numeric, Ordering, OrderingScoring, QuestionKind,
    ShortAnswer, TextFormat,
};
use crate::transfer::questions::report::{Report, Spot};
use crate::transfer::questions::xml::Element;
use crate::transfer::questions::{html, weights};

pub(in crate::transfer::questions) fn write(questions: &[Question], report: &mut Report) -> String {
    let mut root = Element::new("quiz");
    for (number, question) in (1..).zip(questions) {
        root = root.child(element(question, &Spot::question(number), report));
    }
    root.to_document()
}

fn element(question: &Question, spot: &Spot, report: &mut Report) -> Element {
    let (kind, parts) = parts(&question.kind, spot, report);
    if !question.penalty.is_zero() {
        report.change(spot, "its penalty for wrong answers cannot be said");
    }
    if question.difficulty.is_some() {
        report.change(spot, "its difficulty cannot be said");
    }
    let (format, text) = match question.format {
        TextFormat::Plain => ("html", html::from_plain(&question.text)),
        TextFormat::Markdown => ("markdown", question.text.clone()),
        TextFormat::Html => ("html", question.text.clone()),
    };
    let name = if question.name.is_empty() {
        question.text.chars().take(60).collect()
    } else {
        question.name.clone()
    };
    let mut element = Element::new("question")
        .with("type", kind)
        .child(Element::new("name").child(Element::new("text").text(name)))
        .child(
            Element::new("questiontext")
                .with("format", format)
                .child(Element::new("text").data(text)),
        )
        .child(in_html("generalfeedback", &question.feedback))
        .child(Element::new("defaultgrade").text(question.points.normalize().to_string()))
        .child(
            Element::new("shuffleanswers").text(if question.shuffles_options { "1" } else { "0" }),
        )
        .children(parts);
    if !question.tags.is_empty() {
        let tags = question
            .tags
            .iter()
            .map(|tag| Element::new("tag").child(Element::new("text").text(tag)));
        element = element.child(Element::new("tags").children(tags));
    }
    element
}

fn in_html(name: &str, text: &str) -> Element {
    Element::new(name)
        .with("format", "html")
        .child(Element::new("text").data(html::from_plain(text)))
}

fn answer(percent: Decimal, text: &str) -> Element {
    let inner = Element::new("text").text(text);
    Element::new("answer")
        .with("fraction", percent.normalize().to_string())
        .with("format", "plain_text")
        .child(inner)
}

fn parts(kind: &QuestionKind, spot: &Spot, report: &mut Report) -> (&'static str, Vec<Element>) {
    match kind {
        QuestionKind::MultipleChoice(it) => ("multichoice", multiple_choice(it)),
        QuestionKind::MultipleResponse(it) => ("multichoice", multiple_response(it, spot, report)),
        QuestionKind::TrueFalse(it) => {
            let worth = |holds: bool| {
                if holds {
                    Decimal::ONE_HUNDRED
                } else {
                    Decimal::ZERO
                }
            };
            (
                "truefalse",
                vec![
                    answer(worth(it.correct), "true"),
                    answer(worth(!it.correct), "false"),
                ],
            )
        }
        QuestionKind::ShortAnswer(it) => ("shortanswer", short_answer(it, spot, report)),
        QuestionKind::Numeric(it) => ("numerical", numeric(it, spot, report)),
        QuestionKind::Matching(it) => ("matching", matching(it, spot, report)),
        QuestionKind::Ordering(it) => ("ordering", ordering(it)),
        QuestionKind::Essay(it) => {
            if !it.rubric.is_empty() {
                report.change(spot, "its rubric cannot be said");
            }
            ("essay", vec![in_html("graderinfo", &it.grader_notes)])
        }
    }
}

fn multiple_choice(it: &MultipleChoice) -> Vec<Element> {
    let worth = |id| match it.partial_percent.get(&id) {
        _ if id == it.correct => Decimal::ONE_HUNDRED,
        percent => percent.copied().unwrap_or_default(),
    };
    let answers = it
        .options
        .iter()
        .map(|option| answer(worth(option.id), &option.text));
    std::iter::once(Element::new("single").text("true"))
        .chain(answers)
        .collect()
}

fn multiple_response(it: &MultipleResponse, spot: &Spot, report: &mut Report) -> Vec<Element> {
    let (percent, lost) = weights::of(it);
    if let Some(lost) = lost {
        report.change(spot, lost);
    }
    let answers = it.options.iter().map(|option| {
        answer(
            percent.get(&option.id).copied().unwrap_or_default(),
            &option.text,
        )
    });
    std::iter::once(Element::new("single").text("false"))
        .chain(answers)
        .collect()
}

fn short_answer(it: &ShortAnswer, spot: &Spot, report: &mut Report) -> Vec<Element> {
    if it.folding.ignores_diacritics || it.folding.ignores_spaces {
        report.change(
            spot,
            "that diacritics or spaces do not matter cannot be said",
        );
    }
    let case = Element::new("usecase").text(if it.folding.ignores_case { "0" } else { "1" });
    let answers = it
        .accepted
        .iter()
        .map(|each| answer(each.percent, &each.pattern));
    std::iter::once(case).chain(answers).collect()
}

fn numeric(it: &Numeric, spot: &Spot, report: &mut Report) -> Vec<Element> {
    let mut parts = Vec::new();
    for accepted in &it.accepted {
        let (within, lost) = weights::absolute(accepted);
        if let Some(lost) = lost {
            report.change(spot, lost);
        }
        let tolerance = Element::new("tolerance").text(within.normalize().to_string());
        parts.push(
            answer(accepted.percent, &accepted.value.normalize().to_string()).child(tolerance),
        );
    }
    let mut units = Vec::new();
    for unit in &it.units {
        let Some(multiplier) = inverse(unit.factor) else {
            report.change(
                spot,
                format!(
                    "the unit '{}' cannot be said: 1/{} is no finite decimal",
                    unit.symbol, unit.factor
                ),
            );
            continue;
        };
        let multiplier = Element::new("multiplier").text(multiplier.to_string());
        units.push(
            Element::new("unit")
                .child(multiplier)
                .child(Element::new("unit_name").text(&unit.symbol)),
        );
    }
    if !units.is_empty() {
        parts.push(Element::new("units").children(units));
        parts.push(Element::new("unitgradingtype").text(if it.requires_unit { "1" } else { "0" }));
    }
    parts
}

fn matching(it: &Matching, spot: &Spot, report: &mut Report) -> Vec<Element> {
    if it.scoring == crate::exam::question::MatchingScoring::AllOrNothing {
        report.change(
            spot,
            "that only all pairs together earn points cannot be said",
        );
    }
    let pair = |prompt: &str, choice: &str| {
        let answer = Element::new("answer").child(Element::new("text").text(choice));
        in_html("subquestion", prompt).child(answer)
    };
    let text_of = |id| {
        it.choices
            .iter()
            .find(|choice| choice.id == id)
            .map_or("", |choice| &choice.text)
    };
    let pairs = it.prompts.iter().map(|prompt| {
        pair(
            &prompt.text,
            it.correct.get(&prompt.id).map_or("", |id| text_of(*id)),
        )
    });
    let spare = it
        .choices
        .iter()
        .filter(|choice| !it.correct.values().any(|id| *id == choice.id));
    pairs
        .chain(spare.map(|choice| pair("", &choice.text)))
        .collect()
}

fn ordering(it: &Ordering) -> Vec<Element> {
    let grading = match it.scoring {
        OrderingScoring::Exact => "ALL_OR_NOTHING",
        OrderingScoring::Positions => "ABSOLUTE_POSITION",
        OrderingScoring::Pairs => "RELATIVE_ALL_PREVIOUS_AND_NEXT",
    };
    let items = (1_i64..)
        .zip(&it.items)
        .map(|(place, item)| answer(Decimal::from(place), &item.text));
    std::iter::once(Element::new("gradingtype").text(grading))
        .chain(items)
        .collect()
}
