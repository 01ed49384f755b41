//! `POST /api/v1/attempts/{id}/events`: the heartbeat of a page, and what happened on it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::exam::event::{Event, EventKind, Report};
use crate::exam::{AttemptId, DeviceId, EventId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::sitting::my_exams::state_word;
use crate::http::sitting::news::News;
use crate::http::state::AppState;
use crate::store::{SaveOutcome, SaveRequest};

/// The most events in one request.
const MOST_EVENTS: usize = 50;
/// What one event holds in memory, about, in bytes.
const EVENT_BYTES: usize = 200;
/// How long ago something may have happened that is reported now: an exam day.
const OLDEST: TimeDelta = TimeDelta::days(1);

#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ReportBody {
    /// The name of this computer, as at the start of the exam.
    #[schema(value_type = Option<Uuid>)]
    device_id: Option<DeviceId>,
    /// Up to which `revision` the page has shown what staff changed.
    seen_revision: Option<i64>,
    /// At most 50.
    #[serde(default)]
    #[schema(max_items = 50)]
    events: Vec<EventInput>,
}

#[derive(Deserialize, ToSchema)]
struct EventInput {
    /// Chosen by the page; the same again is the same event.
    #[schema(value_type = Uuid)]
    id: EventId,
    /// `tab_hidden`, `tab_shown`, `window_left`, `full_screen_left`, `full_screen_entered`, `paste`, `copy`,
    /// `connection_lost` or `connection_restored`.
    #[schema(value_type = String)]
    kind: EventKind,
    /// When it happened, by the page's count of the server's clock; left out: now. More than a day ago, or later than
    /// now, counts as now.
    occurred_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ReportReply {
    /// `open` or `submitted`.
    #[schema(example = "open")]
    state: &'static str,
    #[serde(flatten)]
    news: News,
}

/// Say that the page is there, what it has shown, and what happened
///
/// Every ten seconds or so. Nothing follows from a violation by itself: invigilators see it. Of one attempt at most 2000
/// events are kept.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/events", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    request_body = ReportBody,
    responses(
        (status = 200, description = "Noted; this is how the attempt stands", body = ReportReply),
        (status = 409, description = "`attempt-elsewhere`: The attempt goes on on another computer. It was noted all the same", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn report(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
    Body(body): Body<ReportBody>,
) -> Result<Json<ReportReply>, ApiError> {
    let now = state.clock.now();
    if body.events.len() > MOST_EVENTS {
        return Err(ApiError::invalid_request(format!(
            "'events' has at most {MOST_EVENTS} entries."
        )));
    }
    let device = body.device_id;
    let bytes = EVENT_BYTES * (1 + body.events.len());
    let request = SaveRequest {
        device,
        report: Some(Report {
            seen_revision: body.seen_revision,
            events: body.events.iter().map(|it| event(it, now)).collect(),
        }),
        only_of: session.exam,
        ..SaveRequest::new(attempt, session.user, Vec::new(), now)
    };
    match state.saves.save(request, bytes).await? {
        SaveOutcome::NotFound => Err(ApiError::not_found("attempt")),
        SaveOutcome::Damaged => Err(ApiError::internal()),
        SaveOutcome::Decided { standing, .. } if standing.is_elsewhere(device) => {
            Err(ApiError::new(
                ProblemType::AttemptElsewhere,
                "The exam was opened on another computer and goes on there. To go on here, start it here again.",
            ))
        }
        SaveOutcome::Decided {
            attempt, standing, ..
        } => Ok(Json(ReportReply {
            state: state_word(&attempt, now),
            news: News::of(&state, &attempt, &standing).await?,
        })),
    }
}

fn event(input: &EventInput, now: DateTime<Utc>) -> Event {
    let is_possible = |at: &DateTime<Utc>| *at <= now && now.signed_duration_since(*at) <= OLDEST;
    Event {
        id: input.id,
        kind: input.kind,
        occurred_at: input.occurred_at.filter(is_possible).unwrap_or(now),
    }
}
