//! `GET /api/v1/exams/{id}/grading`: the answers that wait for a person, without names.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::{IntoParams, ToSchema};

use super::super::error::ApiError;
use super::super::extract::{Id, Parameters};
use super::super::session::Session;
use super::super::state::AppState;
use super::exam_of;
use super::grades::GradeBody;
use super::pages::Pages;
use crate::exam::points::to_number;
use crate::exam::question::TextFormat;
use crate::exam::{AttemptId, ExamId, OptionId, Paper, Question, QuestionId, QuestionKind};
use crate::store::results::AttemptToGrade;

/// The most answers of one reply: essays are long.
const MOST: usize = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct GradingQuery {
    /// Only answers to this question.
    #[param(value_type = Option<uuid::Uuid>)]
    question: Option<QuestionId>,
    /// Answers that were graded as well, to look at them again.
    #[serde(default)]
    graded: bool,
    /// About how many: an attempt is not divided.
    #[serde(default = "usual")]
    #[param(minimum = 1, maximum = 50, default = 20)]
    limit: usize,
    /// Go on after this attempt: the `next` of the reply before.
    #[param(value_type = Option<uuid::Uuid>)]
    after: Option<AttemptId>,
}

fn usual() -> usize {
    20
}

#[derive(Serialize, ToSchema)]
pub(super) struct GradingReply {
    /// The questions that people grade.
    questions: Vec<QuestionToGrade>,
    answers: Vec<AnswerToGrade>,
    /// Where to go on; `null` at the end.
    #[schema(value_type = Option<Uuid>)]
    next: Option<AttemptId>,
}

/// A question with what its graders should know.
#[derive(Serialize, ToSchema)]
struct QuestionToGrade {
    #[schema(value_type = Uuid)]
    id: QuestionId,
    text: String,
    #[schema(value_type = String)]
    format: TextFormat,
    #[schema(value_type = f64)]
    points: Number,
    grader_notes: String,
    /// Where there is one, points are given for each criterion, or for the whole.
    rubric: Vec<CriterionBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RubricCriterion)]
struct CriterionBody {
    #[schema(value_type = Uuid)]
    id: OptionId,
    text: String,
    #[schema(value_type = f64)]
    points: Number,
}

/// An answer; whose it is, is not said.
#[derive(Serialize, ToSchema)]
struct AnswerToGrade {
    #[schema(value_type = Uuid)]
    attempt_id: AttemptId,
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    response: Value,
    saved_at: DateTime<Utc>,
    /// What is decided already.
    grade: Option<GradeBody>,
}

/// Answers that wait for a person
///
/// Of attempts that are handed in. Empty answers earn nothing and are not here.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/grading", tag = "Results",
    params(("id" = Uuid, Path, description = "Which exam"), GradingQuery),
    responses(
        (status = 200, description = "Answers without names", body = GradingReply),
    )
)]
pub(super) async fn grading(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Parameters(query): Parameters<GradingQuery>,
) -> Result<Json<GradingReply>, ApiError> {
    if !(1..=MOST).contains(&query.limit) {
        let detail = format!("'limit' is a number from 1 to {MOST}.");
        return Err(ApiError::invalid_request(detail));
    }
    let exam = exam_of(&state, session, exam).await?;
    let now = state.clock.now();
    let (mut answers, mut next) = (Vec::new(), None);
    let mut pages = Pages::after(&state, &exam, query.after);
    'pages: loop {
        let page = pages.next().await?;
        if page.is_empty() {
            break;
        }
        for attempt in page.into_iter().filter(|each| each.is_closed(now)) {
            if answers.len() >= query.limit {
                break 'pages;
            }
            let id = attempt.attempt.id;
            answers.extend(to_grade(&attempt, &exam.paper, &query));
            next = Some(id);
        }
        if answers.len() < query.limit {
            next = None;
        }
    }
    let questions = exam.paper.questions().iter();
    Ok(Json(GradingReply {
        questions: questions
            .filter(|question| query.question.is_none_or(|id| id == question.id))
            .filter(|question| exam.paper.voiding(question.id).is_none())
            .filter_map(question_to_grade)
            .collect(),
        next: next.filter(|_| answers.len() >= query.limit),
        answers,
    }))
}

/// The answers of one attempt that a person grades.
fn to_grade(attempt: &AttemptToGrade, paper: &Paper, query: &GradingQuery) -> Vec<AnswerToGrade> {
    let (id, grades) = (attempt.attempt.id, &attempt.grades);
    let is_wanted = |question: &Question| {
        // What was found broken is graded by nobody.
        question.is_graded_by_hand()
            && paper.voiding(question.id).is_none()
            && query.question.is_none_or(|only| only == question.id)
    };
    let answer = |answer: &crate::exam::StoredAnswer| {
        let question = paper.question(answer.question_id)?;
        if !is_wanted(question) || !answer.response.is_answer() {
            return None;
        }
        let given = grades
            .iter()
            .find(|each| each.grade.question_id == question.id);
        // One that fits the rubric no more waits again, and so does one of an answer that was replaced since.
        let is_graded = given.is_some_and(|each| {
            each.is_of(&attempt.answers) && each.grade.points_for(question).is_ok()
        });
        (query.graded || !is_graded).then(|| AnswerToGrade {
            attempt_id: id,
            question_id: question.id,
            response: answer.response.to_json(),
            saved_at: answer.saved_at,
            grade: given.map(|given| GradeBody::new(given, Some(question))),
        })
    };
    attempt.answers.iter().filter_map(answer).collect()
}

fn question_to_grade(question: &Question) -> Option<QuestionToGrade> {
    let QuestionKind::Essay(essay) = &question.kind else {
        return None;
    };
    let criterion = |criterion: &crate::exam::question::Criterion| CriterionBody {
        id: criterion.id,
        text: criterion.text.clone(),
        points: to_number(criterion.points),
    };
    Some(QuestionToGrade {
        id: question.id,
        text: question.text.clone(),
        format: question.format,
        points: to_number(question.points),
        grader_notes: essay.grader_notes.clone(),
        rubric: essay.rubric.iter().map(criterion).collect(),
    })
}
