//! What authors work on until an exam is published: which questions of the bank it asks, and how.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::QuestionId;
use super::paper::{Draw, Paper, PaperHeader, PaperRules, Section, SectionItem};
use super::points::{self, MAX_POINTS};
use super::question::{Fault, Question};
use super::review::{self, Finding, MAX_QUESTIONS, Place, Window};

/// The most sections.
const MAX_SECTIONS: usize = 100;
/// The longest title of a section or name of a grade, in characters.
const MAX_TITLE_CHARACTERS: usize = 200;
/// The longest instructions of a section, in characters.
const MAX_INSTRUCTIONS_CHARACTERS: usize = 20_000;
/// The most tags that a draw asks for, and the most grades of a scale.
const MAX_LISTED: usize = 50;

/// The longest paper that is published, in bytes: less than what every database takes in one statement.
const MAX_PAPER_BYTES: usize = 8 * 1024 * 1024;

/// What an exam is to ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its parts.
    #[serde(default)]
    pub sections: Vec<DraftSection>,
    /// How it is sat and graded.
    #[serde(default)]
    pub rules: PaperRules,
}

/// A part of an exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftSection {
    /// What it is called; may be empty.
    #[serde(default)]
    pub title: String,
    /// What students read before its questions; may be empty.
    #[serde(default)]
    pub instructions: String,
    /// Whether each student sees its questions in an order of their own.
    #[serde(default)]
    pub shuffles_questions: bool,
    /// What it asks.
    pub items: Vec<DraftItem>,
}

/// What a section asks, and for how many points if not for as many as the bank says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DraftItem {
    /// A question that everybody is asked.
    Fixed {
        /// Which of the bank.
        question: QuestionId,
        /// What it is worth here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        points: Option<Decimal>,
    },
    /// Questions that differ from student to student.
    Draw {
        /// From which, and how many.
        #[serde(flatten)]
        draw: Draw,
        /// What each is worth here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        points: Option<Decimal>,
    },
}

/// The paper that a draft and a bank make.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// What would be asked.
    pub paper: Paper,
    /// What is wrong with it; errors first.
    pub findings: Vec<Finding>,
}

impl Draft {
    /// How many questions one attempt is asked.
    pub fn question_count(&self) -> usize {
        let sections = self.sections.iter().map(section);
        let counts = sections.map(|section| section.question_count());
        counts.fold(0, usize::saturating_add)
    }

    /// Why it cannot even be kept; one that is merely unfinished can.
    ///
    /// # Errors
    /// A sentence that says what is too long or impossible.
    pub fn check_limits(&self) -> Result<(), String> {
        if self.sections.len() > MAX_SECTIONS {
            return Err(format!("It has more than {MAX_SECTIONS} sections."));
        }
        let long = |text: &str, limit: usize| text.chars().count() > limit;
        let items = self.sections.iter().map(|section| section.items.len());
        if items.sum::<usize>() > MAX_QUESTIONS || self.question_count() > MAX_QUESTIONS {
            return Err(format!("It asks more than {MAX_QUESTIONS} questions."));
        }
        for section in &self.sections {
            if long(&section.title, MAX_TITLE_CHARACTERS)
                || long(&section.instructions, MAX_INSTRUCTIONS_CHARACTERS)
            {
                return Err(format!(
                    "The title of a section has at most {MAX_TITLE_CHARACTERS} characters, its instructions at most \
                     {MAX_INSTRUCTIONS_CHARACTERS}."
                ));
            }
            section.items.iter().try_for_each(check_item)?;
        }
        let bounds = self.rules.scale.iter().flat_map(|scale| &scale.bounds);
        if bounds.clone().count() > MAX_LISTED
            || bounds
                .clone()
                .any(|bound| long(&bound.grade, MAX_TITLE_CHARACTERS))
        {
            return Err(format!(
                "A scale has at most {MAX_LISTED} grades, each with a name of at most {MAX_TITLE_CHARACTERS} characters."
            ));
        }
        Ok(())
    }

