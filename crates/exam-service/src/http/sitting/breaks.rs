//! `POST` and `DELETE /api/v1/attempts/{id}/break`: a break that was granted, taken and ended by the student.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::attempts::own_attempt;
use super::my_exams::state_word;
use super::news::News;
use crate::exam::AttemptId;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{AttemptRecord, BreakStep};

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct BreakReply {
    /// `open` or `submitted`.
    #[schema(example = "open")]
    state: &'static str,
    /// How much of the breaks that were granted is left, in milliseconds.
    break_left_ms: i64,
    #[serde(flatten)]
    news: News,
}

/// Begin a break
///
/// Only where breaks were granted before the exam. The clock stands still and the page hides what it shows, until the
/// student ends the break; once what was granted is used up the clock runs on by itself, within seconds and from that
/// moment. Answers that are saved meanwhile are taken, as in a pause by staff, and show in the timeline. A repeat changes
/// nothing.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/break", operation_id = "begin_break", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "The student is on a break", body = BreakReply),
        (status = 409, description = "`attempt-closed`: The attempt is closed\n`attempt-paused`: The attempt is paused\n`no-break-left`: There is no break left", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<BreakReply>, ApiError> {
    let (record, reply) = take(&state, session, attempt, BreakStep::Begin).await?;
    if record.standing.break_ends_at.is_some() {
        return Ok(reply);
    }
    let (problem, detail) = if reply.state != "open" {
        (
            ProblemType::AttemptClosed,
            "It was handed in or its time is over.",
        )
    } else if record.attempt.paused_at.is_some() {
        (
            ProblemType::AttemptPaused,
            "It is paused: no time is lost, and no break is used up.",
        )
    } else {
        (
            ProblemType::NoBreakLeft,
            "No break was granted, or what was granted is used up. Ask the invigilator.",
        )
    };
    Err(ApiError::new(problem, detail))
}

/// End a break
///
/// The clock runs on, with the time of the break given back as far as it was granted. A repeat changes nothing, nor does
/// it end a pause by staff.
#[utoipa::path(
    delete, path = "/api/v1/attempts/{id}/break", operation_id = "end_break", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses((status = 200, description = "The student is on no break", body = BreakReply))
)]
pub(super) async fn end(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<BreakReply>, ApiError> {
    let (_, reply) = take(&state, session, attempt, BreakStep::End).await?;
    Ok(reply)
}

/// Takes the step if it is possible, and looks how the attempt stands.
async fn take(
    state: &AppState,
    session: Session,
    attempt: AttemptId,
    step: BreakStep,
) -> Result<(AttemptRecord, Json<BreakReply>), ApiError> {
    let now = state.clock.now();
    own_attempt(state, session, attempt, now).await?;
    let taken = state.store.take_break(attempt, session.user, step, now);
    let outcome = taken.await?.ok_or_else(|| ApiError::not_found("attempt"))?;
    if outcome.is_changed {
        tracing::info!(%attempt, ?step, "a student took a break, or came back");
    }
    let record = own_attempt(state, session, attempt, now).await?;
    let left = outcome.left;
    let reply = BreakReply {
        state: state_word(&record.attempt, now),
        break_left_ms: left.map_or(0, |left| left.time.num_milliseconds()),
        news: News::after_break(state, &record.attempt, &record.standing, left).await?,
    };
    Ok((record, Json(reply)))
}
