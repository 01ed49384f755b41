//! Give a word or a few; forms that are accepted are listed.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fault::shortened;
use super::fold::Folding;
use super::{Fault, Rules, ShownParts};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::Response;

/// The longest short answer.
pub(super) const MAX_CHARACTERS: usize = 500;

/// The most accepted forms of one question.
pub(super) const MAX_FORMS: usize = 200;

/// A form of the answer that is right, or right in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedText {
    /// `*` stands for any text, `\*` for an asterisk, `\\` for a backslash.
    pub pattern: String,
    /// What it earns, in percent of the points, -100 to 100.
    #[serde(default = "hundred")]
    pub percent: Decimal,
}

fn hundred() -> Decimal {
    Decimal::ONE_HUNDRED
}

/// A short text is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortAnswer {
    /// The forms that are taken; the first that matches counts, so that `*` at the end is "anything else".
    pub accepted: Vec<AcceptedText>,
    /// What does not matter.
    #[serde(default)]
    pub folding: Folding,
}

impl Rules for ShortAnswer {
    fn word(&self) -> &'static str {
        "short_answer"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        match response {
            Response::Text(text) if text.chars().count() > MAX_CHARACTERS => {
                Err("a short answer has at most 500 characters")
            }
            Response::Text(_) => Ok(()),
            _ => Err("this question asks for a short text: send {\"text\": \"..\"}"),
        }
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        let Response::Text(given) = response else {
            return Some(Credit::NONE);
        };
        let first = self
            .accepted
            .iter()
            .find(|accepted| self.folding.matches(&accepted.pattern, given));
        Some(first.map_or(Credit::NONE, |accepted| {
            Credit::of_percent(accepted.percent)
        }))
    }

    fn show(&self, _order: &[OptionId]) -> ShownParts {
        ShownParts {
            maximum_characters: Some(MAX_CHARACTERS),
            ..ShownParts::default()
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.accepted.iter().any(|each| each.percent == hundred()) {
            faults.push(Fault::error(
                "no form of the answer earns all points",
                "enter the right answer",
            ));
        }
        if self.accepted.len() > MAX_FORMS {
            faults.push(Fault::error(
                format!("it has {} accepted forms", self.accepted.len()),
                format!("leave at most {MAX_FORMS}: a `*` stands for any text"),
            ));
        }
        for (index, accepted) in self.accepted.iter().enumerate() {
            let pattern = &accepted.pattern;
            if pattern.trim().is_empty() {
                faults.push(Fault::error(
                    format!("accepted form {} is empty", index + 1),
                    "write it or remove it",
                ));
            } else if pattern.chars().count() > MAX_CHARACTERS {
                faults.push(Fault::error(
                    format!("'{}' is longer than an answer may be", shortened(pattern)),
                    format!("shorten it to {MAX_CHARACTERS} characters"),
                ));
            }
            if accepted.percent.abs() > hundred() {
                faults.push(Fault::error(
                    format!(
                        "'{}' earns {} percent",
                        shortened(pattern),
                        accepted.percent
                    ),
                    "give a percentage between -100 and 100",
                ));
            }
            let folded = self.folding.fold(pattern);
            let is_hidden = self.accepted[..index]
                .iter()
                .any(|before| self.folding.fold(&before.pattern) == folded);
            if is_hidden && !pattern.trim().is_empty() {
                faults.push(Fault::warning(
                    format!("'{}' is there twice: the first counts", shortened(pattern)),
                    "remove one of them",
                ));
            }
        }
        faults
    }
}
