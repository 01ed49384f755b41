//! The paper of an exam: its questions, what may be answered to each, and what is right.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::ids::{ExamId, OptionId, QuestionId};
use super::response::Response;

/// One option of a multiple-choice question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// Its stable identity.
    pub id: OptionId,
    /// What the student reads.
    pub text: String,
}

/// What kind of answer a question takes, with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuestionKind {
    /// Choose options; right when exactly the `correct` ones are chosen.
    MultipleChoice {
        /// All options in the author's order.
        options: Vec<ChoiceOption>,
        /// The options that are right.
        correct: BTreeSet<OptionId>,
    },
    /// Say whether a statement holds.
    TrueFalse {
        /// The right answer.
        correct: bool,
    },
}

impl QuestionKind {
    /// The word used on the wire and in the database.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::MultipleChoice { .. } => "multiple_choice",
            Self::TrueFalse { .. } => "true_false",
        }
    }
}

/// A question of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its stable identity.
    pub id: QuestionId,
    /// What is asked.
    pub text: String,
    /// What a right answer earns.
    pub points: i64,
    /// What may be answered, and what is right.
    pub kind: QuestionKind,
}

impl Question {
    /// The options in the author's order; empty for other kinds.
    pub fn options(&self) -> &[ChoiceOption] {
        match &self.kind {
            QuestionKind::MultipleChoice { options, .. } => options,
            QuestionKind::TrueFalse { .. } => &[],
        }
    }

    /// Whether `response` can be an answer to this question at all.
    ///
    /// # Errors
    /// A sentence saying why not.
    pub fn check(&self, response: &Response) -> Result<(), &'static str> {
        match (&self.kind, response) {
            (_, Response::Cleared) | (QuestionKind::TrueFalse { .. }, Response::Value(_)) => Ok(()),
            (QuestionKind::MultipleChoice { options, .. }, Response::Selected(selected)) => {
                if selected
                    .iter()
                    .all(|id| options.iter().any(|option| option.id == *id))
                {
                    Ok(())
                } else {
                    Err("an option that is selected does not belong to this question")
                }
            }
            (QuestionKind::MultipleChoice { .. }, Response::Value(_)) => {
                Err("this is a multiple-choice question: send {\"selected\": [..]}")
            }
            (QuestionKind::TrueFalse { .. }, Response::Selected(_)) => {
                Err("this is a true/false question: send {\"value\": true|false}")
            }
        }
    }
}

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
    questions: Vec<Question>,
    positions: HashMap<QuestionId, usize>,
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

/// A published paper as it is kept.
#[derive(Serialize, Deserialize)]
struct Document {
    title: String,
    duration_seconds: i64,
    questions: Vec<Question>,
}

impl Paper {
    /// A paper with its questions in the author's order.
    pub fn new(header: PaperHeader, questions: Vec<Question>) -> Self {
        let positions = questions
            .iter()
            .enumerate()
            .map(|(at, question)| (question.id, at))
            .collect();
        Self {
            exam_id: header.exam_id,
            title: header.title,
            duration: header.duration,
            questions,
            positions,
        }
    }

    /// All of the paper as the JSON text in which it is kept once it is published.
    pub fn to_document(&self) -> String {
        let document = Document {
            title: self.title.clone(),
            duration_seconds: self.duration.num_seconds(),
            questions: self.questions.clone(),
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
        Ok(Self::new(header, document.questions))
    }

    /// The questions in the author's order.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The question with this id, if it is on the paper.
    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.positions.get(&id).map(|at| &self.questions[*at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_survives_the_way_into_its_document_and_back() {
        let paper = crate::exam::grading::tests::paper_with_one_choice();
        let text = paper.to_document();
        let read = Paper::from_document(paper.exam_id, &text).unwrap();
        assert_eq!(read.questions(), paper.questions());
        assert_eq!((read.title, read.duration), (paper.title, paper.duration));
        let error = Paper::from_document(paper.exam_id, &text[..text.len() / 2]).unwrap_err();
        assert!(error.contains("line 1, column"), "{error}");
    }

    #[test]
    fn a_response_must_fit_its_question() {
        let (right, wrong) = (OptionId::generate(), OptionId::generate());
        let option = |id| ChoiceOption {
            id,
            text: String::new(),
        };
        let kind = QuestionKind::MultipleChoice {
            options: vec![option(right), option(wrong)],
            correct: BTreeSet::from([right]),
        };
        let choice = Question {
            id: QuestionId::generate(),
            text: String::new(),
            points: 1,
            kind,
        };
        let kind = QuestionKind::TrueFalse { correct: true };
        let statement = Question {
            kind,
            ..choice.clone()
        };

        assert_eq!(
            choice.check(&Response::Selected(BTreeSet::from([wrong]))),
            Ok(())
        );
        assert_eq!(choice.check(&Response::Cleared), Ok(()));
        assert!(choice.check(&Response::Value(true)).is_err());
        assert!(
            choice
                .check(&Response::Selected(BTreeSet::from([OptionId::generate()])))
                .is_err()
        );
        assert_eq!(statement.check(&Response::Value(false)), Ok(()));
        assert!(
            statement
                .check(&Response::Selected(BTreeSet::new()))
                .is_err()
        );
    }
}
