//! All figures of an exam, from its graded attempts as they come one after the other.

use std::collections::{BTreeSet, HashMap};

use rust_decimal::Decimal;

use super::{
    Alarm, Band, Description, DistractorCount, ItemStatistics, Reliability, ScoreTable, alarms,
    bands, describe, distractors, items, reliability, to_f64,
};
use crate::exam::answer::StoredAnswer;
use crate::exam::grading::Score;
use crate::exam::ids::{OptionId, QuestionId};
use crate::exam::paper::Paper;
use crate::exam::response::Response;

/// Into so many bands the scores are counted.
const BANDS: usize = 10;

/// Gathers what figures are made of: a few bytes for each question of each attempt.
#[derive(Debug, Default)]
pub struct ScoreSheet {
    /// What the first attempt was asked, in the paper's order.
    asked: Option<Vec<QuestionId>>,
    /// Whether every attempt was asked that.
    is_mixed: bool,
    rows: Vec<Vec<Decimal>>,
    scores: Vec<f64>,
    percents: Vec<f64>,
    /// What could be earned by all; `None` once two attempts differ in it.
    max_score: Option<Decimal>,
    /// For each question, for each attempt: which of its options were chosen, counted from 0.
    chosen: HashMap<QuestionId, Vec<Box<[u16]>>>,
}

/// The figures of an exam.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamFigures {
    /// In points; `None` where attempts differ in what could be earned.
    pub points: Option<Description>,
    /// In percent of what could be earned.
    pub percents: Description,
    /// How many scores lie in each tenth.
    pub bands: Vec<Band>,
    /// How reliable it was; `None` where attempts were asked different questions.
    pub reliability: Option<Reliability>,
    /// In the paper's order; `None` where attempts were asked different questions.
    pub questions: Option<Vec<QuestionFigures>>,
}

/// The figures of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionFigures {
    /// Which question.
    pub question_id: QuestionId,
    /// How it did.
    pub statistics: ItemStatistics,
    /// What is suspicious about it.
    pub alarms: Vec<Alarm>,
    /// For questions whose options are chosen: by whom.
    pub options: Vec<DistractorCount>,
}

impl ScoreSheet {
    /// How many attempts there are on it.
    pub fn len(&self) -> usize {
        self.percents.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.percents.is_empty()
    }

    /// Adds an attempt. One that is not final, or of no points at all, is passed over.
    pub fn add(&mut self, paper: &Paper, score: &Score, answers: &[StoredAnswer]) {
        let Some(percent) = percent_of(score) else {
            return;
        };
        let earned: HashMap<QuestionId, Decimal> = score
            .questions
            .iter()
            .filter_map(|each| Some((each.question_id, each.earned?)))
            .collect();
        if !score.is_final() {
            return;
        }
        // What was found broken says nothing of anybody, and nothing of the exam.
        let questions = paper.questions().iter().map(|question| question.id);
        let questions = questions.filter(|id| paper.voiding(*id).is_none());
        let asked: Vec<QuestionId> = questions.filter(|id| earned.contains_key(id)).collect();
        self.is_mixed |= self.asked.as_ref().is_some_and(|first| *first != asked);
        if self.percents.is_empty() {
            self.max_score = Some(score.max_score);
        } else if self.max_score != Some(score.max_score) {
            self.max_score = None;
        }
        self.percents.push(percent);
        self.scores.extend(to_f64(&score.score));
        if self.is_mixed {
            // Figures of single questions need everybody to have been asked the same.
            self.rows = Vec::new();
            self.chosen = HashMap::new();
            return;
        }
        self.rows.push(asked.iter().map(|id| earned[id]).collect());
        self.add_choices(paper, &asked, answers);
        self.asked.get_or_insert(asked);
    }

    fn add_choices(&mut self, paper: &Paper, asked: &[QuestionId], answers: &[StoredAnswer]) {
        let responses: HashMap<QuestionId, &Response> = answers
            .iter()
            .map(|answer| (answer.question_id, &answer.response))
            .collect();
        for question in asked.iter().filter_map(|id| paper.question(*id)) {
            if !question.kind.is_chosen_from_options() {
                continue;
            }
            let options = (0_u16..).zip(question.options());
            let chosen = match responses.get(&question.id) {
                Some(Response::Selected(selected)) => options
                    .filter(|(_, option)| selected.contains(&option.id))
                    .map(|(at, _)| at)
                    .collect(),
                _ => Box::default(),
            };
            self.chosen.entry(question.id).or_default().push(chosen);
        }
    }

    /// The figures of what is on it.
    pub fn figures(&self, paper: &Paper) -> ExamFigures {
        let table = self.table(paper);
        ExamFigures {
            points: self.max_score.map(|_| describe(&self.scores)),
            percents: describe(&self.percents),
            bands: bands(&self.percents, 100.0, BANDS),
            reliability: table.as_ref().map(reliability),
            questions: table.map(|table| self.questions(paper, &table)),
        }
    }

    fn table(&self, paper: &Paper) -> Option<ScoreTable> {
        let asked = self.asked.as_ref().filter(|_| !self.is_mixed)?;
        let points = asked
            .iter()
            .map(|id| paper.question(*id).map(|question| question.points))
            .collect::<Option<Vec<_>>>()?;
        ScoreTable::new(&points, &self.rows)
    }

    fn questions(&self, paper: &Paper, table: &ScoreTable) -> Vec<QuestionFigures> {
        let totals = table.totals();
        let asked = self.asked.iter().flatten();
        let figures = |(at, (id, statistics)): (usize, (&QuestionId, ItemStatistics))| {
            let own = table.column(at);
            let rest = totals.iter().zip(&own).map(|(total, own)| total - own);
            QuestionFigures {
                question_id: *id,
                statistics,
                alarms: alarms(&statistics),
                options: self.options(paper, *id, &rest.collect::<Vec<_>>()),
            }
        };
        asked.zip(items(table)).enumerate().map(figures).collect()
    }

    /// Who chose which option; `rest` has each attempt's total without this question.
    fn options(&self, paper: &Paper, id: QuestionId, rest: &[f64]) -> Vec<DistractorCount> {
        let (Some(question), Some(chosen)) = (paper.question(id), self.chosen.get(&id)) else {
            return Vec::new();
        };
        let options: Vec<OptionId> = question.options().iter().map(|option| option.id).collect();
        let selected = |places: &[u16]| -> BTreeSet<OptionId> {
            places
                .iter()
                .filter_map(|at| options.get(usize::from(*at)).copied())
                .collect()
        };
        let choices: Vec<(BTreeSet<OptionId>, f64)> = chosen
            .iter()
            .zip(rest)
            .map(|(places, rest)| (selected(places), *rest))
            .collect();
        distractors(&options, &choices)
    }
}

/// A final score in percent; without rounding, which is for people.
pub fn percent_of(score: &Score) -> Option<f64> {
    let (earned, most) = (to_f64(&score.score)?, to_f64(&score.max_score)?);
    super::finite(earned / most * 100.0).filter(|_| score.is_final())
}
