//! `/api/v1/exams/{id}/incidents`: what invigilators write down, as a list and as a file.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::actions::{ROOM_LIMIT, bounded};
use super::idempotency::{key, key_used_before, request_hash};
use super::incident_bodies::{IncidentBody, IncidentsReply, NewIncidentBody};
use crate::exam::incident::MOST_INCIDENTS;
use crate::exam::{ExamId, IncidentId};
use crate::http::attachment::attachment;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::page::{ListPart, next};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Page;
use crate::store::incidents::{IncidentOutcome, NewIncident};
use crate::transfer::incidents::write_csv;

type Wanted = ListPart<100, 200>;

/// The longest note, in characters.
const TEXT_LIMIT: usize = 4000;

/// What was written down in an exam
///
/// Also what was corrected later.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/incidents", operation_id = "incidents", tag = "Invigilation",
    params(("id" = Uuid, Path, description = "Which exam"), Wanted),
    responses((status = 200, description = "A part of the list", body = IncidentsReply))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<IncidentsReply>, ApiError> {
    let page = wanted.page()?;
    let found = state.store.incidents(session.into(), exam, &page).await?;
    let found = found.or_refuse("exam")?;
    Ok(Json(IncidentsReply {
        next: next(&found, page.limit, |one| one.id.to_string()),
        incidents: found.into_iter().map(IncidentBody::from).collect(),
    }))
}

/// Write something down
///
/// A note is never changed or taken away: another one corrects it. Needs a header `Idempotency-Key`: the same request with
/// the same key is one note. What is written is not in the log of staff actions, which has its SHA-256.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/incidents", operation_id = "note_incident", tag = "Invigilation",
    params(
        ("id" = Uuid, Path, description = "Which exam"),
        ("Idempotency-Key" = String, Header, description = "A name for this request, from 1 to 100 printable characters"),
    ),
    request_body = NewIncidentBody,
    responses(
        (status = 201, description = "It is kept", body = IncidentBody),
        (status = 409, description = "`key-used-before`: The Idempotency-Key was used for something else\n`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn note(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    headers: HeaderMap,
    Body(body): Body<NewIncidentBody>,
) -> Result<(StatusCode, Json<IncidentBody>), ApiError> {
    let request_hash = request_hash(&("incident", exam, &body));
    let text = bounded("text", Some(body.text), TEXT_LIMIT)?;
    let new = NewIncident {
        id: IncidentId::generate(),
        exam,
        key: key(&headers)?,
        request_hash,
        user: body.user_id,
        room: bounded("room", body.room, ROOM_LIMIT)?,
        category: body.category,
        text: text.ok_or_else(|| ApiError::invalid_request("'text' says what happened."))?,
        corrects: body.corrects_id,
    };
    match state.store.note_incident(session.into(), &new).await? {
        IncidentOutcome::NotFound => Err(ApiError::not_found("exam")),
        IncidentOutcome::KeyUsedBefore => Err(key_used_before()),
        IncidentOutcome::Refused(why) => Err(ApiError::new(ProblemType::NotPossible, why)),
        IncidentOutcome::Noted(incident) => Ok((StatusCode::CREATED, Json((*incident).into()))),
    }
}

/// What was written down in an exam, as a file
///
/// Comma-separated values in UTF-8, a row for each note, the oldest first. A text that a spreadsheet would take for a
/// formula begins with an apostrophe.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/incidents/export", operation_id = "export_incidents", tag = "Invigilation",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "The file", content((String = "text/csv"))))
)]
pub(super) async fn export(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<Response, ApiError> {
    let all = Page {
        after: String::new(),
        // Notes that are written at the same moment may be a few more than there should be.
        limit: 2 * MOST_INCIDENTS,
    };
    let found = state.store.incidents(session.into(), exam, &all).await?;
    let incidents = found.or_refuse("exam")?;
    // Thousands of notes take their time, in which others are served.
    let written = tokio::task::spawn_blocking(move || write_csv(&incidents)).await;
    match written {
        Ok(Ok(bytes)) => Ok(attachment(
            "text/csv; charset=utf-8",
            "incidents.csv",
            bytes,
        )),
        Ok(Err(error)) => {
            tracing::error!(%error, %exam, "notes could not be exported");
            Err(ApiError::internal())
        }
        Err(_) => Err(ApiError::internal()),
    }
}
