//! Say whether a statement holds.

use serde::{Deserialize, Serialize};

use super::{Fault, Rules, ShownParts};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::Response;

/// A statement that is true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrueFalse {
    /// Which of the two.
    pub correct: bool,
}

impl Rules for TrueFalse {
    fn word(&self) -> &'static str {
        "true_false"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        match response {
            Response::Value(_) => Ok(()),
            _ => Err("this is a true/false question: send {\"value\": true|false}"),
        }
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        Some(Credit::all_if(*response == Response::Value(self.correct)))
    }

    fn show(&self, _order: &[OptionId]) -> ShownParts {
        ShownParts::default()
    }

    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}
