//! `/api/v1/questions/{id}`: one question, its versions, and how it looks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::{FaultBody, PAGES, QuestionReply, faults_of, parse_question};
use crate::exam::paper::PaperHeader;
use crate::exam::{CategoryId, ExamId, Layout, Paper, Question, QuestionId, UserId};
use crate::http::attempts::PaperBody;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{QuestionChange, QuestionVersion};

#[derive(Deserialize, ToSchema)]
pub(super) struct CheckedQuestion {
    /// The question with its key.
    #[schema(value_type = Object)]
    question: Value,
}

#[derive(Serialize, ToSchema)]
pub(super) struct FaultsReply {
    faults: Vec<FaultBody>,
}

/// Check a question without keeping it
#[utoipa::path(
    post, path = "/api/v1/questions/check", operation_id = "check_question", tag = "Question bank",
    request_body = CheckedQuestion,
    responses(
        (status = 200, description = "What is wrong with it; errors keep it from being asked", body = FaultsReply),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check(
    Body(body): Body<CheckedQuestion>,
) -> Result<Json<FaultsReply>, ApiError> {
    let question = parse_question(body.question, None)?;
    let faults = faults_of(&question);
    Ok(Json(FaultsReply { faults }))
}

/// A question with its key
#[utoipa::path(
    get, path = "/api/v1/questions/{id}", operation_id = "question", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which question")),
    responses((status = 200, description = "Its newest version", body = QuestionReply))
)]
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<QuestionId>,
) -> Result<Json<QuestionReply>, ApiError> {
    let found = state.store.question(session.into(), id).await?;
    Ok(Json(found.or_refuse("question")?.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ChangedQuestion {
    /// The version that was changed.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    version: i64,
    /// All of the question with its key; its `id` stays.
    #[schema(value_type = Object)]
    question: Value,
    /// Where it is sorted in; left out: nowhere.
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<CategoryId>,
}

/// Make the next version of a question
///
/// Exams that were published keep the version that they had. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}", operation_id = "change_question", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which question")),
    request_body = ChangedQuestion,
    responses(
        (status = 200, description = "Its newest version", body = QuestionReply),
        (status = 409, description = "`version-conflict`: Somebody else has changed it\n`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<QuestionId>,
    Body(body): Body<ChangedQuestion>,
) -> Result<Json<QuestionReply>, ApiError> {
    let change = QuestionChange {
        version: body.version,
        question: parse_question(body.question, Some(id))?,
        category: body.category_id,
        now: state.clock.now(),
    };
    let changed = state.store.change_question(session.into(), &change).await?;
    Ok(Json(changed.or_refuse("question")?.into()))
}

/// Which versions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WantedVersions {
    /// How many at most; 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Those before this version.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    before: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct VersionsReply {
    versions: Vec<VersionBody>,
}

#[derive(Serialize, ToSchema)]
struct VersionBody {
    version: i64,
    #[schema(value_type = Uuid)]
    changed_by: UserId,
    changed_at: DateTime<Utc>,
    #[schema(value_type = Object)]
    question: Question,
}

/// What a question said before
#[utoipa::path(
    get, path = "/api/v1/questions/{id}/versions", operation_id = "question_versions", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which question"), WantedVersions),
    responses((status = 200, description = "Its versions, the newest first", body = VersionsReply))
)]
pub(super) async fn versions(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<QuestionId>,
    Parameters(wanted): Parameters<WantedVersions>,
) -> Result<Json<VersionsReply>, ApiError> {
    let limit = PAGES.limit(wanted.limit)?;
    let before = wanted.before.unwrap_or(i64::MAX);
    if before < 1 {
        return Err(ApiError::invalid_request(
            "before is less than 1: versions are counted from 1.",
        ));
    }
    let found = state
        .store
        .question_versions(session.into(), id, before, limit)
        .await?;
    let body = |version: QuestionVersion| VersionBody {
        version: version.version,
        changed_by: version.changed_by,
        changed_at: version.changed_at,
        question: version.question,
    };
    let versions = found.or_refuse("question")?.into_iter().map(body).collect();
    Ok(Json(VersionsReply { versions }))
}

/// Which of the possible orders.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Seed {
    /// Any text; the same text gives the same order.
    seed: Option<String>,
}

impl Seed {
    /// What a layout is made of.
    pub(in crate::http) fn bytes(&self) -> [u8; 16] {
        let hash: [u8; 32] = Sha256::digest(self.seed.as_deref().unwrap_or_default()).into();
        let mut seed = [0; 16];
        seed.copy_from_slice(&hash[..16]);
        seed
    }
}

/// A question as students see it
#[utoipa::path(
    get, path = "/api/v1/questions/{id}/preview", operation_id = "preview_question", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which question"), Seed),
    responses((status = 200, description = "The question without its key", body = PaperBody))
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<QuestionId>,
    Parameters(seed): Parameters<Seed>,
) -> Result<Json<PaperBody>, ApiError> {
    let found = state.store.question(session.into(), id).await?;
    let question = found.or_refuse("question")?.question;
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: String::new(),
        duration: TimeDelta::zero(),
    };
    let paper = Paper::new(header, vec![question]);
    let layout = Layout::shuffled(&paper, seed.bytes()).map_err(|error| {
        tracing::error!(%error, "a paper of one question cannot be laid out");
        ApiError::internal()
    })?;
    Ok(Json(PaperBody::of(&paper, &layout)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Archiving {
    /// Whether it is to be out of use.
    archived: bool,
}

/// Take a question out of use, or back into it
///
/// New exams do not ask it; those that were published go on. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}/archived", operation_id = "archive_question", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which question")),
    request_body = Archiving,
    responses((status = 204, description = "It is so"))
)]
pub(super) async fn archive(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<QuestionId>,
    Body(body): Body<Archiving>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let done = state
        .store
        .archive_question(session.into(), id, body.archived, now)
        .await?;
    done.or_refuse("question")?;
    Ok(StatusCode::NO_CONTENT)
}
