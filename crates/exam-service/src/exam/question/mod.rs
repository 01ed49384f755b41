//! A question: what is asked, what may be answered, what is right. One file per kind.

mod essay;
mod fault;
mod fold;
mod matching;
mod multiple_choice;
mod multiple_response;
mod numeric;
mod ordering;
mod short_answer;
mod true_false;

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::{OptionId, QuestionId};
use super::points::{self, Credit};
use super::response::Response;

pub use essay::{Criterion, Essay};
pub(super) use fault::shortened;
pub use fault::{Fault, Severity};
pub use fold::{Folding, escape};
pub use matching::{Matching, MatchingScoring};
pub use multiple_choice::MultipleChoice;
pub use multiple_response::{MultipleResponse, ResponseScoring};
pub use numeric::{AcceptedNumber, Numeric, Tolerance, Unit};
pub use ordering::{Ordering, OrderingScoring};
pub use short_answer::{AcceptedText, ShortAnswer};
pub use true_false::TrueFalse;

/// One option of a choice, one item to be put in order, one side of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// Its stable identity: grading goes by it and never by a place.
    pub id: OptionId,
    /// What the student reads.
    pub text: String,
}

impl ChoiceOption {
    /// A new option.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            id: OptionId::generate(),
            text: text.into(),
        }
    }
}

/// What kind of answer a question takes, with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuestionKind {
    /// Choose one option.
    MultipleChoice(MultipleChoice),
    /// Choose several options.
    MultipleResponse(MultipleResponse),
    /// Say whether a statement holds.
    TrueFalse(TrueFalse),
    /// Give a number.
    Numeric(Numeric),
    /// Give a word or a few.
    ShortAnswer(ShortAnswer),
    /// Find what belongs together.
    Matching(Matching),
    /// Put things in order.
    Ordering(Ordering),
    /// Write a text that a person grades.
    Essay(Essay),
}

/// What each kind knows of itself.
trait Rules {
    /// The word used on the wire and in documents.
    fn word(&self) -> &'static str;

    /// Whether `response`, which is not [`Response::Cleared`], can be an answer at all.
    fn check(&self, response: &Response) -> Result<(), &'static str>;

    /// What a response that was checked earns; `None` where a person has to say.
    fn credit(&self, response: &Response) -> Option<Credit>;

    /// What a student sees of it beside the text, `order`ed by the layout. Never the key.
    fn show(&self, order: &[OptionId]) -> ShownParts;

    /// What can be shown in another order.
    fn options(&self) -> &[ChoiceOption] {
        &[]
    }

    /// Whether the author's order gives the key away.
    fn must_be_shuffled(&self) -> bool {
        false
    }

    /// What its author forgot or got wrong.
    fn faults(&self) -> Vec<Fault>;
}

/// What a student sees of a question beside its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownParts {
    /// Options, choices of a matching or items to be ordered, in this student's order.
    pub options: Vec<ChoiceOption>,
    /// What of a matching is to be given a partner.
    pub prompts: Vec<ChoiceOption>,
    /// Units that a number may carry.
    pub units: Vec<String>,
    /// The longest text that is taken.
    pub maximum_characters: Option<usize>,
}

/// How the text of a question is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// As it is.
    #[default]
    Plain,
    /// Markdown.
    Markdown,
    /// HTML, not yet cleaned: whoever shows it does that.
    Html,
}

/// A question of a paper or of a bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its stable identity.
    pub id: QuestionId,
    /// What its author calls it; students do not see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What is asked.
    pub text: String,
    /// How `text` is written.
    #[serde(default)]
    pub format: TextFormat,
    /// What a right answer earns.
    pub points: Decimal,
    /// What an answer that earns nothing takes away, in points; not asked for of unanswered questions.
    #[serde(default)]
    pub penalty: Decimal,
    /// Whether options are shown in an order of each student's own.
    #[serde(default = "yes")]
    pub shuffles_options: bool,
    /// Words to find and draw it by.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// From 1, easy, to 5, hard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<u8>,
    /// What is said about it once results are released.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feedback: String,
    /// What may be answered, and what is right.
    pub kind: QuestionKind,
}

fn yes() -> bool {
    true
}

