//! `GET /api/v1/attempts/{id}/result`: the score, once the attempt is closed.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::description::ProblemSchema;
use super::error::ApiError;
use super::extract::Id;
use super::problems::ProblemType;
use super::session::Session;
use super::state::AppState;
use crate::exam::grading::grade;
use crate::exam::points::to_number;
use crate::exam::{AttemptId, Phase, QuestionId};

#[derive(Serialize, ToSchema)]
pub(super) struct ResultReply {
    #[schema(value_type = Uuid)]
    attempt_id: AttemptId,
    #[schema(value_type = f64)]
    score: Number,
    #[schema(value_type = f64)]
    max_score: Number,
    /// False while answers wait for a person to grade them.
    is_final: bool,
    grade: Option<String>,
    questions: Vec<QuestionResult>,
}

#[derive(Serialize, ToSchema)]
struct QuestionResult {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    #[schema(value_type = f64)]
    points: Number,
    #[schema(value_type = Option<f64>)]
    earned: Option<Number>,
}

/// The result of an attempt that was handed in
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}/result", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "The points", body = ResultReply),
        (status = 409, description = "`attempt-open`: The attempt is still open", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn result(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<ResultReply>, ApiError> {
    let now = state.clock.now();
    let record = state.store.attempt(attempt, session.user, now).await?;
    let record = record.ok_or_else(|| ApiError::not_found("attempt"))?;
    if record.attempt.phase(now) != Phase::Submitted {
        return Err(ApiError::new(
            ProblemType::AttemptOpen,
            "There is a result once the attempt is handed in, or half a minute after its time is over.",
        ));
    }
    // Graded from the raw responses each time: there is no stored score that could be out of date.
    let score = grade(&record.paper, &record.layout, &record.answers, &[]);
    let is_final = score.is_final();
    let questions = score.questions.into_iter().map(|question| QuestionResult {
        question_id: question.question_id,
        points: to_number(question.points),
        earned: question.earned.map(to_number),
    });
    Ok(Json(ResultReply {
        attempt_id: attempt,
        score: to_number(score.score),
        max_score: to_number(score.max_score),
        is_final,
        grade: score.grade,
        questions: questions.collect(),
    }))
}
