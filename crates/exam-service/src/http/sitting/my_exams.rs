//! `GET /api/v1/my/exams`: what the student may sit, and how far they are.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::exam::{Attempt, AttemptId, ExamId, Phase};
use crate::http::error::ApiError;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::ExamListing;

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ExamsReply {
    exams: Vec<ExamBody>,
    server_time: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Exam)]
struct ExamBody {
    #[schema(value_type = Uuid)]
    id: ExamId,
    title: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    duration_seconds: i64,
    question_count: i64,
    /// Whether each answer may be checked at once, and nothing counts.
    is_practice: bool,
    /// How often it may be sat.
    attempts_allowed: u32,
    /// The latest one.
    attempt: Option<AttemptSummary>,
}

#[derive(Serialize, ToSchema)]
struct AttemptSummary {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    /// Which of the own attempts it is, from 1.
    number: u32,
    /// `open` or `submitted`.
    #[schema(example = "open")]
    state: &'static str,
}

/// The exams that one may sit
#[utoipa::path(
    get, path = "/api/v1/my/exams", tag = "Exams",
    responses(
        (status = 200, description = "Exams with the own attempt, if there is one", body = ExamsReply),
    )
)]
pub(in crate::http) async fn my_exams(
    State(state): State<AppState>,
    session: Session,
) -> Result<Json<ExamsReply>, ApiError> {
    let now = state.clock.now();
    let exams = state.store.exams_of(session.user).await?;
    Ok(Json(ExamsReply {
        exams: exams
            .into_iter()
            .filter(|exam| session.may_sit(exam.id))
            .map(|exam| body(exam, now))
            .collect(),
        server_time: now,
    }))
}

fn body(exam: ExamListing, now: DateTime<Utc>) -> ExamBody {
    let attempt = exam.attempt.map(|attempt| AttemptSummary {
        id: attempt.id,
        number: exam.number.unwrap_or(1),
        state: state_word(&attempt, now),
    });
    ExamBody {
        id: exam.id,
        title: exam.title,
        starts_at: exam.starts_at,
        ends_at: exam.ends_at,
        duration_seconds: exam.duration.num_seconds(),
        question_count: exam.question_count,
        is_practice: exam.rules.is_practice,
        attempts_allowed: exam.rules.attempts_allowed,
        attempt,
    }
}

/// `open` while answers are taken; an overdue attempt is as good as submitted.
pub(in crate::http) fn state_word(attempt: &Attempt, now: DateTime<Utc>) -> &'static str {
    match attempt.phase(now) {
        Phase::Open => "open",
        Phase::Overdue | Phase::Submitted => "submitted",
    }
}
