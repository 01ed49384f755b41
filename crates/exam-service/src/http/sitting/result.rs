//! `GET /api/v1/attempts/{id}/result`: what the exam's rules show its student, once the attempt is closed.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::attempts::own_attempt;
use crate::exam::grading::{HandGrade, QuestionScore, Score, Voiding, grade, solution};
use crate::exam::points::to_number;
use crate::exam::{AttemptId, Phase, QuestionId, Response};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::AttemptRecord;
use crate::store::results::{ExamToGrade, GivenGrade};

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ResultReply {
    #[schema(value_type = Uuid)]
    attempt_id: AttemptId,
    #[schema(value_type = f64)]
    score: Number,
    #[schema(value_type = f64)]
    max_score: Number,
    /// False while answers wait for a person to grade them.
    is_final: bool,
    grade: Option<String>,
    /// What the exam's rules show of each question.
    questions: Vec<QuestionResult>,
}

#[derive(Serialize, ToSchema)]
struct QuestionResult {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    #[schema(value_type = f64)]
    points: Number,
    /// Only of a question that was found broken: `full_points`, which everybody gets, or `left_out`, where it counts for
    /// nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    voiding: Option<Voiding>,
    /// `null` where a person has still to say, and where the rules show the sum only.
    #[schema(value_type = Option<f64>)]
    earned: Option<Number>,
    /// What was answered, where the rules show it; `null` where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    response: Option<Value>,
    /// What would have been right, in the form of an answer, where the rules show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    solution: Option<Value>,
    /// What its author says about it, where the rules show solutions.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    /// What the person who graded it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// The result of an attempt that was handed in
///
/// By the keys as they are now and what people decided: it may change until it is final, and after a correction.
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}/result", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "The points", body = ResultReply),
        (status = 409, description = "`attempt-open`: The attempt is still open\n`results-not-released`: The results are not released yet", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn result(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<ResultReply>, ApiError> {
    let now = state.clock.now();
    let record = own_attempt(&state, session, attempt, now).await?;
    if record.attempt.phase(now) != Phase::Submitted {
        return Err(ApiError::new(
            ProblemType::AttemptOpen,
            "There is a result once the attempt is handed in, or half a minute after its time is over.",
        ));
    }
    let exam = state.store.marked_exam(record.attempt.exam_id).await?;
    if !is_shown(&exam) {
        return Err(ApiError::new(
            ProblemType::ResultsNotReleased,
            "Your answers are stored. The results are shown once the lecturer releases them.",
        ));
    }
    let marking = Marking {
        grades: state.store.newest_grades(attempt).await?,
        exam: &exam,
    };
    Ok(Json(reply(&record, &marking)))
}

/// What the result of one attempt goes by, beside the attempt.
pub(super) struct Marking<'a> {
    pub(super) exam: &'a ExamToGrade,
    /// What people decided.
    pub(super) grades: Vec<GivenGrade>,
}

/// Whether its student may see a result at this time.
pub(super) fn is_shown(exam: &ExamToGrade) -> bool {
    exam.rules.shows_results_at_once() || exam.release.is_some()
}

/// Graded from the raw responses each time: there is no stored score that could be out of date.
pub(super) fn score(record: &AttemptRecord, marking: &Marking<'_>) -> Score {
    let decided = marking.grades.iter();
    let decided = decided.filter(|it| it.is_of(&record.answers));
    let by_hand: Vec<HandGrade> = decided.map(|it| it.grade.clone()).collect();
    let paper = &marking.exam.paper;
    grade(paper, &record.layout, &record.answers, &by_hand)
}

fn reply(record: &AttemptRecord, marking: &Marking<'_>) -> ResultReply {
    let score = score(record, marking);
    let questions = score.questions.iter();
    ResultReply {
        attempt_id: record.attempt.id,
        score: to_number(score.score),
        max_score: to_number(score.max_score),
        is_final: score.is_final(),
        grade: score.grade.clone(),
        questions: questions
            .map(|question| question_result(*question, record, marking))
            .collect(),
    }
}

fn question_result(
    score: QuestionScore,
    record: &AttemptRecord,
    marking: &Marking<'_>,
) -> QuestionResult {
    let shows = marking.exam.rules.feedback;
    let id = score.question_id;
    let response = || {
        let found = record
            .answers
            .iter()
            .find(|answer| answer.question_id == id);
        found.map_or(Value::Null, |answer| answer.response.to_json())
    };
    let question = marking.exam.paper.question(id);
    let solution = question.and_then(solution).as_ref().map(Response::to_json);
    let explanation = question.map(|question| question.feedback.clone());
    let is_meant = |it: &&GivenGrade| it.grade.question_id == id && it.is_of(&record.answers);
    let decided = marking.grades.iter().find(is_meant);
    let comment = decided.map(|it| it.grade.comment.clone());
    QuestionResult {
        question_id: id,
        points: to_number(score.points),
        voiding: score.voiding,
        earned: score.earned.filter(|_| shows.shows_points).map(to_number),
        response: shows.shows_responses.then(response),
        solution: solution.filter(|_| shows.shows_solutions),
        explanation: explanation.filter(|text| shows.shows_solutions && !text.is_empty()),
        comment: comment.filter(|text| shows.shows_points && !text.is_empty()),
    }
}
