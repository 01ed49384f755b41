//! `GET /api/v1/exams/{id}/board`: who sits an exam and how far they are, read once for everybody who watches.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::{Mutex, Semaphore};
use utoipa::ToSchema;

use crate::exam::{AttemptId, ExamId, Phase, UserId};
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::sitting::{BoardAttempt, BoardRow};

/// How many may follow boards at the same time.
const FOLLOWERS: usize = 100;
/// How long a board that nobody asks for is remembered.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// For those who follow, a board is read again after no less than so many times what reading it took.
const REST: u32 = 3;

/// A board as it was read.
struct Read {
    began: Instant,
    took: Duration,
    board: Arc<BoardReply>,
}

/// The boards that are being watched.
pub struct Boards {
    /// Held while one is read: of many who ask, one reads, and never two boards at a time.
    read: Mutex<HashMap<ExamId, Read>>,
    pub(super) followers: Arc<Semaphore>,
}

impl Default for Boards {
    fn default() -> Self {
        Self {
            read: Mutex::default(),
            followers: Arc::new(Semaphore::new(FOLLOWERS)),
        }
    }
}

impl Boards {
    /// The board of an exam: read now if `age` is zero, otherwise no longer than `age` ago unless reading takes too long.
    pub(super) async fn get(
        &self,
        state: &AppState,
        exam: ExamId,
        age: Duration,
    ) -> Result<Arc<BoardReply>, ApiError> {
        let mut read = self.read.lock().await;
        if let Some(Read { began, took, board }) = read.get(&exam)
            && !age.is_zero()
            && began.elapsed() < age.max(*took * (REST + 1))
        {
            return Ok(Arc::clone(board));
        }
        let began = Instant::now();
        let rows = state.store.board(exam).await?;
        let board = Arc::new(BoardReply::new(rows, state.clock.now()));
        read.retain(|_, it| it.began.elapsed() < FORGOTTEN);
        let kept = Read {
            began,
            took: began.elapsed(),
            board: Arc::clone(&board),
        };
        read.insert(exam, kept);
        Ok(board)
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Board)]
pub(in crate::http) struct BoardReply {
    pub(super) server_time: DateTime<Utc>,
    /// Everybody who may sit the exam, by login; at most 10 000.
    pub(super) students: Vec<StudentBody>,
}

/// A student on the board.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = BoardStudent)]
pub(in crate::http) struct StudentBody {
    #[schema(value_type = Uuid)]
    pub(super) user_id: UserId,
    login: String,
    display_name: String,
    seat: Option<String>,
    /// `not_started`, `open`, `paused`, `on_break`, `over` (about to be handed in) or `submitted`.
    #[schema(example = "open")]
    state: &'static str,
    attempt: Option<BoardAttemptBody>,
}

#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = BoardAttempt)]
struct BoardAttemptBody {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    number: i64,
    started_at: DateTime<Utc>,
    deadline_at: DateTime<Utc>,
    /// Since when the clock stands still; then what is left is the deadline less this.
    paused_at: Option<DateTime<Utc>>,
    /// Whether the page hides what it shows.
    blanked: bool,
    /// While the student is on a break: until when the clock stands still. Once that is past it runs, though the student is
    /// still away.
    break_ends_at: Option<DateTime<Utc>>,
    submitted_at: Option<DateTime<Utc>>,
    /// How many questions have an answer.
    answered: i64,
    /// When an answer was last on the disk.
    last_saved_at: Option<DateTime<Utc>>,
    /// When the page last said that it is there.
    last_seen_at: Option<DateTime<Utc>>,
    violations: i64,
    /// Whether the page has confirmed everything that staff changed.
    confirmed: bool,
}

impl BoardReply {
    fn new(rows: Vec<BoardRow>, now: DateTime<Utc>) -> Self {
        Self {
            server_time: now,
            students: rows.into_iter().map(|row| student(row, now)).collect(),
        }
    }
}

fn student(row: BoardRow, now: DateTime<Utc>) -> StudentBody {
    let attempt = row.attempt.as_ref().map(|of| &of.attempt);
    let is_on_break = row
        .attempt
        .as_ref()
        .is_some_and(|of| of.break_ends_at.is_some());
    let state = match attempt.map(|attempt| (attempt.phase(now), attempt.paused_at)) {
        None => "not_started",
        Some((Phase::Submitted, _)) => "submitted",
        Some((Phase::Overdue, _)) => "over",
        Some((Phase::Open, _)) if is_on_break => "on_break",
        Some((Phase::Open, Some(_))) => "paused",
        Some((Phase::Open, None)) => "open",
    };
    StudentBody {
        user_id: row.user,
        login: row.login,
        display_name: row.display_name,
        seat: row.seat,
        state,
        attempt: row.attempt.map(body),
    }
}

fn body(of: BoardAttempt) -> BoardAttemptBody {
    let attempt = of.attempt;
    BoardAttemptBody {
        id: attempt.id,
        number: of.number,
        started_at: of.started_at,
        deadline_at: attempt.deadline_at,
        paused_at: attempt.paused_at,
        blanked: of.is_blanked,
        break_ends_at: of.break_ends_at,
        submitted_at: attempt.submitted_at,
        answered: of.answered,
        last_saved_at: of.saved_at,
        last_seen_at: of.last_seen_at,
        violations: of.violations,
        confirmed: of.is_confirmed,
    }
}

/// Refuses whose exam it is not.
pub(super) async fn check_is_theirs(
    state: &AppState,
    session: Session,
    exam: ExamId,
) -> Result<(), ApiError> {
    if state.store.is_exam_of(session.into(), exam).await? {
        Ok(())
    } else {
        Err(ApiError::not_found("exam"))
    }
}

/// Who sits an exam, and how far they are
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/board", tag = "Invigilation", operation_id = "board",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "Everybody who may sit it", body = BoardReply))
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<Json<serde_json::Value>, ApiError> {
    check_is_theirs(&state, session, exam).await?;
    let board = state.boards.get(&state, exam, Duration::ZERO).await?;
    Ok(Json(serde_json::json!(*board)))
}
