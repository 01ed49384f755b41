//! `GET /api/v1/exams/{id}/results`: what each attempt earned.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::{IntoParams, ToSchema};

use super::super::error::ApiError;
use super::super::extract::{Id, Parameters};
use super::super::session::Session;
use super::super::sitting::my_exams::state_word;
use super::super::state::AppState;
use super::exam_of;
use crate::exam::grading::percent;
use crate::exam::points::to_number;
use crate::exam::{AttemptId, ExamId, Paper, UserId};
use crate::store::results::AttemptToGrade;

/// The most results of one reply.
const MOST: i64 = 500;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ResultsQuery {
    /// How many.
    #[serde(default = "usual")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: i64,
    /// Go on after this attempt: the `next` of the reply before.
    #[param(value_type = Option<uuid::Uuid>)]
    after: Option<AttemptId>,
}

fn usual() -> i64 {
    100
}

#[derive(Serialize, ToSchema)]
pub(super) struct ResultsReply {
    title: String,
    /// When students were let see results that wait for it.
    released_at: Option<DateTime<Utc>>,
    results: Vec<ResultLine>,
    /// Where to go on; `null` at the end.
    #[schema(value_type = Option<Uuid>)]
    next: Option<AttemptId>,
}

/// What one attempt earned.
#[derive(Serialize, ToSchema)]
struct ResultLine {
    #[schema(value_type = Uuid)]
    attempt_id: AttemptId,
    #[schema(value_type = Uuid)]
    user_id: UserId,
    login: String,
    display_name: String,
    student_number: Option<String>,
    /// `open` or `submitted`.
    #[schema(example = "submitted")]
    state: &'static str,
    started_at: DateTime<Utc>,
    submitted_at: Option<DateTime<Utc>>,
    #[schema(value_type = f64)]
    score: Number,
    #[schema(value_type = f64)]
    max_score: Number,
    #[schema(value_type = Option<f64>)]
    percent: Option<Number>,
    grade: Option<String>,
    /// How many answers wait for a person; the result is final without one.
    waiting: usize,
}

/// The results of an exam
///
/// Each is worked out from the raw answers, by the keys as they are now and what people decided.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/results", tag = "Results",
    params(("id" = Uuid, Path, description = "Which exam"), ResultsQuery),
    responses(
        (status = 200, description = "In the order in which the attempts were started", body = ResultsReply),
    )
)]
pub(super) async fn results(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Parameters(query): Parameters<ResultsQuery>,
) -> Result<Json<ResultsReply>, ApiError> {
    if !(1..=MOST).contains(&query.limit) {
        let detail = format!("'limit' is a number from 1 to {MOST}.");
        return Err(ApiError::invalid_request(detail));
    }
    let exam = exam_of(&state, session, exam).await?;
    // One more than is shown tells whether there are more.
    let mut attempts = state
        .store
        .attempts_to_grade(exam.id, query.after, query.limit + 1)
        .await?;
    let shown = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let has_more = attempts.len() > shown;
    attempts.truncate(shown);
    let now = state.clock.now();
    Ok(Json(ResultsReply {
        title: exam.title,
        released_at: exam.release.map(|release| release.released_at),
        next: attempts
            .last()
            .map(|last| last.attempt.id)
            .filter(|_| has_more),
        results: attempts
            .into_iter()
            .map(|attempt| line(attempt, &exam.paper, now))
            .collect(),
    }))
}

fn line(attempt: AttemptToGrade, paper: &Paper, now: DateTime<Utc>) -> ResultLine {
    let score = attempt.score(paper);
    ResultLine {
        attempt_id: attempt.attempt.id,
        user_id: attempt.attempt.owner,
        state: state_word(&attempt.attempt, now),
        started_at: attempt.started_at,
        submitted_at: attempt.attempt.submitted_at,
        login: attempt.candidate.login,
        display_name: attempt.candidate.display_name,
        student_number: attempt.candidate.student_number,
        percent: percent(score.score, score.max_score).map(to_number),
        waiting: score.waiting(),
        score: to_number(score.score),
        max_score: to_number(score.max_score),
        grade: score.grade,
    }
}
