//! Moodle's XML.
//!
//! <https://docs.moodle.org/en/Moodle_XML_format>. Moodle's `penalty` is for repeated tries within one question and is not
//! taken; feedback to single answers, hints and files are not kept.

mod kinds;
mod written;

use rust_decimal::Decimal;

use super::report::{Report, Spot};
use super::xml::{self, Element};
use super::{Import, TransferError, html};
use crate::exam::Question;
use crate::exam::number;
use crate::exam::question::TextFormat;

pub(super) use written::write;

pub(super) fn read(text: &str) -> Result<Import, TransferError> {
    let root = xml::parse(text)?;
    if root.name != "quiz" {
        return Err(TransferError::Unreadable {
            line: Some(root.line),
            what: format!(
                "this is not Moodle's XML: it starts with <{}>, not <quiz>",
                root.name
            ),
        });
    }
    let mut import = Import {
        questions: Vec::new(),
        report: Report::default(),
    };
    for element in root.named("question") {
        let spot = Spot::line(element.line);
        match question(element, &spot, &mut import.report) {
            Ok(Some(question)) => import.questions.push(question),
            Ok(None) => {}
            Err(why) => import.report.skip(&spot, why),
        }
    }
    Ok(import)
}

fn question(
    element: &Element,
    spot: &Spot,
    report: &mut Report,
) -> Result<Option<Question>, String> {
    let kind = element.attribute("type").unwrap_or_default();
    if kind == "category" {
        let name = element.first("category").map(text_of).unwrap_or_default();
        report.change(spot, format!("the category '{name}' was left out"));
        return Ok(None);
    }
    let kind = kinds::read(kind, element, spot, report)?;
    let asked = element
        .first("questiontext")
        .ok_or("it has no <questiontext>")?;
    let (text, format) = formatted(asked);
    let points = match element.first("defaultgrade").map(Element::content) {
        None => Decimal::ONE,
        Some(points) => decimal(&points, "defaultgrade")?,
    };
    notes(element, spot, report);
    let tags = element
        .first("tags")
        .into_iter()
        .flat_map(|tags| tags.named("tag"));
    Ok(Some(Question {
        name: element.first("name").map(text_of).unwrap_or_default(),
        format,
        shuffles_options: element
            .first("shuffleanswers")
            .is_none_or(|it| is_yes(&it.content())),
        tags: tags.map(text_of).filter(|tag| !tag.is_empty()).collect(),
        feedback: element
            .first("generalfeedback")
            .map(plain)
            .unwrap_or_default(),
        ..Question::new(text, points, kind)
    }))
}

fn notes(element: &Element, spot: &Spot, report: &mut Report) {
    let mut files = Vec::new();
    element.all("file", &mut files);
    if !files.is_empty() {
        report.change(
            spot,
            format!("{} images or other files were left out", files.len()),
        );
    }
    let answers = element
        .named("answer")
        .filter_map(|answer| answer.first("feedback"));
    if answers
        .into_iter()
        .any(|feedback| !text_of(feedback).is_empty())
    {
        report.change(spot, "feedback to single answers was left out");
    }
    if element.named("hint").next().is_some() {
        report.change(spot, "its hints were left out");
    }
}

/// What is in the `<text>` of an element, or in itself.
fn text_of(element: &Element) -> String {
    element
        .first("text")
        .unwrap_or(element)
        .content()
        .trim()
        .to_owned()
}

fn formatted(element: &Element) -> (String, TextFormat) {
    let text = text_of(element);
    match element.attribute("format") {
        Some("plain_text") => (text, TextFormat::Plain),
        Some("markdown") => (text, TextFormat::Markdown),
        _ => html::simplify(&text),
    }
}

/// The text of an option, a prompt or a form.
fn plain(element: &Element) -> String {
    match element.attribute("format") {
        Some("html" | "moodle_auto_format") => html::to_plain(&text_of(element)),
        _ => text_of(element),
    }
}

fn decimal(text: &str, what: &str) -> Result<Decimal, String> {
    number::parse(text.trim()).map_err(|why| format!("{what} is '{}': {why}", text.trim()))
}

fn is_yes(text: &str) -> bool {
    matches!(text.trim(), "1" | "true")
}
