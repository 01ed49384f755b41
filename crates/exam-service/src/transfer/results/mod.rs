//! Results for other programs and for paper: one table, as CSV, as an Excel workbook, and as PDF.

mod csv;
mod pdf;
mod xlsx;

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;

use crate::exam::Question;
use crate::exam::grading::{Score, Voiding, percent};

pub use super::UnwritableError;

pub use self::csv::write as write_csv;
pub use self::pdf::{write_report, write_slips};
pub use self::xlsx::write as write_xlsx;

/// The results of an exam.
#[derive(Debug, Clone)]
pub struct ResultTable {
    /// The exam's title.
    pub title: String,
    /// From when it could be started.
    pub starts_at: DateTime<Utc>,
    /// What each question is called, in the paper's order.
    pub questions: Vec<String>,
    /// A row for each attempt.
    pub rows: Vec<ResultRow>,
}

/// The result of an attempt.
#[derive(Debug, Clone)]
pub struct ResultRow {
    /// What its student signs in with.
    pub login: String,
    /// Their number, or nothing.
    pub student_number: String,
    /// Their name.
    pub name: String,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The sum so far.
    pub score: Decimal,
    /// What could be earned.
    pub max_score: Decimal,
    /// The grade, once it is final.
    pub grade: Option<String>,
    /// How many answers wait for a person.
    pub waiting: usize,
    /// What each question of the table earned.
    pub earned: Vec<Earned>,
}

/// What a question earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earned {
    /// This student was not asked it.
    NotAsked,
    /// A person has to say.
    Waiting,
    /// So many points.
    Points(Decimal),
}

impl Earned {
    /// What each of `questions` earned; one that was left out is as if it had not been asked.
    pub fn of_questions(questions: &[Question], score: &Score) -> Vec<Self> {
        let places: std::collections::HashMap<_, _> = score
            .questions
            .iter()
            .filter(|each| each.voiding != Some(Voiding::LeftOut))
            .map(|each| (each.question_id, each.earned))
            .collect();
        let earned = |question: &Question| match places.get(&question.id) {
            None => Self::NotAsked,
            Some(None) => Self::Waiting,
            Some(Some(points)) => Self::Points(*points),
        };
        questions.iter().map(earned).collect()
    }
}

/// What is in a cell.
enum Cell {
    Text(String),
    Number(Decimal),
    Nothing,
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }
}

impl ResultTable {
    /// What is above the columns.
    fn header(&self) -> Vec<String> {
        let fixed = [
            "login",
            "student_number",
            "name",
            "started_at",
            "submitted_at",
            "score",
            "max_score",
            "percent",
            "grade",
            "waiting",
        ];
        let fixed = fixed.into_iter().map(str::to_owned);
        fixed.chain(self.questions.iter().cloned()).collect()
    }
}

impl ResultRow {
    fn cells(&self) -> Vec<Cell> {
        let percent = percent(self.score, self.max_score);
        let fixed = [
            Cell::Text(self.login.clone()),
            Cell::Text(self.student_number.clone()),
            Cell::Text(self.name.clone()),
            Cell::Text(time(self.started_at)),
            Cell::from(self.submitted_at.map(time)),
            Cell::Number(self.score),
            Cell::Number(self.max_score),
            percent.map_or(Cell::Nothing, Cell::Number),
            Cell::from(self.grade.clone()),
            Cell::Number(Decimal::from(self.waiting)),
        ];
        let earned = self.earned.iter().map(|earned| match earned {
            Earned::NotAsked => Cell::Nothing,
            Earned::Waiting => Cell::Text("waiting".to_owned()),
            Earned::Points(points) => Cell::Number(*points),
        });
        fixed.into_iter().chain(earned).collect()
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests;
