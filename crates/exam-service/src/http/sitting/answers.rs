//! `PUT /api/v1/attempts/{id}/answers`: the auto-save. A 200 means every answer in it is on the disk.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::news::News;
use crate::exam::event::Report;
use crate::exam::{
    Answer, AttemptId, DeviceId, QuestionId, Refusal, RefusalReason, Response, Sequence,
};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{RefusedAnswer, SaveOutcome, SaveRequest};

/// The most answers one request may carry.
const MAX_ANSWERS: usize = 100;

#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct SaveBody {
    /// At most 100.
    #[schema(min_items = 1, max_items = 100)]
    answers: Vec<AnswerInput>,
    /// The name of this computer, as at the start of the exam.
    #[schema(value_type = Option<Uuid>)]
    device_id: Option<DeviceId>,
    /// Up to which `revision` the page has shown what staff changed.
    seen_revision: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
struct AnswerInput {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// What fits the question: `{"selected": [option ids]}`, `{"value": true}`, or `null` to clear the answer.
    #[serde(deserialize_with = "present")]
    response: Value,
    /// Higher than that of any earlier save of this answer; the same again is harmless. Written without a fraction, not
    /// even `.0`: it has to be exact.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    sequence: i64,
    /// Whether the student wants to look at it again; left as it is when absent.
    flagged: Option<bool>,
}

/// `null` is a response (cleared); leaving the member out is a mistake. serde takes both for `Value` unless told.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Value::deserialize(deserializer)
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SavedReply {
    saved: Vec<SavedAnswer>,
    #[serde(flatten)]
    news: News,
}

#[derive(Serialize, ToSchema)]
struct SavedAnswer {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    sequence: i64,
}

/// Save answers
///
/// A 200 means that every answer in it is on the disk.
#[utoipa::path(
    put, path = "/api/v1/attempts/{id}/answers", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    request_body = SaveBody,
    responses(
        (status = 200, description = "Every answer is on the disk", body = SavedReply),
        (status = 409, description = "`attempt-closed`: The attempt is closed\n`stale-answer`: A newer answer is stored\n`question-closed`: The question is closed\n`attempt-elsewhere`: The attempt goes on on another computer", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-answer`: An answer does not fit its question", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn save(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
    headers: HeaderMap,
    Body(body): Body<SaveBody>,
) -> Result<Json<SavedReply>, ApiError> {
    let received_at = state.clock.now();
    let (device, seen_revision) = (body.device_id, body.seen_revision);
    let (answers, mut refused) = parse_answers(body)?;
    let request = SaveRequest {
        device,
        report: seen_revision.map(|_| Report {
            seen_revision,
            events: Vec::new(),
        }),
        only_of: session.exam,
        ..SaveRequest::new(attempt, session.user, answers, received_at)
    };
    let outcome = state.saves.save(request, body_bytes(&headers)).await?;
    let (attempt, standing, saved, refused_by_rule) = match outcome {
        SaveOutcome::NotFound => return Err(ApiError::not_found("attempt")),
        SaveOutcome::Damaged => return Err(ApiError::internal()),
        SaveOutcome::Decided {
            attempt,
            standing,
            saved,
            refused,
        } => (attempt, standing, saved, refused),
    };
    refused.extend(refused_by_rule);
    let saved = saved
        .into_iter()
        .map(|(question_id, sequence)| SavedAnswer {
            question_id,
            sequence: sequence.get(),
        })
        .collect();
    let reply = SavedReply {
        saved,
        news: News::of(&state, &attempt, &standing).await?,
    };
    let is_elsewhere = standing.is_elsewhere(device);
    if refused.is_empty() && !is_elsewhere {
        return Ok(Json(reply));
    }
    for answer in &refused {
        state.metrics.count_refused_save(answer.refusal.reason);
    }
    Err(refusal(&reply, &refused, is_elsewhere))
}

/// How long the body is; one that comes in pieces of an unknown number counts as the longest there is.
fn body_bytes(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(super::SAVE_LIMIT)
}

/// The answers that are well formed, and refusals for those that are not.
fn parse_answers(body: SaveBody) -> Result<(Vec<Answer>, Vec<RefusedAnswer>), ApiError> {
    if body.answers.is_empty() || body.answers.len() > MAX_ANSWERS {
        return Err(ApiError::invalid_request(format!(
            "'answers' has from 1 to {MAX_ANSWERS} entries."
        )));
    }
    let (mut answers, mut refused) = (Vec::with_capacity(body.answers.len()), Vec::new());
    for input in body.answers {
        let question_id = input.question_id;
        let sequence = Sequence::new(input.sequence).ok_or_else(|| {
            ApiError::invalid_request(format!(
                "'sequence' is a whole number from 1 to {}.",
                Sequence::MAX
            ))
        })?;
        match Response::parse(&input.response) {
            Ok(response) => answers.push(Answer {
                question_id,
                response,
                sequence,
                flagged: input.flagged,
            }),
            Err(why) => {
                let refusal = Refusal {
                    reason: RefusalReason::InvalidAnswer(why),
                    current: None,
                };
                refused.push(RefusedAnswer {
                    question_id,
                    sequence,
                    refusal,
                });
            }
        }
    }
    Ok((answers, refused))
}

/// The problem that says what was saved all the same, what was not, why, and what is stored instead.
fn refusal(reply: &SavedReply, refused: &[RefusedAnswer], is_elsewhere: bool) -> ApiError {
    let has = |wanted: RefusalReason| {
        let mut reasons = refused.iter().map(|answer| answer.refusal.reason);
        reasons.any(|reason| reason == wanted)
    };
    let (problem, detail) = if has(RefusalReason::AttemptClosed) {
        (
            ProblemType::AttemptClosed,
            "It was handed in or its time is over: answers are no longer taken.",
        )
    } else if is_elsewhere {
        (
            ProblemType::AttemptElsewhere,
            "The exam was opened on another computer and goes on there. To go on here, start it here again.",
        )
    } else if has(RefusalReason::StaleAnswer) {
        (
            ProblemType::StaleAnswer,
            "At least one answer is older than what is stored, perhaps from another tab or computer.",
        )
    } else if has(RefusalReason::QuestionClosed) {
        (
            ProblemType::QuestionClosed,
            "At least one question was left behind: the exam goes forward only.",
        )
    } else {
        (
            ProblemType::InvalidAnswer,
            "At least one answer cannot be an answer to its question.",
        )
    };
    let mut error =
        ApiError::new(problem, detail).with("refused", refused.iter().map(refused_body).collect());
    if let Value::Object(members) = json!(reply) {
        for (name, value) in members {
            error = error.with(&name, value);
        }
    }
    error
}

fn refused_body(answer: &RefusedAnswer) -> Value {
    let current = answer.refusal.current.as_ref().map(|stored| {
        json!({
            "sequence": stored.sequence.get(),
            "response": stored.response.to_json(),
            "flagged": stored.flagged,
        })
    });
    let mut body = json!({
        "question_id": answer.question_id,
        "sequence": answer.sequence.get(),
        "reason": answer.refusal.reason.as_str(),
        "current": current,
    });
    if let (RefusalReason::InvalidAnswer(why), Some(fields)) =
        (answer.refusal.reason, body.as_object_mut())
    {
        fields.insert("detail".to_owned(), json!(why));
    }
    body
}
