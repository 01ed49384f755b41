//! `GET /api/v1/exams/{id}/statistics`: what the results say of the exam.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::super::description::ProblemSchema;
use super::super::error::ApiError;
use super::super::extract::Id;
use super::super::problems::ProblemType;
use super::super::session::Session;
use super::super::state::AppState;
use super::exam_of;
use super::pages::Pages;
use crate::exam::grading::solution;
use crate::exam::points::to_number;
use crate::exam::statistics::{
    Alarm, Description, DistractorCount, ExamFigures, QuestionFigures, ScoreSheet,
};
use crate::exam::{ExamId, OptionId, Paper, Question, QuestionId, Response};
use crate::store::results::ExamToGrade;

/// How an exam went.
#[derive(Serialize, ToSchema)]
pub(super) struct StatisticsReply {
    title: String,
    /// Attempts that the figures are made of: handed in and graded.
    counted: usize,
    /// Attempts that wait for a grade; they are in no figure.
    waiting: usize,
    /// Attempts that are not handed in.
    open: usize,
    /// In points; `null` where attempts differ in what could be earned.
    points: Option<Spread>,
    /// In percent of what could be earned.
    percents: Spread,
    /// How many scores lie in each tenth of what could be earned.
    bands: Vec<BandBody>,
    /// `null`, as `questions`, where attempts were asked different questions.
    reliability: Option<ReliabilityBody>,
    questions: Option<Vec<QuestionBody>>,
}

/// How values are spread; what is undefined is `null`.
#[derive(Serialize, ToSchema)]
pub(super) struct Spread {
    count: usize,
    minimum: Option<f64>,
    lower_quartile: Option<f64>,
    median: Option<f64>,
    upper_quartile: Option<f64>,
    maximum: Option<f64>,
    mean: Option<f64>,
    /// Of a sample: over n - 1.
    standard_deviation: Option<f64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Band)]
struct BandBody {
    from_percent: f64,
    /// Below this; the last band takes it in.
    to_percent: f64,
    count: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Reliability)]
struct ReliabilityBody {
    cronbach_alpha: Option<f64>,
    /// Where every answer earned all of its points or nothing.
    kr20: Option<f64>,
    standard_error_points: Option<f64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuestionStatistics)]
struct QuestionBody {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    text: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(value_type = f64)]
    points: Number,
    /// Mean score by points: 1 where everybody earned all.
    difficulty: Option<f64>,
    standard_deviation: Option<f64>,
    /// Correlation with the totals without it; of right-or-wrong questions the corrected point-biserial.
    discrimination: Option<f64>,
    /// `negative-discrimination` (is the key right?), `nobody-was-right`, `everybody-was-right`.
    alarms: Vec<&'static str>,
    /// Of questions whose options are chosen.
    options: Vec<OptionStatistics>,
}

#[derive(Serialize, ToSchema)]
struct OptionStatistics {
    #[schema(value_type = Uuid)]
    id: OptionId,
    text: String,
    is_right: bool,
    chosen: usize,
    /// By which share, from 0 to 1.
    share: Option<f64>,
    /// Mean total without this question of those who chose it, in points.
    mean_total: Option<f64>,
    /// Of a good wrong option negative.
    discrimination: Option<f64>,
}

