//! `POST /api/v1/exams/{id}/regrade`: what a corrected key, or a question that was found broken, changes, and the correction
//! itself.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::super::description::ProblemSchema;
use super::super::error::ApiError;
use super::super::extract::{Body, Id};
use super::super::problems::ProblemType;
use super::super::session::Session;
use super::super::state::AppState;
use super::exam_of;
use super::grades::{changed, decimal, has_control_characters};
use super::pages::Pages;
use crate::exam::grading::{
    Regrade, RegradeSummary, Voiding, correct_key, regrade as compare, summarise,
};
use crate::exam::points::to_number;
use crate::exam::{AttemptId, ExamId, Paper, Question, QuestionId, QuestionKind, UserId};
use crate::store::results::{CorrectionRequest, ExamToGrade, KeyCorrection, Versioned};

/// The most changes of one reply; the summary counts all.
const MOST_CHANGES: usize = 10_000;
/// The longest reason, in characters.
const MOST_REASON_CHARACTERS: usize = 1_000;

/// A corrected key, or what becomes of a question that was found broken; what is left out stays as it is now.
#[derive(Deserialize, ToSchema)]
pub(super) struct RegradeRequest {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// The question's kind with the new key, in the form of the paper: the same options, other ones right.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({ "type": "true_false", "correct": false }))]
    kind: Option<Value>,
    /// What a wrong answer takes away from now on, in points; as before if left out.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    penalty: Option<Number>,
    /// How it counts, for everybody who was asked it.
    #[serde(default)]
    counts: Option<Counts>,
    /// Why, for whoever asks later; needed to apply it.
    #[serde(default)]
    reason: String,
    /// The version of the newest correction that is there, 0 for none; needed to apply it.
    #[serde(default)]
    #[schema(minimum = 0)]
    seen_version: i64,
    /// Without it nothing is changed: a dry run.
    #[serde(default)]
    apply: bool,
}

/// How a question counts.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Counts {
    /// As it is answered.
    AsAnswered,
    /// It is broken, and everybody gets its points.
    FullPoints,
    /// It is broken, and is taken out of what could be earned.
    LeftOut,
}

