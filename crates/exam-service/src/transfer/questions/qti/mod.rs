//! 1EdTech QTI 2.1 and 3.0: items with one interaction, alone or in a package.
//!
//! <https://www.imsglobal.org/spec/qti/v3p0/impl>. The two differ in names only, as far as questions go: 3.0 writes
//! `qti-choice-interaction` for `choiceInteraction`. Both are read as 2.1.

mod declared;
mod interactions;
mod names;
pub(in crate::transfer) mod package;
mod written;

use rust_decimal::Decimal;

use super::report::{Report, Spot};
use super::xml::{self, Element, Node};
use super::{Import, TransferError, html, text};
use crate::exam::Question;

use declared::Declared;

/// Which QTI is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V21,
    V30,
}

/// What stands for a gap in a text.
const BLANK: &str = "_____";

/// What holds no text of the question.
const NOT_TEXT: [&str; 4] = [
    "rubricBlock",
    "feedbackBlock",
    "feedbackInline",
    "templateBlock",
];

pub(super) fn read(bytes: &[u8]) -> Result<Import, TransferError> {
    let mut import = Import {
        questions: Vec::new(),
        report: Report::default(),
    };
    if !bytes.starts_with(b"PK") {
        let root = names::as_version_2(xml::parse(&text(bytes)?)?);
        if root.name != "assessmentItem" {
            return Err(TransferError::Unreadable {
                line: Some(root.line),
                what: format!("this is no QTI item: it starts with <{}>", root.name),
            });
        }
        take(&root, &Spot::line(root.line), &mut import);
        return Ok(import);
    }
    for (name, content) in package::files(bytes)? {
        let spot = |line| Spot {
            line,
            place: name.clone(),
        };
        match text(&content).and_then(|text| xml::parse(&text)) {
            Ok(root) => {
                let root = names::as_version_2(root);
                if root.name == "assessmentItem" {
                    take(&root, &spot(Some(root.line)), &mut import);
                } else if root.name == "assessmentTest" {
                    import.report.change(
                        &spot(Some(root.line)),
                        "the test was left out: its items are taken by themselves",
                    );
                }
            }
            Err(TransferError::Unreadable { line, what }) => import.report.skip(&spot(line), what),
            Err(error) => import.report.skip(&spot(None), error.to_string()),
        }
    }
    Ok(import)
}

fn take(item: &Element, spot: &Spot, import: &mut Import) {
    match question(item, spot, &mut import.report) {
        Ok(question) => import.questions.push(question),
        Err(why) => import.report.skip(spot, why),
    }
}

fn question(item: &Element, spot: &Spot, report: &mut Report) -> Result<Question, String> {
    let body = item.first("itemBody").ok_or("it has no body")?;
    let found = interactions::find(body);
    let [interaction] = found.as_slice() else {
        return Err(format!(
            "it has {} interactions: only items with one are taken",
            found.len()
        ));
    };
    let declared = Declared::of(item, interaction)?;
    let kind = interactions::read(interaction, &declared, spot, report)?;
    let mut asked = body.clone();
    prune(&mut asked, &interaction.name);
    let mut markup = asked.markup();
    if let Some(prompt) = interaction.first("prompt") {
        markup.extend(["<p>", &prompt.markup(), "</p>"]);
    }
    let mut images = Vec::new();
    body.all("img", &mut images);
    if !images.is_empty() {
        report.change(spot, format!("{} images were left out", images.len()));
    }
    let (text, format) = html::simplify(&markup);
    // A gap at the end is only where the answer goes.
    let text = text
        .strip_suffix(BLANK)
        .map_or(text.as_str(), str::trim_end)
        .to_owned();
    let points = declared.points.unwrap_or(Decimal::ONE);
    Ok(Question {
        name: item.attribute("title").unwrap_or_default().to_owned(),
        format,
        shuffles_options: interaction.attribute("shuffle") != Some("false"),
        ..Question::new(text, points, kind)
    })
}

/// Takes the interaction out, a gap in a text becoming a blank, and what is only shown at other times.
fn prune(element: &mut Element, interaction: &str) {
    element.children.retain_mut(|child| match child {
        Node::Text(_) | Node::Data(_) => true,
        Node::Element(inner) if NOT_TEXT.contains(&inner.name.as_str()) || inner.name == "img" => {
            false
        }
        Node::Element(inner) if inner.name == interaction => {
            *inner = Element::new("span").text(if interaction == "textEntryInteraction" {
                format!(" {BLANK} ")
            } else {
                String::new()
            });
            true
        }
        Node::Element(inner) => {
            prune(inner, interaction);
            true
        }
    });
}

pub(super) fn write(
    questions: &[Question],
    version: Version,
    report: &mut Report,
) -> Result<Vec<u8>, TransferError> {
    let mut items = Vec::new();
    for (number, question) in (1..).zip(questions) {
        let Some(item) = written::item(number, question, &Spot::question(number), report) else {
            continue;
        };
        let item = match version {
            Version::V21 => item,
            Version::V30 => names::as_version_3(item),
        };
        items.push((format!("items/item-{number}.xml"), item.to_document()));
    }
    package::pack(&items, version)
}
