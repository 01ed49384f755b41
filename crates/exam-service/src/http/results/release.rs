//! `POST /api/v1/exams/{id}/release`: students see their results.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::description::ProblemSchema;
use super::super::error::ApiError;
use super::super::extract::{Body, Id};
use super::super::problems::ProblemType;
use super::super::session::Session;
use super::super::state::AppState;
use super::exam_of;
use super::pages::Pages;
use crate::exam::{ExamId, UserId};
use crate::store::results::{MailText, Release};

#[derive(Deserialize, ToSchema)]
pub(super) struct ReleaseRequest {
    /// Although grades are missing or attempts are open.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ReleaseReply {
    released_at: DateTime<Utc>,
    #[schema(value_type = Uuid)]
    released_by: UserId,
    /// How many answers waited for a grade when it was released.
    waiting: i64,
}

/// Release the results of an exam
///
/// From then on students see what the exam's rules show them, those of grades given later included. It happens once: a
/// repeat answers with the first release.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/release", operation_id = "release_results", tag = "Results", request_body = ReleaseRequest,
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 200, description = "Released, now or before", body = ReleaseReply),
        (status = 409, description = "`grades-missing`: Grades are missing", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Body(request): Body<ReleaseRequest>,
) -> Result<Json<ReleaseReply>, ApiError> {
    let exam = exam_of(&state, session, exam).await?;
    if let Some(release) = exam.release {
        return Ok(Json(reply(&release)));
    }
    let now = state.clock.now();
    let (mut open, mut waiting) = (0_usize, 0_usize);
    let mut pages = Pages::after(&state, &exam, None);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            break;
        }
        for attempt in page {
            if attempt.is_closed(now) {
                waiting += attempt.score(&exam.paper).waiting();
            } else {
                open += 1;
            }
        }
    }
    if (open > 0 || waiting > 0) && !request.force {
        let detail = format!(
            "{waiting} answers wait for a grade and {open} attempts are open. Grade them, or release with 'force'."
        );
        return Err(ApiError::new(ProblemType::GradesMissing, detail)
            .with("waiting", waiting.into())
            .with("open", open.into()));
    }
    let release = Release {
        released_at: now,
        released_by: session.user,
        waiting: i64::try_from(waiting).unwrap_or(i64::MAX),
    };
    let release = state
        .store
        .release_results(exam.id, release, mail(&state))
        .await?;
    tracing::info!(exam = %exam.id, by = %release.released_by, waiting, "results were released");
    Ok(Json(reply(&release)))
}

/// What candidates get by mail, where mail is sent.
fn mail(state: &AppState) -> Option<MailText> {
    let url = state.mail_link.as_deref()?;
    Some((
        "Results: {title}".to_owned(),
        format!(
            "The results of \u{201c}{{title}}\u{201d} are released. Sign in to see yours:\n\n{url}\n"
        ),
    ))
}

fn reply(release: &Release) -> ReleaseReply {
    ReleaseReply {
        released_at: release.released_at,
        released_by: release.released_by,
        waiting: release.waiting,
    }
}