impl From<Counts> for Option<Voiding> {
    fn from(counts: Counts) -> Self {
        match counts {
            Counts::AsAnswered => None,
            Counts::FullPoints => Some(Voiding::FullPoints),
            Counts::LeftOut => Some(Voiding::LeftOut),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct RegradeReply {
    /// Whether the key is the new one from now on.
    is_applied: bool,
    /// To be sent as `seen_version` with the next correction.
    version: i64,
    /// How many get a higher share of what can be earned: a higher sum, where no question is left out.
    raised: usize,
    lowered: usize,
    unchanged: usize,
    /// How many get another grade.
    other_grade: usize,
    /// Attempts that earn something else, before and after; at most 10,000 of them.
    changes: Vec<RegradeLine>,
}

#[derive(Serialize, ToSchema)]
struct RegradeLine {
    #[schema(value_type = Uuid)]
    attempt_id: AttemptId,
    #[schema(value_type = f64)]
    before: Number,
    #[schema(value_type = f64)]
    after: Number,
    /// What could be earned.
    #[schema(value_type = f64)]
    max_before: Number,
    /// What can be earned now: less where a question is left out.
    #[schema(value_type = f64)]
    max_after: Number,
    grade_before: Option<String>,
    grade_after: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionsReply {
    corrections: Vec<CorrectionBody>,
}

/// A key that was put right.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyCorrection)]
struct CorrectionBody {
    version: i64,
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// The question's kind with its key.
    #[schema(value_type = Object)]
    kind: Value,
    /// Of a question that was found broken: `full_points`, or `left_out`.
    #[schema(value_type = Option<String>)]
    voiding: Option<Voiding>,
    reason: String,
    #[schema(value_type = Uuid)]
    corrected_by: UserId,
    corrected_by_name: String,
    corrected_at: DateTime<Utc>,
}

/// Try or apply a corrected key, or void a broken question
///
/// The paper stays as it was asked; the key is kept beside it, with who put it right, when and why. Grades by hand stand, but
/// for a question that was found broken: what `counts` says of it is true for everybody who was asked it, whatever they
/// answered, and statistics leave it out.
/// The same correction sent again by the same person is the same correction.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/regrade", tag = "Results", request_body = RegradeRequest,
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 200, description = "What it changes, or has changed", body = RegradeReply),
        (status = 409, description = "`changed-meanwhile`: Somebody else changed it meanwhile", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`key-refused`: The key does not fit the question", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn regrade(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Body(request): Body<RegradeRequest>,
) -> Result<Json<RegradeReply>, ApiError> {
    let exam = exam_of(&state, session, exam).await?;
    let question = corrected(&exam, &request)?;
    let voiding = request
        .counts
        .map_or(exam.paper.voiding(question.id), Into::into);
    let after = exam.paper.with_corrected([question.clone()]);
    let after = after.with_voided([(question.id, voiding)]);
    let (summary, changes) = changes(&state, &exam, &after).await?;
    let mut version = exam.corrections;
    if request.apply {
        let correction = CorrectionRequest {
            exam: exam.id,
            question,
            voiding,
            reason: reason(&request)?,
            seen_version: request.seen_version,
            by: session.user,
            now: state.clock.now(),
        };
        version = match state.store.correct_key(correction).await? {
            Versioned::Stored(version) => version,
            Versioned::Changed(version) => return Err(changed(version)),
        };
        tracing::info!(exam = %exam.id, question = %request.question_id, version, by = %session.user, "a key was corrected");
    }
    Ok(Json(RegradeReply {
        is_applied: request.apply,
        version,
        raised: summary.raised,
        lowered: summary.lowered,
        unchanged: summary.unchanged,
        other_grade: summary.other_grade,
        changes,
    }))
}

/// The keys that were put right
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/corrections", tag = "Results",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 200, description = "The oldest first; of each question the last one counts", body = CorrectionsReply),
    )
)]
pub(super) async fn corrections(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<Json<CorrectionsReply>, ApiError> {
    let exam = exam_of(&state, session, exam).await?;
    let corrections = state.store.key_corrections(exam.id).await?;
    let body = |each: KeyCorrection| CorrectionBody {
        version: each.version,
        question_id: each.question.id,
        kind: serde_json::json!(each.question.kind),
        voiding: each.voiding,
        reason: each.reason,
        corrected_by: each.corrected_by,
        corrected_by_name: each.corrected_by_name,
        corrected_at: each.corrected_at,
    };
    Ok(Json(CorrectionsReply {
        corrections: corrections.into_iter().map(body).collect(),
    }))
}

/// The question with its new key.
fn corrected(exam: &ExamToGrade, request: &RegradeRequest) -> Result<Question, ApiError> {
    let asked = exam.paper.question(request.question_id);
    let asked = asked.ok_or_else(|| ApiError::not_found("question"))?;
    if request.kind.is_none() && request.penalty.is_none() {
        if request.counts.is_none() {
            return Err(ApiError::invalid_request(
                "Send what changes: 'kind', 'penalty' or 'counts'.",
            ));
        }
        // Its key may be what is broken.
        return Ok(asked.clone());
    }
    let kind: QuestionKind = match &request.kind {
        None => asked.kind.clone(),
        Some(kind) => serde_json::from_value(kind.clone()).map_err(|error| {
            ApiError::invalid_request(format!("'kind' is no question: {error}."))
        })?,
    };
    let penalty = request
        .penalty
        .as_ref()
        .map(|penalty| decimal("penalty", penalty))
        .transpose()?;
    correct_key(asked, kind, penalty)
        .map_err(|refusal| ApiError::new(ProblemType::KeyRefused, format!("{refusal}.")))
}

fn reason(request: &RegradeRequest) -> Result<String, ApiError> {
    let reason = request.reason.trim();
    let is_usable = !reason.is_empty()
        && reason.chars().count() <= MOST_REASON_CHARACTERS
        && !has_control_characters(reason);
    if is_usable {
        return Ok(reason.to_owned());
    }
    Err(ApiError::invalid_request(format!(
        "'reason' says why the key is corrected, in 1 to {MOST_REASON_CHARACTERS} characters."
    )))
}

/// What each attempt that is handed in earns otherwise by the keys of `after`.
async fn changes(
    state: &AppState,
    exam: &ExamToGrade,
    after: &Paper,
) -> Result<(RegradeSummary, Vec<RegradeLine>), ApiError> {
    let now = state.clock.now();
    let (mut summary, mut lines) = (RegradeSummary::default(), Vec::new());
    let mut pages = Pages::after(state, exam, None);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            return Ok((summary, lines));
        }
        let regrades: Vec<(AttemptId, Regrade)> = page
            .iter()
            .filter(|attempt| attempt.is_closed(now))
            .map(|attempt| {
                let (before, after) = (attempt.score(&exam.paper), attempt.score(after));
                (attempt.attempt.id, compare(&before, &after))
            })
            .collect();
        let counted = summarise(regrades.iter().map(|(_, regrade)| regrade));
        summary.raised += counted.raised;
        summary.lowered += counted.lowered;
        summary.unchanged += counted.unchanged;
        summary.other_grade += counted.other_grade;
        let changed = regrades.into_iter().filter(|(_, it)| it.is_change());
        let room = MOST_CHANGES.saturating_sub(lines.len());
        lines.extend(changed.take(room).map(line));
    }
}

fn line((attempt_id, regrade): (AttemptId, Regrade)) -> RegradeLine {
    let (grade_before, grade_after) = match regrade.grade {
        None => (None, None),
        Some(change) => (change.before, change.after),
    };
    RegradeLine {
        attempt_id,
        before: to_number(regrade.before),
        after: to_number(regrade.after),
        max_before: to_number(regrade.max_before),
        max_after: to_number(regrade.max_after),
        grade_before,
        grade_after,
    }
}
