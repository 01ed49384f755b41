//! What can be wrong with a question before anybody has answered it, and the checks that several kinds share.

use std::collections::HashSet;

use serde::Serialize;

use super::ChoiceOption;

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a second look; may be meant so.
    Warning,
    /// The exam cannot be sat or graded like this.
    Error,
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Fault {
    /// Something that has to be put right.
    pub(in crate::exam) fn error(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Something to look at.
    pub(in crate::exam) fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(what, remedy)
        }
    }
}

/// The most options, items or prompts that one question may have.
pub(super) const MAX_OPTIONS: usize = crate::exam::response::MAX_SELECTED;

/// Too few, too many, empty, or twice the same. `what` is their name, for instance "option".
pub(super) fn option_faults(options: &[ChoiceOption], what: &str, at_least: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    if options.len() < at_least {
        faults.push(Fault::error(
            format!("it has {} {what}s", options.len()),
            format!("give it at least {at_least}"),
        ));
    }
    if options.len() > MAX_OPTIONS {
        faults.push(Fault::error(
            format!("it has {} {what}s", options.len()),
            format!("leave at most {MAX_OPTIONS}"),
        ));
    }
    let mut texts = HashSet::new();
    let mut ids = HashSet::new();
    for (index, option) in options.iter().enumerate() {
        let text = option.text.trim();
        if text.is_empty() {
            faults.push(Fault::error(
                format!("{what} {} is empty", index + 1),
                "write it or remove it",
            ));
        } else if !texts.insert(text) {
            faults.push(Fault::error(
                format!("{what} {} is there twice: '{}'", index + 1, shortened(text)),
                "change or remove one of them: students cannot tell them apart",
            ));
        }
        if !ids.insert(option.id) {
            faults.push(Fault::error(
                format!("{what} {} has the identity of another one", index + 1),
                "enter it again: answers to the two could not be told apart",
            ));
        }
    }
    faults
}

/// The beginning of a text, to recognise it by.
pub(in crate::exam) fn shortened(text: &str) -> String {
    const CHARACTERS: usize = 40;
    if text.chars().count() <= CHARACTERS {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(CHARACTERS).collect();
    format!("{beginning}...")
}
