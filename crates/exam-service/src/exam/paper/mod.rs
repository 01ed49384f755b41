//! The paper of an exam: its questions, in which sections they are asked, and by which rules.

pub mod layout;
pub mod navigation;
mod section;

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::grading::{GradeScale, Voiding};
use super::ids::{ExamId, QuestionId};
use super::question::Question;

pub use layout::Layout;
pub use navigation::Navigation;
pub use section::{Draw, Section, SectionItem};

/// What an exam asks, as it was published. It never changes afterwards; the time in which the exam may be sat can be
/// moved, and is no part of it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Which exam.
    pub exam_id: ExamId,
    /// Its title.
    pub title: String,
    /// How long one attempt may take.
    pub duration: TimeDelta,
    /// How it is sat and graded.
    pub rules: PaperRules,
    questions: Vec<Question>,
    sections: Vec<Section>,
    positions: HashMap<QuestionId, usize>,
    /// What everybody is asked.
    fixed: HashSet<QuestionId>,
    /// What was found broken after the exam; no part of the document, and of what is asked.
    voided: HashMap<QuestionId, Voiding>,
}

/// What a [`Paper`] is made of, beside its questions.
#[derive(Debug, Clone)]
pub struct PaperHeader {
    /// Which exam.
    pub exam_id: ExamId,
    /// Its title.
    pub title: String,
    /// How long one attempt may take.
    pub duration: TimeDelta,
}

/// How a paper is sat and graded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRules {
    /// Where a student may go.
    #[serde(default)]
    pub navigation: Navigation,
    /// Whether penalties can bring the sum below nothing.
    #[serde(default)]
    pub total_may_be_negative: bool,
    /// Which grade a score earns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<GradeScale>,
}

/// A published paper as it is kept.
#[derive(Serialize, Deserialize)]
struct Document {
    title: String,
    duration_seconds: i64,
    #[serde(default)]
    rules: PaperRules,
    questions: Vec<Question>,
    sections: Vec<Section>,
}

impl Paper {
    /// A paper that asks every question, in the author's order, in one section.
    pub fn new(header: PaperHeader, questions: Vec<Question>) -> Self {
        let section = Section::of_all(&questions);
        Self::with_sections(header, PaperRules::default(), questions, vec![section])
    }

    /// A paper whose sections name or draw from `questions`; those that no section asks for are never shown.
    pub fn with_sections(
        header: PaperHeader,
        rules: PaperRules,
        questions: Vec<Question>,
        sections: Vec<Section>,
    ) -> Self {
        let positions = questions
            .iter()
            .enumerate()
            .map(|(at, question)| (question.id, at))
            .collect();
        Self {
            exam_id: header.exam_id,
            title: header.title,
            duration: header.duration,
            rules,
            questions,
            fixed: layout::fixed_in(&sections).collect(),
            sections,
            positions,
            voided: HashMap::new(),
        }
    }

    /// This paper with each of `corrected` in the place of the question with its id: the same is asked, by other keys.
    #[must_use]
    pub fn with_corrected(&self, corrected: impl IntoIterator<Item = Question>) -> Self {
        let mut paper = self.clone();
        for question in corrected {
            if let Some(at) = paper.positions.get(&question.id) {
                paper.questions[*at] = question;
            }
        }
        paper
    }

    /// This paper with each of these questions counted otherwise, or as it is answered again; of one question the last
    /// decision counts.
    #[must_use]
    pub fn with_voided(
        &self,
        decided: impl IntoIterator<Item = (QuestionId, Option<Voiding>)>,
    ) -> Self {
        let mut paper = self.clone();
        for (question, voiding) in decided {
            match voiding {
                Some(voiding) => paper.voided.insert(question, voiding),
                None => paper.voided.remove(&question),
            };
        }
        paper
    }

    /// What becomes of a question that was found broken; `None` where it counts as it is answered.
    pub fn voiding(&self, question: QuestionId) -> Option<Voiding> {
        self.voided.get(&question).copied()
    }

    /// All of the paper as the JSON text in which it is kept once it is published.
    pub fn to_document(&self) -> String {
        let document = Document {
            title: self.title.clone(),
            duration_seconds: self.duration.num_seconds(),
            rules: self.rules.clone(),
            questions: self.questions.clone(),
            sections: self.sections.clone(),
        };
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// The paper of `exam_id` from [`Paper::to_document`].
    ///
    /// # Errors
    /// Where in the text it stops being a paper; nothing of its content.
    pub fn from_document(exam_id: ExamId, text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| {
            format!(
                "the paper of exam {exam_id} cannot be read at line {}, column {}",
                error.line(),
                error.column()
            )
        })?;
        let header = PaperHeader {
            exam_id,
            title: document.title,
            duration: TimeDelta::try_seconds(document.duration_seconds)
                .ok_or_else(|| format!("the paper of exam {exam_id} has no possible duration"))?,
        };
        Ok(Self::with_sections(
            header,
            document.rules,
            document.questions,
            document.sections,
        ))
    }

    /// All questions, those of which some are drawn included, in the author's order.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The sections in their order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Whether everybody is asked this question.
    pub fn is_fixed(&self, question: QuestionId) -> bool {
        self.fixed.contains(&question)
    }

    /// Whether everybody is asked the same and may answer it in any order, so that nothing about a save depends on the
    /// layout of the attempt.
    pub fn is_plain(&self) -> bool {
        self.rules.navigation == Navigation::Free && self.question_count() == self.fixed.len()
    }

    /// How many questions one attempt is asked.
    pub fn question_count(&self) -> usize {
        self.sections.iter().map(Section::question_count).sum()
    }

    /// The question with this id, if it is on the paper.
    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.positions.get(&id).map(|at| &self.questions[*at])
    }
}

#[cfg(test)]
#[path = "tests.rs"]
pub(crate) mod tests;
