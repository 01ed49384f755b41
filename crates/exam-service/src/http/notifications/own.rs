//! `GET /api/v1/me/notifications` and `POST /api/v1/me/notifications/read`.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::error::ApiError;
use super::super::extract::{Body, Parameters};
use super::super::session::Session;
use super::super::state::AppState;
use super::MOST;
use crate::exam::ExamId;
use crate::store::jobs::Notification;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct LinesQuery {
    /// How many.
    #[serde(default = "usual")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: i64,
    /// Go on after this one: the `next` of the reply before.
    after: Option<Uuid>,
}

fn usual() -> i64 {
    50
}

impl LinesQuery {
    /// How many, and after which one.
    ///
    /// # Errors
    /// When it asks for more than one reply has.
    pub(super) fn checked(&self) -> Result<(Option<Uuid>, i64), ApiError> {
        if (1..=MOST).contains(&self.limit) {
            return Ok((self.after, self.limit));
        }
        let detail = format!("'limit' is a number from 1 to {MOST}.");
        Err(ApiError::invalid_request(detail))
    }

    /// Where to go on after `lines`, whose last one is `last`: only a full page has a next one.
    pub(super) fn next(&self, lines: usize, last: Option<Uuid>) -> Option<Uuid> {
        last.filter(|_| i64::try_from(lines).is_ok_and(|lines| lines >= self.limit))
    }
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NotificationsReply {
    notifications: Vec<NotificationBody>,
    next: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
struct NotificationBody {
    id: Uuid,
    /// `results_released`, `exam_published`, `exam_moved`, ...
    #[schema(example = "results_released")]
    kind: String,
    #[schema(value_type = Uuid)]
    exam_id: ExamId,
    /// The exam's title at that time.
    title: String,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ReadRequest {
    /// The newest one that was read; all before it count as read too.
    up_to: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ReadReply {
    /// How many were not read before.
    marked: u64,
}

/// What one was told
#[utoipa::path(
    get, path = "/api/v1/me/notifications", tag = "Notifications", params(LinesQuery),
    responses(
        (status = 200, description = "The newest first", body = NotificationsReply),
    )
)]
pub(in crate::http) async fn notifications(
    State(state): State<AppState>,
    session: Session,
    Parameters(query): Parameters<LinesQuery>,
) -> Result<Json<NotificationsReply>, ApiError> {
    let (after, limit) = query.checked()?;
    let found = state
        .store
        .notifications(session.user, after, limit)
        .await?;
    Ok(Json(NotificationsReply {
        next: query.next(found.len(), found.last().map(|last| last.id)),
        notifications: found.into_iter().map(body).collect(),
    }))
}

/// Mark what one was told as read
#[utoipa::path(
    post, path = "/api/v1/me/notifications/read", tag = "Notifications", request_body = ReadRequest,
    responses(
        (status = 200, description = "Marked; a repeat finds nothing to mark", body = ReadReply),
    )
)]
pub(in crate::http) async fn mark_read(
    State(state): State<AppState>,
    session: Session,
    Body(request): Body<ReadRequest>,
) -> Result<Json<ReadReply>, ApiError> {
    let now = state.clock.now();
    let marked = state
        .store
        .read_notifications(session.user, request.up_to, now)
        .await?;
    Ok(Json(ReadReply { marked }))
}

fn body(notification: Notification) -> NotificationBody {
    NotificationBody {
        id: notification.id,
        kind: notification.kind,
        exam_id: notification.exam_id,
        title: notification.title,
        created_at: notification.created_at,
        read_at: notification.read_at,
    }
}
