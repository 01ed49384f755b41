//! What can be wrong with a question, whatever its kind, and between questions.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::Place;
use crate::exam::points::{self, MAX_POINTS};
use crate::exam::question::{Fault, Question, QuestionKind, shortened};

/// The longest text of a question.
const MAX_TEXT_CHARACTERS: usize = 20_000;
/// The longest name of a question.
const MAX_NAME_CHARACTERS: usize = 200;
/// The most tags of a question, and the longest.
const MAX_TAGS: usize = 30;
const MAX_TAG_CHARACTERS: usize = 60;

/// Where `question` is.
pub(super) fn place(number: usize, question: &Question) -> Place {
    let text = if question.name.is_empty() {
        &question.text
    } else {
        &question.name
    };
    Place::Question {
        number,
        text: shortened(text.trim()),
    }
}

/// Why a question cannot even be kept; one that is merely unfinished can.
///
/// # Errors
/// A sentence that says what is too long or cannot be written.
pub fn check_limits(question: &Question) -> Result<(), String> {
    let long = |text: &str, limit: usize| text.chars().count() > limit;
    for (what, text, limit) in [
        ("name", &question.name, MAX_NAME_CHARACTERS),
        ("text", &question.text, MAX_TEXT_CHARACTERS),
        ("feedback", &question.feedback, MAX_TEXT_CHARACTERS),
    ] {
        if long(text, limit) {
            return Err(format!("Its {what} has more than {limit} characters."));
        }
    }
    if question.tags.len() > MAX_TAGS {
        return Err(format!("It has more than {MAX_TAGS} tags."));
    }
    let is_bad = |tag: &&String| {
        tag.trim().is_empty() || long(tag, MAX_TAG_CHARACTERS) || tag.chars().any(char::is_control)
    };
    if let Some(tag) = question.tags.iter().find(is_bad) {
        return Err(format!(
            "The tag '{}' is empty, longer than {MAX_TAG_CHARACTERS} characters, or has characters that cannot be seen.",
            shortened(tag)
        ));
    }
    Ok(())
}

/// Everything that is wrong with one question by itself.
pub fn question_faults(question: &Question) -> Vec<Fault> {
    let mut faults = Vec::new();
    if question.text.trim().is_empty() {
        faults.push(Fault::error("its text is empty", "write what is asked"));
    }
    if question.text.chars().count() > MAX_TEXT_CHARACTERS {
        faults.push(Fault::error(
            "its text is too long",
            format!("shorten it to {MAX_TEXT_CHARACTERS} characters"),
        ));
    }
    faults.extend(point_faults(question));
    if question
        .difficulty
        .is_some_and(|difficulty| !(1..=5).contains(&difficulty))
    {
        faults.push(Fault::error(
            "its difficulty is not between 1 and 5",
            "choose one of these, or none",
        ));
    }
    faults.extend(question.kind_faults());
    faults
}

fn point_faults(question: &Question) -> Vec<Fault> {
    let mut faults = Vec::new();
    if question.points <= Decimal::ZERO {
        faults.push(Fault::error("it is worth no points", "set its points"));
    } else if question.points > MAX_POINTS {
        faults.push(Fault::error(
            format!("it is worth {} points", question.points),
            format!("make it at most {MAX_POINTS}"),
        ));
    }
    let has_too_many_decimals = |value: Decimal| points::round(value) != value;
    if has_too_many_decimals(question.points) || has_too_many_decimals(question.penalty) {
        faults.push(Fault::error(
            "its points or its penalty have more than two decimals",
            "round them: results are kept with two",
        ));
    }
    if question.penalty < Decimal::ZERO || question.penalty > question.points {
        faults.push(Fault::error(
            format!(
                "a wrong answer costs {} of {} points",
                question.penalty, question.points
            ),
            "set a penalty between 0 and the points",
        ));
    }
    if question.is_graded_by_hand() && question.penalty > Decimal::ZERO {
        faults.push(Fault::warning(
            "it has a penalty, but a person grades it",
            "remove the penalty: it is never taken off",
        ));
    }
    if let QuestionKind::Essay(essay) = &question.kind {
        let sum: Decimal = essay
            .rubric
            .iter()
            .map(|each| each.points.clamp(-MAX_POINTS, MAX_POINTS))
            .sum();
        if !essay.rubric.is_empty() && sum != question.points {
            faults.push(Fault::error(
                format!(
                    "its rubric gives {sum} points, the question {}",
                    question.points
                ),
                "make them the same",
            ));
        }
    }
    faults
}

/// Questions that ask the same as one before them, with the same options.
pub(super) fn repeated(questions: &[Question]) -> Vec<(usize, &Question, Fault)> {
    let mut seen: HashMap<(&str, Vec<&str>), usize> = HashMap::new();
    let mut ids = HashMap::new();
    let mut found = Vec::new();
    for (number, question) in (1..).zip(questions) {
        let mut options: Vec<&str> = question
            .options()
            .iter()
            .map(|each| each.text.trim())
            .collect();
        options.sort_unstable();
        let first = *seen
            .entry((question.text.trim(), options))
            .or_insert(number);
        if first != number {
            let what = format!("it asks the same as question {first}");
            found.push((
                number,
                question,
                Fault::warning(what, "remove one of them, or leave it if that is meant"),
            ));
        }
        let first = *ids.entry(question.id).or_insert(number);
        if first != number {
            let what = format!("it has the identity of question {first}");
            found.push((
                number,
                question,
                Fault::error(what, "enter it again: answers could not be told apart"),
            ));
        }
    }
    found
}
