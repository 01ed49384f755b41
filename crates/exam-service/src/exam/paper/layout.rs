//! Which questions one student is asked, and in which order questions and options are shown. Made when the attempt
//! starts, stored with it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::{Draw, Paper, Section, SectionItem};
use crate::exam::ids::{OptionId, QuestionId};
use crate::exam::question::Question;

/// One question's place and the order of its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaidOutQuestion {
    /// Which question.
    pub question_id: QuestionId,
    /// In which section, counted from 0.
    #[serde(default)]
    pub section: usize,
    /// Its options as this student sees them.
    pub options: Vec<OptionId>,
}

/// The whole order of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Layout {
    /// The questions in the order shown.
    pub questions: Vec<LaidOutQuestion>,
}

/// Why a paper cannot be laid out. An attempt with fewer questions than its paper promises is never made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// A section names a question that the paper does not have.
    #[error("section {} asks a question that the paper does not have: publish the exam again", .section + 1)]
    QuestionMissing {
        /// Which section, counted from 0.
        section: usize,
    },
    /// A draw finds too few questions.
    #[error("section {} draws {wanted} questions of which {left} are left: add questions to its pool or draw fewer", .section + 1)]
    PoolTooSmall {
        /// Which section, counted from 0.
        section: usize,
        /// How many are to be drawn.
        wanted: usize,
        /// How many there are.
        left: usize,
    },
    /// Whatever it is made of, it is not what the paper promises.
    #[error(
        "{laid_out} questions were laid out where the paper asks {wanted}, each once: publish the exam again"
    )]
    WrongCount {
        /// How many different questions were laid out.
        laid_out: usize,
        /// How many the paper asks.
        wanted: usize,
    },
}

impl Layout {
    /// The layout that `seed` makes of `paper`.
    ///
    /// The same seed always gives the same layout, so that a disputed one can be rebuilt. Every order and every choice of
    /// drawn questions is equally likely.
    ///
    /// # Errors
    /// Where the paper asks for questions that are not there.
    pub fn shuffled(paper: &Paper, seed: [u8; 16]) -> Result<Self, LayoutError> {
        let mut taken: HashSet<QuestionId> = fixed_questions(paper).collect();
        let mut questions = Vec::with_capacity(paper.question_count().min(paper.questions().len()));
        for (index, section) in paper.sections().iter().enumerate() {
            let mut asked = select(paper, index, section, seed, &mut taken)?;
            if section.shuffles_questions {
                asked.sort_by_cached_key(|question| {
                    place(seed, b"question", 0, question.id.as_uuid())
                });
            }
            questions.extend(asked.into_iter().map(|question| LaidOutQuestion {
                question_id: question.id,
                section: index,
                options: option_order(question, seed),
            }));
        }
        Ok(Self { questions })
    }

    /// As [`Layout::shuffled`], and counted: as many different questions as the paper asks.
    ///
    /// # Errors
    /// Where it would be another number.
    pub fn complete(paper: &Paper, seed: [u8; 16]) -> Result<Self, LayoutError> {
        let layout = Self::shuffled(paper, seed)?;
        let places = layout.questions.iter();
        let different: HashSet<QuestionId> = places.map(|place| place.question_id).collect();
        let (laid_out, wanted) = (different.len(), paper.question_count());
        if laid_out == wanted && layout.questions.len() == wanted {
            Ok(layout)
        } else {
            Err(LayoutError::WrongCount { laid_out, wanted })
        }
    }

    /// Where a question is shown, from 0; `None` when this attempt is not asked it.
    pub fn place_of(&self, question: QuestionId) -> Option<usize> {
        self.questions
            .iter()
            .position(|place| place.question_id == question)
    }

    /// The same without the orders of options, of which nothing but showing depends.
    #[must_use]
    pub fn without_options(mut self) -> Self {
        for place in &mut self.questions {
            place.options = Vec::new();
        }
        self
    }
}

/// What everybody is asked.
pub(in crate::exam) fn fixed_questions(paper: &Paper) -> impl Iterator<Item = QuestionId> + '_ {
    fixed_in(paper.sections())
}

/// What these sections ask everybody.
pub(super) fn fixed_in(sections: &[Section]) -> impl Iterator<Item = QuestionId> + '_ {
    let items = sections.iter().flat_map(|section| &section.items);
    items.filter_map(|item| match item {
        SectionItem::Fixed { question } => Some(*question),
        SectionItem::Draw(_) => None,
    })
}

/// The questions of one section in the author's order of items.
fn select<'a>(
    paper: &'a Paper,
    index: usize,
    section: &Section,
    seed: [u8; 16],
    taken: &mut HashSet<QuestionId>,
) -> Result<Vec<&'a Question>, LayoutError> {
    let mut selected = Vec::new();
    for (number, item) in section.items.iter().enumerate() {
        match item {
            SectionItem::Fixed { question } => {
                let missing = LayoutError::QuestionMissing { section: index };
                selected.push(paper.question(*question).ok_or(missing)?);
            }
            SectionItem::Draw(draw) => {
                let nonce = (index as u64) << 32 | number as u64;
                let drawn =
                    draw_questions(paper, draw, taken, |id| place(seed, b"draw", nonce, id));
                if drawn.len() < draw.count {
                    return Err(LayoutError::PoolTooSmall {
                        section: index,
                        wanted: draw.count,
                        left: drawn.len(),
                    });
                }
                taken.extend(drawn.iter().map(|question| question.id));
                selected.extend(drawn);
            }
        }
    }
    Ok(selected)
}

fn draw_questions<'a>(
    paper: &'a Paper,
    draw: &Draw,
    taken: &HashSet<QuestionId>,
    place: impl Fn(&Uuid) -> [u8; 32],
) -> Vec<&'a Question> {
    let is_free = |question: &&Question| !taken.contains(&question.id) && draw.takes(question);
    let mut pool: Vec<&Question> = paper.questions().iter().filter(is_free).collect();
    pool.sort_by_cached_key(|question| place(question.id.as_uuid()));
    pool.truncate(draw.count);
    pool
}

fn option_order(question: &Question, seed: [u8; 16]) -> Vec<OptionId> {
    let mut options: Vec<OptionId> = question.options().iter().map(|option| option.id).collect();
    if question.is_shuffled() {
        options.sort_by_cached_key(|id| place(seed, b"option", 0, id.as_uuid()));
    }
    options
}

/// Where the seed puts something: a hash is uniform enough for a shuffle and needs no generator state.
///
/// `purpose` and `nonce` keep one draw from saying anything of another.
fn place(seed: [u8; 16], purpose: &[u8], nonce: u64, id: &Uuid) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(purpose);
    hash.update(nonce.to_be_bytes());
    hash.update(id.as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
