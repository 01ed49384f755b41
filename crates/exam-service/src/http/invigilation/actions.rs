//! `POST /api/v1/exams/{id}/actions`: what an invigilator does to those who sit an exam.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::check_is_theirs;
use super::idempotency::{key, key_used_before, request_hash};
use crate::exam::invigilation::Measure;
use crate::exam::{AttemptId, ExamId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::sitting::{ActionOutcome, ActionRequest, Target};

/// The most attempts that are named one by one.
const MOST_ATTEMPTS: usize = 500;
/// The longest message, reason and beginning of a seat, in characters.
const MESSAGE_LIMIT: usize = 2000;
pub(super) const REASON_LIMIT: usize = 500;
pub(super) const ROOM_LIMIT: usize = 100;
/// The longest credit in one action, in seconds: a day.
const MOST_SECONDS: u32 = 86_400;

#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct ActionBody {
    action: ActionWord,
    target: TargetBody,
    /// For `credit_time`, from 1: how much; for `reopen`: how much beside the time since it was handed in. At most a day.
    #[schema(maximum = 86400)]
    seconds: Option<u32>,
    /// For `take_back_time`: the line of the log by which the time was given, as `credit_time` answered it.
    // A key from before it was there still means the same request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    audit_number: Option<i64>,
    /// What the students are told; `message` needs one, the others may have one.
    #[schema(max_length = 2000)]
    message: Option<String>,
    /// Why, for the log.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// What is done.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActionWord {
    /// More time.
    CreditTime,
    /// A credit was a mistake: those of the target who got it lose it again, once, unless less than a minute would be left
    /// to them.
    TakeBackTime,
    /// The clock stands still until `resume`.
    Pause,
    /// As `pause`, and pages save at once and hide what they show.
    FireExit,
    /// The clock runs on; the pause is given back.
    Resume,
    /// Handed in now.
    ForceSubmit,
    /// Taken back to the student, with the time since it was handed in.
    Reopen,
    /// Only something said.
    Message,
}

/// To whom: exactly one of these. Always the latest attempt of each student.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TargetBody {
    /// Everybody who sits the exam.
    All(bool),
    /// At most 500, by their ids.
    #[schema(value_type = Vec<Uuid>)]
    Attempts(Vec<AttemptId>),
    /// Who sits in the room of this name in the seat plan; where the plan has none, whose seat begins like this.
    Room(String),
    /// Who is in this group.
    Group(Uuid),
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ActionReply {
    /// The line of the log of staff actions.
    audit_number: i64,
    done_at: DateTime<Utc>,
    /// How many attempts were meant.
    targeted: usize,
    /// For how many of them it changed something: who is not in the state for it is left alone.
    changed: usize,
}