    /// The paper that it makes of what is in `bank` now, with everything that is wrong with it: what everybody is asked
    /// in its order, then what draws can reach in the order of the bank, and nothing else.
    pub fn freeze(&self, header: PaperHeader, window: Window, bank: &[Question]) -> Frozen {
        let sections: Vec<Section> = self.sections.iter().map(section).collect();
        let (mut questions, taken) = self.fixed(bank);
        let mut findings = Vec::new();
        for question in bank.iter().filter(|question| !taken.contains(&question.id)) {
            match self.drawn(question) {
                Drawn::Never => {}
                Drawn::Worth(points) => questions.push(worth(question, points)),
                Drawn::Ambiguous { section } => {
                    findings.push(ambiguous(section, question));
                    questions.push(question.clone());
                }
            }
        }
        let paper = Paper::with_sections(header, self.rules.clone(), questions, sections);
        findings.extend(too_large(&paper));
        findings.extend(review::review(&paper, Some(window)));
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.fault.severity));
        Frozen { paper, findings }
    }

    /// What everybody is asked, as far as it is there, and which these are.
    fn fixed(&self, bank: &[Question]) -> (Vec<Question>, HashSet<QuestionId>) {
        let by_id: HashMap<QuestionId, &Question> = bank
            .iter()
            .map(|question| (question.id, question))
            .collect();
        let (mut questions, mut taken) = (Vec::new(), HashSet::new());
        for item in self.sections.iter().flat_map(|section| &section.items) {
            if let DraftItem::Fixed { question, points } = item
                && let Some(found) = by_id.get(question)
                && taken.insert(*question)
            {
                questions.push(worth(found, *points));
            }
        }
        (questions, taken)
    }

    /// What a question that is fixed nowhere is worth when it is drawn.
    fn drawn(&self, question: &Question) -> Drawn {
        let mut found = Drawn::Never;
        for (section, part) in self.sections.iter().enumerate() {
            for item in &part.items {
                let DraftItem::Draw { draw, points } = item else {
                    continue;
                };
                if !draw.takes(question) {
                    continue;
                }
                match found {
                    Drawn::Never => found = Drawn::Worth(*points),
                    Drawn::Worth(before) if before != *points => {
                        return Drawn::Ambiguous { section };
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

/// Whether draws can reach a question, and for how many points.
#[derive(Clone, Copy)]
enum Drawn {
    Never,
    Worth(Option<Decimal>),
    /// Two draws that can reach it disagree.
    Ambiguous {
        section: usize,
    },
}

fn ambiguous(section: usize, question: &Question) -> Finding {
    Finding {
        place: Place::Section {
            number: section + 1,
        },
        fault: Fault::error(
            format!(
                "'{}' can be drawn here and elsewhere for different points",
                super::question::shortened(&question.text)
            ),
            "let the two draw from pools that do not overlap, or give both the same points",
        ),
    }
}

fn too_large(paper: &Paper) -> Option<Finding> {
    let bytes = paper.to_document().len();
    (bytes > MAX_PAPER_BYTES).then(|| Finding {
        place: Place::Exam,
        fault: Fault::error(
            format!("its questions have {bytes} bytes in all"),
            format!("let draws reach fewer questions: at most {MAX_PAPER_BYTES} bytes"),
        ),
    })
}

fn check_item(item: &DraftItem) -> Result<(), String> {
    let points = match item {
        DraftItem::Fixed { points, .. } => points,
        DraftItem::Draw { draw, points } => {
            let is_long = |tag: &String| tag.chars().count() > MAX_TITLE_CHARACTERS;
            if draw.tags.len() > MAX_LISTED || draw.tags.iter().any(is_long) {
                return Err(format!(
                    "A draw asks for at most {MAX_LISTED} tags of at most {MAX_TITLE_CHARACTERS} characters."
                ));
            }
            points
        }
    };
    let is_possible = |points: &Decimal| {
        *points > Decimal::ZERO && *points <= MAX_POINTS && points::round(*points) == *points
    };
    if points.as_ref().is_none_or(is_possible) {
        Ok(())
    } else {
        Err(format!(
            "Points are more than 0, at most {MAX_POINTS}, and have at most {} decimals.",
            points::DECIMALS
        ))
    }
}

fn section(section: &DraftSection) -> Section {
    let items = section.items.iter().map(|item| match item {
        DraftItem::Fixed { question, .. } => SectionItem::Fixed {
            question: *question,
        },
        DraftItem::Draw { draw, .. } => SectionItem::Draw(draw.clone()),
    });
    Section {
        title: section.title.clone(),
        instructions: section.instructions.clone(),
        shuffles_questions: section.shuffles_questions,
        items: items.collect(),
    }
}

/// The question for so many points; what a wrong answer costs stays the same share of them.
fn worth(question: &Question, points: Option<Decimal>) -> Question {
    let mut question = question.clone();
    if let Some(points) = points {
        let penalty = question
            .penalty
            .checked_mul(points)
            .and_then(|product| product.checked_div(question.points));
        question.penalty = points::round(penalty.unwrap_or(question.penalty));
        question.points = points;
    }
    question
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
