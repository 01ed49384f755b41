//! `/api/v1/exams/{id}/seats`: who sits where.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::candidates::{CandidatesReply, Wanted, check_names, part};
use crate::exam::ExamId;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::exam_office::CandidateOrder;

/// The longest name of a seat, in characters.
const MAX_SEAT_CHARACTERS: usize = 60;

/// The seat plan of an exam
///
/// Those who have a seat, by seat. One query of the database.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/seats", operation_id = "seat_plan", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam"), Wanted),
    responses((status = 200, description = "A part of the list", body = CandidatesReply))
)]
pub(super) async fn plan(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<CandidatesReply>, ApiError> {
    part(&state, session, id, wanted, CandidateOrder::Seat).await
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SeatsBody {
    #[schema(max_items = 10000)]
    seats: Vec<SeatBody>,
}

#[derive(Deserialize, ToSchema)]
struct SeatBody {
    /// A login or student number.
    name: String,
    /// Where they sit; `null` or left out: nowhere.
    #[schema(example = "H1-042")]
    seat: Option<String>,
}

/// Seat candidates
///
/// All that are named or none; others stay where they are. No seat is given twice. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/exams/{id}/seats", operation_id = "assign_seats", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = SeatsBody,
    responses(
        (status = 204, description = "They sit there"),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn assign(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<SeatsBody>,
) -> Result<StatusCode, ApiError> {
    check_names(body.seats.iter().map(|seat| &seat.name))?;
    let is_seat = |seat: &String| {
        (1..=MAX_SEAT_CHARACTERS).contains(&seat.chars().count())
            && !seat.chars().any(char::is_control)
    };
    if !body
        .seats
        .iter()
        .filter_map(|it| it.seat.as_ref())
        .all(is_seat)
    {
        return Err(ApiError::invalid_input(format!(
            "A seat has 1 to {MAX_SEAT_CHARACTERS} characters, each of which can be seen."
        )));
    }
    let seats: Vec<(String, Option<String>)> = body
        .seats
        .into_iter()
        .map(|it| (it.name, it.seat))
        .collect();
    let seated = state.store.set_seats(session.into(), id, &seats).await?;
    seated.or_refuse("exam")?;
    Ok(StatusCode::NO_CONTENT)
}