impl Question {
    /// A question with nothing but what each needs.
    pub fn new(text: impl Into<String>, points: Decimal, kind: QuestionKind) -> Self {
        Self {
            id: QuestionId::generate(),
            name: String::new(),
            text: text.into(),
            format: TextFormat::Plain,
            points,
            penalty: Decimal::ZERO,
            shuffles_options: true,
            tags: BTreeSet::new(),
            difficulty: None,
            feedback: String::new(),
            kind,
        }
    }

    /// What can be shown in another order, in the author's; empty for kinds without.
    pub fn options(&self) -> &[ChoiceOption] {
        self.kind.rules().options()
    }

    /// Whether students see the options each in an order of their own.
    pub fn is_shuffled(&self) -> bool {
        self.shuffles_options || self.kind.rules().must_be_shuffled()
    }

    /// What a student sees beside the text; `order` is that of the layout.
    pub fn show(&self, order: &[OptionId]) -> ShownParts {
        self.kind.rules().show(order)
    }

    /// Whether `response` can be an answer to this question at all.
    ///
    /// # Errors
    /// A sentence saying why not.
    pub fn check(&self, response: &Response) -> Result<(), &'static str> {
        if *response == Response::Cleared {
            return Ok(());
        }
        self.kind.rules().check(response)
    }

    /// The points that `response` earns, rounded; `None` where a person has to say.
    ///
    /// An unanswered question earns nothing and costs nothing. An answer that is worth nothing, or that does not fit the
    /// question, costs the penalty.
    pub fn grade(&self, response: &Response) -> Option<Decimal> {
        if !response.is_answer() {
            return Some(Decimal::ZERO);
        }
        let credit = self.credit(response)?;
        let earned = credit.share_of(self.points);
        if credit.is_positive() {
            return Some(earned);
        }
        Some(earned.min(-points::round(self.penalty)).max(-self.points))
    }

    /// The share of its points that `response` earns before any penalty; `None` where a person has to say. No answer, and
    /// one that does not fit the question, earn nothing.
    pub fn credit(&self, response: &Response) -> Option<Credit> {
        if !response.is_answer() || self.check(response).is_err() {
            return Some(Credit::NONE);
        }
        self.kind.rules().credit(response)
    }

    /// Whether a person has to grade it.
    pub fn is_graded_by_hand(&self) -> bool {
        matches!(self.kind, QuestionKind::Essay(_))
    }

    /// What its author forgot or got wrong in what belongs to its kind.
    pub(super) fn kind_faults(&self) -> Vec<Fault> {
        self.kind.rules().faults()
    }
}

impl QuestionKind {
    /// The word used on the wire and in documents.
    pub fn as_str(&self) -> &'static str {
        self.rules().word()
    }

    /// Whether an answer selects some of its options.
    pub fn is_chosen_from_options(&self) -> bool {
        matches!(self, Self::MultipleChoice(_) | Self::MultipleResponse(_))
    }

    fn rules(&self) -> &dyn Rules {
        match self {
            Self::MultipleChoice(kind) => kind,
            Self::MultipleResponse(kind) => kind,
            Self::TrueFalse(kind) => kind,
            Self::Numeric(kind) => kind,
            Self::ShortAnswer(kind) => kind,
            Self::Matching(kind) => kind,
            Self::Ordering(kind) => kind,
            Self::Essay(kind) => kind,
        }
    }
}

/// The options in the order of `order`; those that it does not name are left out.
fn in_order(options: &[ChoiceOption], order: &[OptionId]) -> Vec<ChoiceOption> {
    let find = |id: &OptionId| options.iter().find(|option| option.id == *id).cloned();
    order.iter().filter_map(find).collect()
}

/// The options that a response selects, where all of them are there.
fn selected_of<'a>(
    options: &[ChoiceOption],
    response: &'a Response,
    otherwise: &'static str,
) -> Result<&'a BTreeSet<OptionId>, &'static str> {
    let Response::Selected(selected) = response else {
        return Err(otherwise);
    };
    if selected.iter().all(|id| has_option(options, *id)) {
        Ok(selected)
    } else {
        Err("an option that is selected does not belong to this question")
    }
}

fn has_option(options: &[ChoiceOption], id: OptionId) -> bool {
    options.iter().any(|option| option.id == id)
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
