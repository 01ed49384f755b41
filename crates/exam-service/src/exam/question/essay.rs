//! Write a text; a person grades it, by a rubric where there is one.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Fault, Rules, ShownParts};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::{MAX_TEXT_CHARACTERS, Response};

/// One thing that a grader looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its stable identity.
    pub id: OptionId,
    /// What is looked at.
    pub text: String,
    /// The most that it earns.
    pub points: Decimal,
}

/// A text is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Essay {
    /// The longest text that is taken.
    #[serde(default = "usual_length")]
    pub maximum_characters: usize,
    /// What graders look at; empty where they give points for the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rubric: Vec<Criterion>,
    /// What graders should know; students do not see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub grader_notes: String,
}

fn usual_length() -> usize {
    10_000
}

impl Default for Essay {
    fn default() -> Self {
        Self {
            maximum_characters: usual_length(),
            rubric: Vec::new(),
            grader_notes: String::new(),
        }
    }
}

impl Rules for Essay {
    fn word(&self) -> &'static str {
        "essay"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        match response {
            Response::Text(text) if text.chars().count() > self.maximum_characters => {
                Err("this text is longer than the question allows")
            }
            Response::Text(_) => Ok(()),
            _ => Err("this question asks for a text: send {\"text\": \"..\"}"),
        }
    }

    fn credit(&self, _response: &Response) -> Option<Credit> {
        None
    }

    fn show(&self, _order: &[OptionId]) -> ShownParts {
        ShownParts {
            maximum_characters: Some(self.maximum_characters),
            ..ShownParts::default()
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(1..=MAX_TEXT_CHARACTERS).contains(&self.maximum_characters) {
            faults.push(Fault::error(
                format!("it takes {} characters", self.maximum_characters),
                format!("allow between 1 and {MAX_TEXT_CHARACTERS}"),
            ));
        }
        let mut ids = BTreeSet::new();
        for (index, criterion) in self.rubric.iter().enumerate() {
            if criterion.text.trim().is_empty() || criterion.points <= Decimal::ZERO {
                faults.push(Fault::error(
                    format!("criterion {} has no text or no points", index + 1),
                    "give it both, or remove it",
                ));
            }
            if !ids.insert(criterion.id) {
                faults.push(Fault::error(
                    format!("criterion {} has the identity of another one", index + 1),
                    "enter it again",
                ));
            }
        }
        faults
    }
}
