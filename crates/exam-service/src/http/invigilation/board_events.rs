//! `GET /api/v1/exams/{id}/board/events`: the board as a stream, first all of it and then what changes.
//!
//! A connection is asked for its next event when it has taken the one before, so that none gathers what it does not
//! read. It ends when the service closes its port, and by itself before the token of who opened it has run out, or once that session is ended.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use chrono::{DateTime, Utc};
use futures_util::stream;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::board::{BoardReply, StudentBody, check_is_theirs};
use crate::exam::ExamId;
use crate::http::envelope::Peer;
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::session::Session;
use crate::http::state::AppState;

/// How often it is looked whether something changed, and whether the port is closing.
const TICK: Duration = Duration::from_millis(750);
/// How old what is sent may be: with a tick, reading it and drawing it, a save is on the board within two seconds.
const AGE: Duration = Duration::from_millis(600);
/// After how many quiet ticks something is sent all the same: proxies drop what is silent.
const QUIET_TICKS: u32 = 13;
/// How long one connection lasts: less than an access token.
const LIFETIME: Duration = Duration::from_mins(10);
/// Proxies send on what they get.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Who follows a board, and what they have been sent.
struct Follower {
    state: AppState,
    exam: ExamId,
    session: Session,
    opened_at: DateTime<Utc>,
    draining: Option<Arc<AtomicBool>>,
    ends_at: Instant,
    sent: Option<Arc<BoardReply>>,
    _place: OwnedSemaphorePermit,
}

/// Follow the board of an exam
///
/// Server-sent events: `board` with all of it, then `changes` with the students of whom something changed, in the same
/// form. The connection ends after ten minutes or when the server restarts: open it again then.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/board/events", tag = "Invigilation", operation_id = "follow_board",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream"))
)]
pub(in crate::http) async fn follow(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    peer: Option<Extension<Peer>>,
) -> Result<impl IntoResponse, ApiError> {
    check_is_theirs(&state, session, exam).await?;
    let place = Arc::clone(&state.boards.followers).try_acquire_owned();
    let place = place.map_err(|_| {
        ApiError::busy("As many follow boards as may. Look at the board itself from time to time.")
    })?;
    let follower = Follower {
        opened_at: state.clock.now(),
        state,
        exam,
        session,
        draining: peer.map(|Extension(peer)| peer.draining),
        ends_at: Instant::now() + LIFETIME,
        sent: None,
        _place: place,
    };
    let events = stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(([UNBUFFERED], Sse::new(events)))
}

impl Follower {
    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        let mut quiet_ticks = 0;
        loop {
            if self.is_over() {
                return None;
            }
            if self.sent.is_some() {
                tokio::time::sleep(TICK).await;
            }
            let read = self.state.boards.get(&self.state, self.exam, AGE).await;
            // Whoever follows asks again, and is told then.
            let board = read.ok()?;
            let event = match self.sent.replace(Arc::clone(&board)) {
                None => Some(event("board", &json!(*board))),
                Some(sent) => changes(&sent, &board),
            };
            if event.is_some() {
                return event;
            }
            quiet_ticks += 1;
            if quiet_ticks >= QUIET_TICKS {
                return Some(Event::default().comment("still here"));
            }
        }
    }

    fn is_over(&self) -> bool {
        let is_draining = |draining: &Arc<AtomicBool>| draining.load(Ordering::Relaxed);
        let sessions = &self.state.ended_sessions;
        self.draining.as_ref().is_some_and(is_draining)
            || Instant::now() >= self.ends_at
            || sessions.is_over(self.session.id, self.opened_at)
    }
}

/// What is different; students who are no candidates any more are named by their ids.
fn changes(sent: &BoardReply, board: &BoardReply) -> Option<Event> {
    let mut before: HashMap<_, &StudentBody> =
        sent.students.iter().map(|it| (it.user_id, it)).collect();
    let changed: Vec<&StudentBody> = board
        .students
        .iter()
        .filter(|student| before.remove(&student.user_id) != Some(*student))
        .collect();
    if changed.is_empty() && before.is_empty() {
        return None;
    }
    let gone: Vec<_> = before.into_keys().collect();
    let document = json!({ "server_time": board.server_time, "students": changed, "gone": gone });
    Some(event("changes", &document))
}

/// JSON has no line breaks outside of its escapes, which is all that an event asks of its data.
fn event(name: &str, document: &serde_json::Value) -> Event {
    Event::default().event(name).data(document.to_string())
}