/// Act on those who sit an exam
///
/// Each action is done completely or not at all, and written to the log. Needs a header `Idempotency-Key`: the same
/// request with the same key is done once, and answered the same each time.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/actions", tag = "Invigilation",
    params(
        ("id" = Uuid, Path, description = "Which exam"),
        ("Idempotency-Key" = String, Header, description = "A name for this request, from 1 to 100 printable characters"),
    ),
    request_body = ActionBody,
    responses(
        (status = 200, description = "Done", body = ActionReply),
        (status = 409, description = "`key-used-before`: The Idempotency-Key was used for something else", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn act(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    headers: HeaderMap,
    Body(body): Body<ActionBody>,
) -> Result<Json<ActionReply>, ApiError> {
    let request_hash = request_hash(&(exam, &body));
    let (measure, message) = deed(&state, session, exam, &body).await?;
    let request = ActionRequest {
        staff: session.into(),
        exam,
        key: key(&headers)?,
        request_hash,
        measure,
        message,
        target: target(body.target)?,
        reason: bounded("reason", body.reason, REASON_LIMIT)?,
        now: state.clock.now(),
    };
    match state.store.act(&request).await? {
        ActionOutcome::NotFound => Err(ApiError::not_found("exam")),
        ActionOutcome::KeyUsedBefore => Err(key_used_before()),
        ActionOutcome::Done(receipt) => {
            let word = measure.map_or("message", Measure::as_str);
            tracing::info!(%exam, action = word, changed = receipt.changed, "staff acted on attempts");
            Ok(Json(ActionReply {
                audit_number: receipt.number,
                done_at: receipt.at,
                targeted: receipt.targeted,
                changed: receipt.changed,
            }))
        }
    }
}

/// What is to be done and said.
async fn deed(
    state: &AppState,
    session: Session,
    exam: ExamId,
    body: &ActionBody,
) -> Result<(Option<Measure>, Option<String>), ApiError> {
    let message = bounded("message", body.message.clone(), MESSAGE_LIMIT)?;
    let seconds = body.seconds.unwrap_or(0);
    if seconds > MOST_SECONDS {
        return Err(ApiError::invalid_request(format!(
            "'seconds' is at most {MOST_SECONDS}: a day."
        )));
    }
    let measure = match body.action {
        ActionWord::CreditTime if seconds == 0 => {
            return Err(ApiError::invalid_request(
                "'credit_time' needs 'seconds', at least 1.",
            ));
        }
        ActionWord::Message if message.is_none() => {
            return Err(ApiError::invalid_request("'message' needs a text."));
        }
        ActionWord::CreditTime => Some(Measure::CreditTime(seconds)),
        ActionWord::TakeBackTime => {
            Some(taken_back(state, session, exam, body.audit_number).await?)
        }
        ActionWord::Pause => Some(Measure::Pause),
        ActionWord::FireExit => Some(Measure::FireExit),
        ActionWord::Resume => Some(Measure::Resume),
        ActionWord::ForceSubmit => Some(Measure::ForceSubmit),
        ActionWord::Reopen => Some(Measure::Reopen(seconds)),
        ActionWord::Message => None,
    };
    Ok((measure, message))
}

/// Which credit is meant.
async fn taken_back(
    state: &AppState,
    session: Session,
    exam: ExamId,
    line: Option<i64>,
) -> Result<Measure, ApiError> {
    check_is_theirs(state, session, exam).await?;
    let line = line.unwrap_or_default();
    let credit = state.store.time_credit(exam, line).await?;
    let credit = credit.ok_or_else(|| {
        ApiError::invalid_request(
            "'take_back_time' needs the 'audit_number' of a 'credit_time' of this exam.",
        )
    })?;
    Ok(Measure::TakeBackTime { credit, line })
}

fn target(body: TargetBody) -> Result<Target, ApiError> {
    let target = match body {
        TargetBody::All(true) => Target::All,
        TargetBody::Attempts(attempts) if (1..=MOST_ATTEMPTS).contains(&attempts.len()) => {
            Target::Attempts(attempts)
        }
        TargetBody::Group(group) => Target::Group(group.to_string()),
        TargetBody::Room(room) => {
            let room = bounded("room", Some(room), ROOM_LIMIT)?;
            let named = room.ok_or_else(|| {
                ApiError::invalid_request("'room' is how the seats of the room begin.")
            })?;
            Target::Room(named)
        }
        TargetBody::All(false) | TargetBody::Attempts(_) => {
            return Err(ApiError::invalid_request(format!(
                "'target' is {{\"all\": true}}, {{\"attempts\": [..]}} with from 1 to {MOST_ATTEMPTS} ids, {{\"room\": \"..\"}} or {{\"group\": \"..\"}}."
            )));
        }
    };
    Ok(target)
}

/// A text that is not too long; nothing when it is empty.
pub(super) fn bounded(
    what: &str,
    text: Option<String>,
    limit: usize,
) -> Result<Option<String>, ApiError> {
    let text = text.filter(|text| !text.trim().is_empty());
    match text {
        Some(text) if text.chars().count() > limit || text.contains('\0') => {
            Err(ApiError::invalid_request(format!(
                "'{what}' has at most {limit} characters, none of them a null character."
            )))
        }
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_hashed_as_before_there_were_lines_to_take_back() {
        let said = json!({
            "action": "pause", "target": { "all": true }, "seconds": null, "message": null, "reason": null
        });
        let body: ActionBody = serde_json::from_value(said.clone()).unwrap();
        assert_eq!(json!(body), said);
        let taken_back =
            json!({ "action": "take_back_time", "target": { "all": true }, "audit_number": 7 });
        let body: ActionBody = serde_json::from_value(taken_back).unwrap();
        assert_eq!(json!(body)["audit_number"], 7);
    }
}
