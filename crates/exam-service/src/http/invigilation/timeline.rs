//! `GET /api/v1/attempts/{id}/timeline`: what happened to an attempt, as evidence.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::incident_bodies::IncidentBody;
use crate::access::{self, Action};
use crate::exam::AttemptId;
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::sitting::{Happening, TimelineEntry};

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TimelineReply {
    /// The oldest first.
    entries: Vec<EntryBody>,
    /// Whether there was more: at most 5000 entries of each kind are shown.
    is_cut: bool,
    /// The questions by id, in the order in which the student sees them.
    questions: Vec<String>,
    /// The names of those who acted, by id.
    names: BTreeMap<String, String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
struct EntryBody {
    at: DateTime<Utc>,
    #[serde(flatten)]
    what: HappeningBody,
}

/// What happened.
#[derive(Serialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
#[schema(as = Happening)]
enum HappeningBody {
    Started,
    Submitted,
    Saved {
        question_id: String,
        sequence: i64,
        /// What was answered; only for those who may grade.
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<Value>,
        /// It came from a computer after another one had taken over the attempt, and does not count.
        is_set_aside: bool,
        /// The line of the log of staff actions by which it came out of an emergency file; left out where its page
        /// saved it.
        #[serde(skip_serializing_if = "Option::is_none")]
        audit_number: Option<i64>,
    },
    /// In practice, the student had an answer checked.
    Checked {
        question_id: String,
        sequence: i64,
    },
    Event {
        kind: String,
        is_violation: bool,
        received_at: DateTime<Utc>,
    },
    /// An invigilator wrote something down about the student.
    Noted {
        incident: Box<IncidentBody>,
    },
    Action {
        /// The line of the log of staff actions.
        audit_number: i64,
        action: String,
        /// The account; null: the service itself.
        actor_id: Option<String>,
        #[schema(value_type = Object)]
        detail: Value,
    },
}

/// What happened to an attempt
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}/timeline", tag = "Invigilation", operation_id = "timeline",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses((status = 200, description = "Saves, events and actions in the order of time", body = TimelineReply))
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<TimelineReply>, ApiError> {
    let timeline = state
        .store
        .timeline(session.into(), attempt, state.clock.now())
        .await?;
    let timeline = timeline.ok_or_else(|| ApiError::not_found("attempt"))?;
    let shows_responses = access::allows(session.role, Action::Grade);
    let entries = timeline.entries.into_iter();
    Ok(Json(TimelineReply {
        entries: entries.map(|entry| body(entry, shows_responses)).collect(),
        is_cut: timeline.is_cut,
        questions: timeline.questions,
        names: timeline.names,
    }))
}

fn body(entry: TimelineEntry, shows_responses: bool) -> EntryBody {
    let json = |text: &str| serde_json::from_str(text).unwrap_or_default();
    let what = match entry.what {
        Happening::Started => HappeningBody::Started,
        Happening::Submitted => HappeningBody::Submitted,
        Happening::Saved {
            question,
            sequence,
            response,
            is_set_aside,
            audit_number,
        } => HappeningBody::Saved {
            question_id: question,
            sequence,
            response: shows_responses.then(|| json(&response)),
            is_set_aside,
            audit_number,
        },
        Happening::Checked { question, sequence } => HappeningBody::Checked {
            question_id: question,
            sequence,
        },
        Happening::Event {
            kind,
            is_violation,
            received_at,
        } => HappeningBody::Event {
            kind,
            is_violation,
            received_at,
        },
        Happening::Noted(incident) => HappeningBody::Noted {
            incident: Box::new((*incident).into()),
        },
        Happening::Action {
            number,
            action,
            actor,
            detail,
        } => HappeningBody::Action {
            audit_number: number,
            action,
            actor_id: actor,
            detail: json(&detail),
        },
    };
    EntryBody { at: entry.at, what }
}
