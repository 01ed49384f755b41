//! `/api/v1/exams/{id}/incidents`: what invigilators write down, as a list and as a file.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::actions::{ROOM_LIMIT, bounded, key};
use crate::exam::incident::IncidentCategory;
use crate::exam::receipt::hexadecimal;
use crate::exam::{AttemptId, ExamId, IncidentId, UserId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::page::{PageLength, next};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::incidents::{Incident, IncidentOutcome, Named, NewIncident};
use crate::transfer::incidents::write_csv;

const PAGES: PageLength = PageLength {
    usual: 100,
    most: 200,
};
/// The longest note, in characters.
const TEXT_LIMIT: usize = 4000;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many at most; 100 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// The `next` of the part of the list before.
    after: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct IncidentsReply {
    /// The oldest first.
    incidents: Vec<IncidentBody>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// Something that an invigilator wrote down.
#[derive(Serialize, ToSchema)]
#[schema(as = Incident)]
pub(in crate::http) struct IncidentBody {
    #[schema(value_type = Uuid)]
    id: IncidentId,
    /// By the server's clock.
    written_at: DateTime<Utc>,
    author: PersonBody,
    /// The candidate that it is about; null: about nobody in particular.
    about: Option<PersonBody>,
    /// Where they sit now.
    seat: Option<String>,
    /// The latest attempt that they had when it was written.
    #[schema(value_type = Option<Uuid>)]
    attempt_id: Option<AttemptId>,
    room: Option<String>,
    /// `technical`, `behaviour`, `health` or `other`.
    #[schema(value_type = String, example = "technical")]
    category: IncidentCategory,
    text: String,
    /// The note that this one takes the place of.
    #[schema(value_type = Option<Uuid>)]
    corrects_id: Option<IncidentId>,
    /// The note that takes the place of this one.
    #[schema(value_type = Option<Uuid>)]
    corrected_by_id: Option<IncidentId>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = IncidentPerson)]
struct PersonBody {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    login: String,
    display_name: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct NewIncidentBody {
    /// `technical`, `behaviour`, `health` or `other`.
    #[schema(value_type = String, example = "technical")]
    category: IncidentCategory,
    /// What happened.
    #[schema(min_length = 1, max_length = 4000)]
    text: String,
    /// The candidate that it is about; left out: about nobody in particular.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<UserId>,
    /// Left out: none is named.
    #[schema(max_length = 100)]
    room: Option<String>,
    /// The note that this one takes the place of. That one stays, and says so.
    #[schema(value_type = Option<Uuid>)]
    corrects_id: Option<IncidentId>,
}

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
    let page = PAGES.page(wanted.limit, wanted.after)?;
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
    let asked = serde_json::json!(["incident", exam, &body]).to_string();
    let text = bounded("text", Some(body.text), TEXT_LIMIT)?;
    let new = NewIncident {
        id: IncidentId::generate(),
        exam,
        key: key(&headers)?,
        request_hash: hexadecimal(&Sha256::digest(asked)),
        user: body.user_id,
        room: bounded("room", body.room, ROOM_LIMIT)?,
        category: body.category,
        text: text.ok_or_else(|| ApiError::invalid_request("'text' says what happened."))?,
        corrects: body.corrects_id,
    };
    match state.store.note_incident(session.into(), &new).await? {
        IncidentOutcome::NotFound => Err(ApiError::not_found("exam")),
        IncidentOutcome::KeyUsedBefore => Err(ApiError::new(
            ProblemType::KeyUsedBefore,
            "This Idempotency-Key came before with another request. Send a new key.",
        )),
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
    let mut incidents: Vec<Incident> = Vec::new();
    // An exam has a bounded number of notes.
    let mut after = Some(String::new());
    while after.is_some() {
        let page = PAGES.page(Some(PAGES.most), after)?;
        let found = state.store.incidents(session.into(), exam, &page).await?;
        let found = found.or_refuse("exam")?;
        after = next(&found, page.limit, |one| one.id.to_string());
        incidents.extend(found);
    }
    let bytes = write_csv(&incidents).map_err(|error| {
        tracing::error!(%error, %exam, "notes could not be exported");
        ApiError::internal()
    })?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"incidents.csv\"",
        ),
    ];
    Ok((headers, bytes).into_response())
}

impl From<Incident> for IncidentBody {
    fn from(incident: Incident) -> Self {
        Self {
            id: incident.id,
            written_at: incident.written_at,
            author: incident.author.into(),
            about: incident.about.map(Into::into),
            seat: incident.seat,
            attempt_id: incident.attempt,
            room: incident.room,
            category: incident.category,
            text: incident.text,
            corrects_id: incident.corrects,
            corrected_by_id: incident.corrected_by,
        }
    }
}

impl From<Named> for PersonBody {
    fn from(named: Named) -> Self {
        Self {
            user_id: named.user,
            login: named.login,
            display_name: named.display_name,
        }
    }
}
