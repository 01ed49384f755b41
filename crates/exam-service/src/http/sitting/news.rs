//! What each reply to a page tells beside: the time that is left, and what staff changed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::exam::timing::BreaksLeft;
use crate::exam::{Attempt, MessageId, Phase, Standing};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::store::sitting::{Message, Told};

/// What a page is told with every reply.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct News {
    server_time: DateTime<Utc>,
    /// When the time is over; it moves when staff give time, and after a pause.
    deadline_at: DateTime<Utc>,
    /// Until then, in milliseconds; stands still during a pause.
    remaining_ms: i64,
    /// Whether the clock stands still.
    paused: bool,
    /// Whether the page has to hide what it shows.
    blanked: bool,
    /// While the student is on a break: until when the clock stands still for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    break_ends_at: Option<DateTime<Utc>>,
    /// What is left of the breaks that were granted; null where none were. Left out where `messages` are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BreaksLeftBody>)]
    breaks: Option<GrantedBreaks>,
    /// Counts what staff changed. The page confirms what it has shown by sending it back as `seen_revision`.
    revision: i64,
    /// What invigilators said, the newest last; left out of replies to saves and heartbeats while everything is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<MessageBody>>,
}

/// Of those to whom nothing was granted, null.
#[derive(Serialize)]
#[serde(transparent)]
struct GrantedBreaks(Option<BreaksLeftBody>);

#[derive(Serialize, ToSchema)]
#[schema(as = BreaksLeft)]
struct BreaksLeftBody {
    /// How many may still be begun; 0 where no time is left.
    count: usize,
    /// How long they may be together, in milliseconds.
    milliseconds: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
struct MessageBody {
    #[schema(value_type = Uuid)]
    id: MessageId,
    text: String,
    sent_at: DateTime<Utc>,
}

impl News {
    /// The news of an attempt. Messages, and what is left of breaks where any were granted, are read only while the page
    /// has not confirmed everything.
    pub(in crate::http) async fn of(
        state: &AppState,
        attempt: &Attempt,
        standing: &Standing,
    ) -> Result<Self, ApiError> {
        if standing.revision > standing.seen_revision {
            return Self::with_messages(state, attempt, standing).await;
        }
        Ok(Self::new(state, attempt, standing))
    }

    /// The same for a page that has just been opened: it has shown nothing yet.
    pub(in crate::http) async fn with_messages(
        state: &AppState,
        attempt: &Attempt,
        standing: &Standing,
    ) -> Result<Self, ApiError> {
        let told = state.store.messages(attempt.id).await?;
        let left = if told.has_breaks {
            let left = state.store.breaks_left(attempt.id, state.clock.now());
            left.await?
        } else {
            None
        };
        Ok(Self::telling(state, (attempt, standing), told, left))
    }

    /// The same for a page whose student has just begun or ended a break, with what is `left` of breaks since.
    pub(in crate::http) async fn after_break(
        state: &AppState,
        attempt: &Attempt,
        standing: &Standing,
        left: Option<BreaksLeft>,
    ) -> Result<Self, ApiError> {
        let told = state.store.messages(attempt.id).await?;
        Ok(Self::telling(state, (attempt, standing), told, left))
    }

    fn telling(
        state: &AppState,
        (attempt, standing): (&Attempt, &Standing),
        told: Told,
        left: Option<BreaksLeft>,
    ) -> Self {
        let breaks = left.map(|left| BreaksLeftBody {
            count: left.count,
            milliseconds: left.time.num_milliseconds(),
        });
        Self {
            breaks: Some(GrantedBreaks(breaks)),
            messages: Some(told.messages.into_iter().map(body).collect()),
            ..Self::new(state, attempt, standing)
        }
    }

    fn new(state: &AppState, attempt: &Attempt, standing: &Standing) -> Self {
        let now = state.clock.now();
        let is_open = attempt.phase(now) == Phase::Open;
        Self {
            server_time: now,
            deadline_at: attempt.deadline_at,
            remaining_ms: if is_open {
                attempt.remaining_ms(now)
            } else {
                0
            },
            paused: is_open && attempt.paused_at.is_some(),
            blanked: is_open && standing.is_blanked,
            break_ends_at: standing.break_ends_at.filter(|_| is_open),
            revision: standing.revision,
            breaks: None,
            messages: None,
        }
    }
}

fn body(message: Message) -> MessageBody {
    MessageBody {
        id: message.id,
        text: message.body,
        sent_at: message.sent_at,
    }
}
