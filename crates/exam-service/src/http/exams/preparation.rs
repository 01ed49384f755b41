//! `/api/v1/exams/{id}/preparation`: attempts that are laid out before the exam begins.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::exam::{ExamId, ExamState, UserId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::Id;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::preparation::{Preparation, Prepared};

/// How many are prepared by one request: a transaction each.
const AT_ONCE: i64 = 200;
/// The most requests' worth of candidates without an attempt that can fail before others are reached.
const MOST_PAGES: usize = 50;

/// How far the preparation of an exam is. Students see nothing of it.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PreparationReply {
    candidates: i64,
    /// Candidates who have an attempt.
    started: i64,
    /// Candidates who have none and find one prepared.
    prepared: i64,
    /// Candidates who have neither. Until it is nothing, send the request again; it is no hindrance to starting.
    unprepared: i64,
    /// For whom nothing could be prepared by this request, and who could not start either; at most a hundred are named.
    failed: Vec<FailedBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UnpreparedCandidate)]
struct FailedBody {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// What is wrong with the paper, and what to do.
    detail: String,
}

/// The most that are named.
const MOST_NAMED: usize = 100;

/// How far attempts are prepared
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/preparation", operation_id = "preparation", tag = "Invigilation",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "How many candidates find an attempt prepared", body = PreparationReply))
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<Json<PreparationReply>, ApiError> {
    let preparation = theirs(&state, session, exam).await?;
    Ok(Json(reply(&preparation, &Prepared::default())))
}

/// Prepare attempts
///
/// For up to 200 candidates of a published exam who have none: which questions each is asked in which order, counted and
/// kept, so that the start only puts it into effect. The service does so by itself from half an hour before the exam
/// begins. When and for how long it is sat still follows from the rules at the start. A repeat goes on with those
/// who are left; whoever is prepared stays so until they start or are no candidate any more, or the exam is closed.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/preparation", operation_id = "prepare_attempts", tag = "Invigilation",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 200, description = "What was prepared, and how many are left", body = PreparationReply),
        (status = 409, description = "`not-possible`: The exam is not published, or over", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn prepare(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<Json<PreparationReply>, ApiError> {
    let before = theirs(&state, session, exam).await?;
    let now = state.clock.now();
    if before.state != ExamState::Published || before.ends_at <= now {
        return Err(ApiError::new(
            ProblemType::NotPossible,
            "Attempts are prepared for an exam that is published and not over. Publish it, or move its window.",
        ));
    }
    let mut done = Prepared::default();
    // Goes past those for whom nothing can be prepared.
    for _ in 0..MOST_PAGES {
        let page = state.store.prepare(exam, done.next, AT_ONCE, now).await?;
        done.prepared += page.prepared;
        done.failed.extend(page.failed);
        done.next = page.next;
        if done.prepared > 0 || done.next.is_none() {
            break;
        }
    }
    tracing::info!(%exam, attempts = done.prepared, failed = done.failed.len(), "staff had attempts prepared");
    let after = theirs(&state, session, exam).await?;
    Ok(Json(reply(&after, &done)))
}

async fn theirs(state: &AppState, session: Session, exam: ExamId) -> Result<Preparation, ApiError> {
    let not_found = || ApiError::not_found("exam");
    if !state.store.is_exam_of(session.into(), exam).await? {
        return Err(not_found());
    }
    state.store.preparation(exam).await?.ok_or_else(not_found)
}

fn reply(preparation: &Preparation, done: &Prepared) -> PreparationReply {
    let named = done.failed.iter().take(MOST_NAMED);
    PreparationReply {
        candidates: preparation.candidates,
        started: preparation.started,
        prepared: preparation.prepared,
        unprepared: preparation.candidates - preparation.started - preparation.prepared,
        failed: named
            .map(|each| FailedBody {
                user_id: each.user,
                detail: each.why.to_string(),
            })
            .collect(),
    }
}
