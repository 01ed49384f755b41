//! GIFT, Moodle's text format.
//!
//! <https://docs.moodle.org/en/GIFT_format>. It has neither points nor tags: questions are worth one point, unless they
//! are given others afterwards. Feedback to single answers is not kept.

mod answers;
mod escapes;
mod written;

use rust_decimal::Decimal;

use super::html;
use super::report::{Report, Spot};
use super::{Import, TransferError};
use crate::exam::Question;
use crate::exam::question::TextFormat;

use escapes::{find_plain, unescape};
pub(super) use written::write;

/// What a question's text has where an answer goes in the middle of it.
const BLANK: &str = "_____";

pub(super) fn read(text: &str) -> Result<Import, TransferError> {
    let mut import = Import {
        questions: Vec::new(),
        report: Report::default(),
    };
    for (line, block) in blocks(text) {
        let spot = Spot::line(line);
        if let Some(category) = block.trim().strip_prefix("$CATEGORY:") {
            import.report.change(
                &spot,
                format!("the category '{}' was left out", category.trim()),
            );
            continue;
        }
        match question(&block, &spot, &mut import.report) {
            Ok(question) => import.questions.push(question),
            Err(why) => import.report.skip(&spot, why),
        }
    }
    if import.questions.is_empty() && import.report.notes.is_empty() {
        return Err(TransferError::unreadable(
            "there is no question in this file",
        ));
    }
    Ok(import)
}

/// Pieces between empty lines, each with the line on which it starts; comments are left out. An empty line within braces
/// is part of its question, and a category is a piece of its own.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut current: Option<(usize, String)> = None;
    for (line, content) in (1..).zip(text.lines()) {
        let trimmed = content.trim();
        if trimmed.starts_with("//") {
            continue;
        }
        let is_in_braces = current.as_ref().is_some_and(|(_, block)| {
            find_plain(block, '{').is_some_and(|open| find_plain(&block[open..], '}').is_none())
        });
        if trimmed.is_empty() && !is_in_braces {
            found.extend(current.take());
        } else if trimmed.starts_with("$CATEGORY:") && !is_in_braces {
            found.extend(current.take());
            found.push((line, trimmed.to_owned()));
        } else if let Some((_, block)) = &mut current {
            block.push('\n');
            block.push_str(content);
        } else if !trimmed.is_empty() {
            current = Some((line, content.to_owned()));
        }
    }
    found.extend(current);
    found
}

fn question(block: &str, spot: &Spot, report: &mut Report) -> Result<Question, String> {
    let mut rest = block.trim();
    let mut name = String::new();
    if let Some(after) = rest.strip_prefix("::") {
        let end = after
            .find("::")
            .ok_or("its name starts with :: and does not end with them")?;
        name = unescape(after[..end].trim());
        rest = after[end + 2..].trim();
    }
    let (format, rest) = markup_format(rest);
    let open = find_plain(rest, '{').ok_or("it has no answers: there is no {")?;
    let close =
        find_plain(&rest[open..], '}').ok_or("its answers do not end: there is no }")? + open;
    let (before, after) = (rest[..open].trim(), rest[close + 1..].trim());
    if find_plain(after, '{').is_some() {
        return Err(
            "it has answers in two places: is an empty line missing before the next question?"
                .to_owned(),
        );
    }
    let written = if after.is_empty() {
        before.to_owned()
    } else {
        format!("{before} {BLANK} {after}")
    };
    let (answers, feedback) = split_feedback(&rest[open + 1..close]);
    let kind = answers::read(answers.trim(), spot, report)?;
    let (text, format) = shown(&unescape(&written), format);
    let mut question = Question::new(text, Decimal::ONE, kind);
    question.name = name;
    question.format = format;
    question.feedback = html::to_plain(&unescape(markup_format(feedback.trim()).1));
    Ok(question)
}

/// `[html]`, `[moodle]`, `[plain]` or `[markdown]` before a text, and the text.
fn markup_format(text: &str) -> (&str, &str) {
    for format in ["html", "moodle", "plain", "markdown"] {
        let rest = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_prefix(format));
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix(']')) {
            return (format, rest.trim_start());
        }
    }
    ("moodle", text)
}

fn shown(text: &str, format: &str) -> (String, TextFormat) {
    match format {
        "html" => html::simplify(text),
        "markdown" => (text.to_owned(), TextFormat::Markdown),
        _ => (text.to_owned(), TextFormat::Plain),
    }
}

/// The text of one answer, whatever its own format is.
fn answer_text(text: &str) -> String {
    let (format, text) = markup_format(text.trim());
    let text = unescape(text.trim());
    if format == "html" {
        html::to_plain(&text)
    } else {
        text
    }
}

/// Answers and the general feedback after `####`.
fn split_feedback(inside: &str) -> (&str, &str) {
    match inside.find("####") {
        Some(at) => (&inside[..at], &inside[at + 4..]),
        None => (inside, ""),
    }
}
