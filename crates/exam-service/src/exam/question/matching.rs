//! Find for each prompt what belongs to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::option_faults;
use super::{ChoiceOption, Fault, Rules, ShownParts, has_option, in_order};
use crate::exam::ids::OptionId;
use crate::exam::points::Credit;
use crate::exam::response::Response;

/// How part of the pairs is valued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchingScoring {
    /// Right pairs / prompts.
    #[default]
    PerPair,
    /// All pairs or nothing.
    AllOrNothing,
}

/// Prompts and choices; a choice may belong to several prompts or to none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// What is to be given a partner.
    pub prompts: Vec<ChoiceOption>,
    /// Partners to choose from.
    pub choices: Vec<ChoiceOption>,
    /// Prompt -> its choice.
    pub correct: BTreeMap<OptionId, OptionId>,
    /// How part of the pairs is valued.
    #[serde(default)]
    pub scoring: MatchingScoring,
}

impl Matching {
    /// The prompts with their choices, in order; equal choices are one, and a pair without a prompt only adds a choice.
    pub fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut prompts, mut choices) = (Vec::new(), Vec::<ChoiceOption>::new());
        let mut correct = BTreeMap::new();
        for (prompt, choice) in pairs {
            let known = choices
                .iter()
                .find(|each| each.text == choice)
                .map(|each| each.id);
            let choice = known.unwrap_or_else(|| {
                let new = ChoiceOption::new(choice);
                let id = new.id;
                choices.push(new);
                id
            });
            if !prompt.is_empty() {
                let prompt = ChoiceOption::new(prompt);
                correct.insert(prompt.id, choice);
                prompts.push(prompt);
            }
        }
        Self {
            prompts,
            choices,
            correct,
            scoring: MatchingScoring::PerPair,
        }
    }
}

impl Rules for Matching {
    fn word(&self) -> &'static str {
        "matching"
    }

    fn check(&self, response: &Response) -> Result<(), &'static str> {
        let Response::Pairs(pairs) = response else {
            return Err(
                "this is a matching question: send {\"pairs\": {\"<prompt>\": \"<choice>\"}}",
            );
        };
        let belongs = |(prompt, choice): (&OptionId, &OptionId)| {
            has_option(&self.prompts, *prompt) && has_option(&self.choices, *choice)
        };
        if pairs.iter().all(belongs) {
            Ok(())
        } else {
            Err("a pair names something that does not belong to this question")
        }
    }

    fn credit(&self, response: &Response) -> Option<Credit> {
        let Response::Pairs(pairs) = response else {
            return Some(Credit::NONE);
        };
        let is_right =
            |(prompt, choice): &(&OptionId, &OptionId)| pairs.get(*prompt) == Some(*choice);
        let right = self.correct.iter().filter(is_right).count();
        Some(match self.scoring {
            MatchingScoring::PerPair => Credit::of_count(right, self.correct.len()),
            MatchingScoring::AllOrNothing => {
                Credit::all_if(right > 0 && right == self.correct.len())
            }
        })
    }

    fn show(&self, order: &[OptionId]) -> ShownParts {
        ShownParts {
            options: in_order(&self.choices, order),
            prompts: self.prompts.clone(),
            ..ShownParts::default()
        }
    }

    fn options(&self) -> &[ChoiceOption] {
        &self.choices
    }

    /// Choices are usually entered beside their prompts.
    fn must_be_shuffled(&self) -> bool {
        true
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = option_faults(&self.prompts, "prompt", 1);
        faults.extend(option_faults(&self.choices, "choice", 2));
        for (index, prompt) in self.prompts.iter().enumerate() {
            let choice = self.correct.get(&prompt.id);
            if !choice.is_some_and(|choice| has_option(&self.choices, *choice)) {
                faults.push(Fault::error(
                    format!("prompt {} has no right choice", index + 1),
                    "say which choice belongs to it",
                ));
            }
        }
        if !self
            .correct
            .keys()
            .all(|prompt| has_option(&self.prompts, *prompt))
        {
            faults.push(Fault::error(
                "the key names a prompt that is not there",
                "enter the pairs again",
            ));
        }
        faults
    }
}
