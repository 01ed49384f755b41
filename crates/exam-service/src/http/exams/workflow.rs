//! `/api/v1/exams/{id}/check`, `/state`, `/approval` and `/preview`: from draft to published.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{ExamReply, FindingsReply};
use crate::exam::review::{Finding, can_be_published};
use crate::exam::{ExamId, ExamState, Layout};
use crate::http::attempts::PaperBody;
use crate::http::bank::question::Seed;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::exam_office::StepOutcome;

/// Look for mistakes in an exam
///
/// As it would be published now from what the bank has. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/check", operation_id = "check_exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "What was found", body = FindingsReply))
)]
pub(super) async fn check(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
) -> Result<Json<FindingsReply>, ApiError> {
    let found = state.store.paper(session.into(), id).await?;
    let findings = found.or_refuse("exam")?.findings;
    Ok(Json(FindingsReply {
        can_be_published: can_be_published(&findings),
        findings,
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct StateBody {
    /// `draft`, `review`, `published` or `closed`.
    #[schema(value_type = String, pattern = "^(draft|review|published|closed)$", example = "review")]
    state: ExamState,
}

/// Take an exam to another state
///
/// From `draft` to `review` and back, from `review` to `published`, from there to `closed` and back. Publishing fixes what
/// the bank has now for good; it is refused while there are errors. Whoever publishes somebody else's exam is recorded
/// as its reviewer. A repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/state", operation_id = "set_exam_state", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = StateBody,
    responses(
        (status = 200, description = "The exam", body = ExamReply),
        (status = 409, description = "`version-conflict`: Somebody else has changed it\n`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`has-errors`: The exam has errors", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_state(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<StateBody>,
) -> Result<Json<ExamReply>, ApiError> {
    let now = state.clock.now();
    let taken = state
        .store
        .set_exam_state(session.into(), id, body.state, now)
        .await?;
    match taken.or_refuse("exam")? {
        StepOutcome::Taken(exam) => Ok(Json((*exam).into())),
        StepOutcome::HasErrors(findings) => Err(has_errors(&findings)),
    }
}

fn has_errors(findings: &[Finding]) -> ApiError {
    let first = findings
        .first()
        .map(|finding| format!(" The first: {finding}."));
    ApiError::new(
        ProblemType::HasErrors,
        format!(
            "The exam cannot be published like this. Findings: {}.{}",
            findings.len(),
            first.unwrap_or_default()
        ),
    )
    .with("findings", json!(findings))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ApprovalBody {
    /// What was looked at.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    revision: i64,
}

/// Approve an exam that somebody else made
///
/// While it is in review. Going back to draft takes the approval away. A repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/approval", operation_id = "approve_exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = ApprovalBody,
    responses(
        (status = 200, description = "The exam", body = ExamReply),
        (status = 409, description = "`version-conflict`: Somebody else has changed it\n`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn approve(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<ApprovalBody>,
) -> Result<Json<ExamReply>, ApiError> {
    let now = state.clock.now();
    let approved = state
        .store
        .approve_exam(session.into(), id, body.revision, now)
        .await?;
    Ok(Json(approved.or_refuse("exam")?.into()))
}

/// An exam as one student could see it: no keys.
#[derive(Serialize, ToSchema)]
pub(super) struct PreviewReply {
    title: String,
    sections: Vec<SectionBody>,
    paper: PaperBody,
}

#[derive(Serialize, ToSchema)]
struct SectionBody {
    title: String,
    instructions: String,
}

/// An exam as a student sees it
///
/// Each seed is one possible student.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/preview", operation_id = "preview_exam", tag = "Writing exams",
    params(("id" = Uuid, Path, description = "Which exam"), Seed),
    responses(
        (status = 200, description = "The paper without its keys", body = PreviewReply),
        (status = 422, description = "`has-errors`: The exam has errors", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Parameters(seed): Parameters<Seed>,
) -> Result<Json<PreviewReply>, ApiError> {
    let found = state.store.paper(session.into(), id).await?;
    let frozen = found.or_refuse("exam")?;
    let paper = frozen.paper;
    let layout =
        Layout::shuffled(&paper, seed.bytes()).map_err(|_| has_errors(&frozen.findings))?;
    let sections = paper.sections().iter().map(|section| SectionBody {
        title: section.title.clone(),
        instructions: section.instructions.clone(),
    });
    Ok(Json(PreviewReply {
        title: paper.title.clone(),
        sections: sections.collect(),
        paper: PaperBody::of(&paper, &layout),
    }))
}
