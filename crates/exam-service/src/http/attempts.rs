//! `POST /api/v1/exams/{id}/attempts` and `GET /api/v1/attempts/{id}`: start or resume, and look again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::description::ProblemSchema;
use super::error::ApiError;
use super::extract::Id;
use super::my_exams::state_word;
use super::problems::ProblemType;
use super::session::Session;
use super::state::AppState;
use crate::exam::layout::LaidOutQuestion;
use crate::exam::points::to_number;
use crate::exam::question::{ChoiceOption, TextFormat};
use crate::exam::{AttemptId, ExamId, OptionId, Paper, QuestionId, StoredAnswer, timing};
use crate::store::{AttemptRecord, StartOutcome, StartRequest};

/// An attempt as its student sees it: no keys, options in their order.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(super) struct AttemptBody {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    #[schema(value_type = Uuid)]
    exam_id: ExamId,
    title: String,
    /// `open` or `submitted`.
    #[schema(example = "open")]
    state: &'static str,
    started_at: DateTime<Utc>,
    deadline_at: DateTime<Utc>,
    remaining_ms: i64,
    server_time: DateTime<Utc>,
    submitted_at: Option<DateTime<Utc>>,
    paper: PaperBody,
    answers: Vec<AnswerBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Paper)]
struct PaperBody {
    questions: Vec<QuestionBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Question)]
struct QuestionBody {
    #[schema(value_type = Uuid)]
    id: QuestionId,
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    /// `plain`, `markdown` or `html`.
    #[schema(value_type = String)]
    format: TextFormat,
    #[schema(value_type = f64)]
    points: Number,
    /// Which section it belongs to, counted from 0.
    section: usize,
    options: Vec<OptionBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prompts: Vec<OptionBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_characters: Option<usize>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuestionOption)]
struct OptionBody {
    #[schema(value_type = Uuid)]
    id: OptionId,
    text: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Answer)]
struct AnswerBody {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// As it was saved; `null` when it was cleared.
    response: Value,
    sequence: i64,
    flagged: bool,
    saved_at: DateTime<Utc>,
}

/// Start an exam, or go on with it
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/attempts", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 201, description = "Started", body = AttemptBody),
        (status = 200, description = "It had been started before", body = AttemptBody),
        (status = 409, description = "`exam-not-open`: The exam is not open", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn start(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
) -> Result<(StatusCode, Json<AttemptBody>), ApiError> {
    if !session.may_sit(exam) {
        return Err(ApiError::not_found("exam"));
    }
    let now = state.clock.now();
    let seed = Uuid::new_v4().into_bytes();
    let outcome = state
        .store
        .start_attempt(StartRequest {
            exam,
            user: session.user,
            now,
            seed,
        })
        .await?;
    match outcome {
        StartOutcome::Started(record) => {
            tracing::info!(attempt = %record.attempt.id, "an attempt was started");
            Ok((StatusCode::CREATED, Json(body(record, now))))
        }
        StartOutcome::Resumed(record) => Ok((StatusCode::OK, Json(body(record, now)))),
        StartOutcome::NotFound => Err(ApiError::not_found("exam")),
        StartOutcome::NotOpen { starts_at, ends_at } => Err(ApiError::new(
            ProblemType::ExamNotOpen,
            format!(
                "It can be started from {} to {}.",
                starts_at.to_rfc3339(),
                ends_at.to_rfc3339()
            ),
        )),
    }
}

/// An attempt with its questions and what was answered
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}", operation_id = "attempt", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "The attempt", body = AttemptBody),
    )
)]
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<AttemptBody>, ApiError> {
    let now = state.clock.now();
    let record = state.store.attempt(attempt, session.user, now).await?;
    Ok(Json(body(
        record.ok_or_else(|| ApiError::not_found("attempt"))?,
        now,
    )))
}

fn body(record: AttemptRecord, now: DateTime<Utc>) -> AttemptBody {
    let attempt = record.attempt;
    let state = state_word(&attempt, now);
    AttemptBody {
        id: attempt.id,
        exam_id: attempt.exam_id,
        title: record.paper.title.clone(),
        state,
        started_at: record.started_at,
        deadline_at: attempt.deadline_at,
        remaining_ms: if state == "open" {
            timing::remaining_ms(now, attempt.deadline_at)
        } else {
            0
        },
        server_time: now,
        // An overdue attempt is closed a little later, as of its deadline.
        submitted_at: (state != "open").then(|| attempt.submission_time(now)),
        paper: PaperBody {
            questions: record
                .layout
                .questions
                .iter()
                .filter_map(|place| question(&record.paper, place))
                .collect(),
        },
        answers: record.answers.iter().map(answer).collect(),
    }
}

fn question(paper: &Paper, place: &LaidOutQuestion) -> Option<QuestionBody> {
    let question = paper.question(place.question_id)?;
    let shown = question.show(&place.options);
    let body = |options: Vec<ChoiceOption>| {
        let options = options.into_iter().map(|option| OptionBody {
            id: option.id,
            text: option.text,
        });
        options.collect()
    };
    Some(QuestionBody {
        id: question.id,
        kind: question.kind.as_str(),
        text: question.text.clone(),
        format: question.format,
        points: to_number(question.points),
        section: place.section,
        options: body(shown.options),
        prompts: body(shown.prompts),
        units: shown.units,
        maximum_characters: shown.maximum_characters,
    })
}

fn answer(answer: &StoredAnswer) -> AnswerBody {
    AnswerBody {
        question_id: answer.question_id,
        response: answer.response.to_json(),
        sequence: answer.sequence.get(),
        flagged: answer.flagged,
        saved_at: answer.saved_at,
    }
}