/// The figures of an exam
///
/// Not of practice: what was checked and tried again says nothing.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/statistics", operation_id = "exam_statistics", tag = "Results",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 200, description = "Worked out from the raw answers", body = StatisticsReply),
        (status = 409, description = "`not-possible`: It is a practice exam", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn statistics(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<Json<StatisticsReply>, ApiError> {
    let exam = exam_of(&state, session, exam).await?;
    let counted = count(&state, &exam).await?;
    let (waiting, open) = (counted.waiting, counted.open);
    let title = exam.title;
    let paper = exam.paper;
    // A tenth of a second for five thousand attempts: not among the requests of students.
    let figured = tokio::task::spawn_blocking(move || {
        let figures = counted.sheet.figures(&paper);
        (counted.sheet.len(), reply_parts(figures, &paper))
    });
    let (counted, parts) = figured.await.map_err(|_| ApiError::internal())?;
    Ok(Json(StatisticsReply {
        title,
        counted,
        waiting,
        open,
        ..parts
    }))
}

/// The attempts of an exam, on one sheet.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) sheet: ScoreSheet,
    pub(super) waiting: usize,
    pub(super) open: usize,
}

/// Refuses practice.
pub(super) fn check_counts(exam: &ExamToGrade) -> Result<(), ApiError> {
    if exam.rules.is_practice {
        return Err(ApiError::new(
            ProblemType::NotPossible,
            "This is a practice exam: answers are checked and tried again, so that figures of it would say nothing.",
        ));
    }
    Ok(())
}

pub(super) async fn count(state: &AppState, exam: &ExamToGrade) -> Result<Counted, ApiError> {
    check_counts(exam)?;
    let now = state.clock.now();
    let mut counted = Counted::default();
    let mut pages = Pages::after(state, exam, None);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            return Ok(counted);
        }
        for attempt in page {
            if !attempt.is_closed(now) {
                counted.open += 1;
                continue;
            }
            let score = attempt.score(&exam.paper);
            counted.waiting += usize::from(!score.is_final());
            counted.sheet.add(&exam.paper, &score, &attempt.answers);
        }
    }
}

/// A reply without what is counted.
fn reply_parts(figures: ExamFigures, paper: &Paper) -> StatisticsReply {
    StatisticsReply {
        title: String::new(),
        counted: 0,
        waiting: 0,
        open: 0,
        points: figures.points.map(spread),
        percents: spread(figures.percents),
        bands: figures
            .bands
            .into_iter()
            .map(|band| BandBody {
                from_percent: band.from_percent,
                to_percent: band.to_percent,
                count: band.count,
            })
            .collect(),
        reliability: figures.reliability.map(|it| ReliabilityBody {
            cronbach_alpha: it.cronbach_alpha,
            kr20: it.kr20,
            standard_error_points: it.standard_error_points,
        }),
        questions: figures.questions.map(|questions| {
            let question = |each| question_body(each, paper);
            questions.into_iter().filter_map(question).collect()
        }),
    }
}

pub(super) fn spread(description: Description) -> Spread {
    Spread {
        count: description.count,
        minimum: description.minimum,
        lower_quartile: description.lower_quartile,
        median: description.median,
        upper_quartile: description.upper_quartile,
        maximum: description.maximum,
        mean: description.mean,
        standard_deviation: description.standard_deviation,
    }
}

fn question_body(figures: QuestionFigures, paper: &Paper) -> Option<QuestionBody> {
    let question = paper.question(figures.question_id)?;
    Some(QuestionBody {
        question_id: question.id,
        text: question.text.clone(),
        kind: question.kind.as_str(),
        points: to_number(question.points),
        difficulty: figures.statistics.difficulty,
        standard_deviation: figures.statistics.standard_deviation,
        discrimination: figures.statistics.discrimination,
        alarms: figures.alarms.into_iter().map(word).collect(),
        options: figures
            .options
            .into_iter()
            .filter_map(|each| option_body(&each, question))
            .collect(),
    })
}

fn option_body(figures: &DistractorCount, question: &Question) -> Option<OptionStatistics> {
    let option = question
        .options()
        .iter()
        .find(|option| option.id == figures.option)?;
    let is_right = match solution(question) {
        Some(Response::Selected(right)) => right.contains(&option.id),
        _ => false,
    };
    Some(OptionStatistics {
        id: option.id,
        text: option.text.clone(),
        is_right,
        chosen: figures.chosen,
        share: figures.share,
        mean_total: figures.mean_total,
        discrimination: figures.discrimination,
    })
}

fn word(alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::NegativeDiscrimination => "negative-discrimination",
        Alarm::NobodyWasRight => "nobody-was-right",
        Alarm::EverybodyWasRight => "everybody-was-right",
    }
}
