//! `POST /api/v1/exams/{id}/attempts` and `GET /api/v1/attempts/{id}`: start or resume, and look again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::my_exams::state_word;
use super::news::News;
use crate::exam::admission::{Arrival, Obstacle};
use crate::exam::layout::LaidOutQuestion;
use crate::exam::points::to_number;
use crate::exam::question::{ChoiceOption, TextFormat};
use crate::exam::{
    Attempt, AttemptId, DeviceId, ExamId, Layout, Navigation, OptionId, Paper, QuestionId,
    StoredAnswer,
};
use crate::http::arrival::Arrived;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Id, OptionalBody};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{AttemptRecord, StartOutcome, StartRequest};

/// The longest access code that is looked at.
const MAX_CODE_CHARACTERS: usize = 200;

#[derive(Default, Deserialize, ToSchema)]
pub(in crate::http) struct StartBody {
    /// What the invigilators told the room, where the exam asks for it.
    #[schema(max_length = 200)]
    access_code: Option<String>,
    /// A name that the page has chosen for this computer and keeps. The newest computer holds the attempt: saves of
    /// another one are told so.
    #[schema(value_type = Option<Uuid>)]
    device_id: Option<DeviceId>,
    /// Which attempt at the exam is meant, from 1: the one after the latest begins anew. Left out: the latest there is.
    #[schema(minimum = 1)]
    number: Option<u32>,
}

/// An attempt as its student sees it: no keys, options in their order.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(in crate::http) struct AttemptBody {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    #[schema(value_type = Uuid)]
    exam_id: ExamId,
    title: String,
    /// Whether each answer may be checked at once, and nothing counts.
    is_practice: bool,
    /// Which of the student's attempts at this exam it is, from 1.
    number: u32,
    /// `open` or `submitted`.
    #[schema(example = "open")]
    state: &'static str,
    started_at: DateTime<Utc>,
    #[serde(flatten)]
    news: News,
    /// The computer that holds the attempt, by the name that it chose.
    #[schema(value_type = Option<Uuid>)]
    device_id: Option<DeviceId>,
    submitted_at: Option<DateTime<Utc>>,
    /// While it is open: what a page needs to write an emergency answer file when the network does not come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    emergency_keys: Option<EmergencyKeysBody>,
    paper: PaperBody,
    answers: Vec<AnswerBody>,
}

/// Keys for one file of answers, bound to this attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = EmergencyKeys)]
struct EmergencyKeysBody {
    key_id: String,
    /// To whom the file is encrypted: an uncompressed point of P-256, in base64url.
    public_key: String,
    /// What the file is signed with by HMAC-SHA-256, in base64url. A secret of this page.
    signing_key: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Paper)]
pub(in crate::http) struct PaperBody {
    /// Where one may go: `free`, `sections_in_order` (a section that was left is closed) or `questions_in_order`.
    #[schema(value_type = String, example = "free")]
    navigation: Navigation,
    sections: Vec<SectionBody>,
    questions: Vec<QuestionBody>,
}

/// A part of a paper.
#[derive(Serialize, ToSchema)]
#[schema(as = PaperSection)]
struct SectionBody {
    /// May be empty.
    title: String,
    /// To be read before its questions; may be empty.
    instructions: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Question)]
pub(in crate::http) struct QuestionBody {
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
///
/// Sending it again goes on with the same attempt.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/attempts", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = Option<StartBody>,
    responses(
        (status = 201, description = "Started", body = AttemptBody),
        (status = 200, description = "It had been started before", body = AttemptBody),
        (status = 403, description = "`wrong-network`: Not from here\n`wrong-browser`: Not with this browser\n`access-code-required`: The access code is missing\n`access-code-wrong`: Wrong access code", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, description = "`exam-not-open`: The exam is not open\n`no-attempt-left`: There is no such attempt\n`attempt-open`: The attempt before is still open", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn start(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Arrived(arrival): Arrived,
    OptionalBody(body): OptionalBody<StartBody>,
) -> Result<(StatusCode, Json<AttemptBody>), ApiError> {
    if !session.may_sit(exam) {
        return Err(ApiError::not_found("exam"));
    }
    let code = body.access_code.as_deref().unwrap_or_default();
    if code.chars().count() > MAX_CODE_CHARACTERS {
        return Err(ApiError::invalid_request(format!(
            "An access code has at most {MAX_CODE_CHARACTERS} characters."
        )));
    }
    let outcome = state
        .store
        .start_attempt(StartRequest {
            exam,
            user: session.user,
            now: state.clock.now(),
            seed: Uuid::new_v4().into_bytes(),
            number: body.number,
            device: body.device_id,
            arrival: Arrival {
                access_code: body.access_code,
                ..arrival
            },
        })
        .await?;
    match outcome {
        StartOutcome::Started(record) => {
            tracing::info!(attempt = %record.attempt.id, "an attempt was started");
            Ok((StatusCode::CREATED, Json(shown(&state, record).await?)))
        }
        StartOutcome::Resumed(record) => Ok((StatusCode::OK, Json(shown(&state, record).await?))),
        StartOutcome::NotFound => Err(ApiError::not_found("exam")),
        StartOutcome::Refused {
            obstacle,
            starts_at,
            ends_at,
        } => Err(refusal(obstacle, starts_at, ends_at)),
    }
}

/// An attempt with its questions and what was answered
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}", operation_id = "attempt", tag = "Attempts",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "The attempt", body = AttemptBody),
        (status = 403, description = "`wrong-network`: Not from here\n`wrong-browser`: Not with this browser", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
    Arrived(arrival): Arrived,
) -> Result<Json<AttemptBody>, ApiError> {
    let now = state.clock.now();
    let record = own_attempt(&state, session, attempt, now).await?;
    record
        .rules
        .check_place(&arrival)
        .map_err(|obstacle| refusal(obstacle, now, now))?;
    Ok(Json(shown(&state, record).await?))
}

/// The attempt, if it is theirs and the session is good for its exam.
pub(in crate::http) async fn own_attempt(
    state: &AppState,
    session: Session,
    id: AttemptId,
    now: DateTime<Utc>,
) -> Result<AttemptRecord, ApiError> {
    let record = state.store.attempt(id, session.user, now).await?;
    record
        .filter(|record| session.may_sit(record.attempt.exam_id))
        .ok_or_else(|| ApiError::not_found("attempt"))
}

/// What stands in the way, and what to do about it.
fn refusal(obstacle: Obstacle, starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> ApiError {
    // Pages write the times as people where they are do.
    let window = |before: &str| {
        let (from, to) = (starts_at.to_rfc3339(), ends_at.to_rfc3339());
        let detail = format!("{before}It can be started from {from} to {to}.");
        ApiError::new(ProblemType::ExamNotOpen, detail)
            .with("starts_at", from.into())
            .with("ends_at", to.into())
    };
    let (problem, detail) = match obstacle {
        Obstacle::ExamClosed => (
            ProblemType::ExamNotOpen,
            "The exam was closed by those who hold it.".to_owned(),
        ),
        Obstacle::TooEarly => return window(""),
        Obstacle::TooLate => return window("Nobody may start any more. Ask the invigilator. "),
        Obstacle::WrongNetwork => (
            ProblemType::WrongNetwork,
            "This computer is not one on which the exam is sat. Ask the invigilator.".to_owned(),
        ),
        Obstacle::WrongBrowser => (
            ProblemType::WrongBrowser,
            "Open the exam in Safe Exam Browser with the configuration for this exam.".to_owned(),
        ),
        Obstacle::AccessCodeMissing => (
            ProblemType::AccessCodeRequired,
            "Type the access code that the invigilators tell the room.".to_owned(),
        ),
        Obstacle::AccessCodeWrong => (
            ProblemType::AccessCodeWrong,
            "That is not the access code. Type it again; capital letters count.".to_owned(),
        ),
        Obstacle::NoAttemptLeft => (
            ProblemType::NoAttemptLeft,
            "The exam does not allow this attempt, or not yet.".to_owned(),
        ),
        Obstacle::AttemptOpen => (
            ProblemType::AttemptOpen,
            "Hand in the attempt before first; one whose time is over is handed in within a minute."
                .to_owned(),
        ),
    };
    ApiError::new(problem, detail)
}

async fn shown(state: &AppState, record: AttemptRecord) -> Result<AttemptBody, ApiError> {
    let attempt = record.attempt;
    let news = News::with_messages(state, &attempt, &record.standing).await?;
    let now = state.clock.now();
    let word = state_word(&attempt, now);
    let is_open = word == "open";
    Ok(AttemptBody {
        emergency_keys: is_open
            .then(|| emergency_keys(state, &attempt))
            .transpose()?,
        id: attempt.id,
        exam_id: attempt.exam_id,
        title: record.paper.title.clone(),
        is_practice: record.rules.is_practice,
        number: record.number,
        state: word,
        started_at: record.started_at,
        news,
        device_id: record.standing.device,
        // An overdue attempt is closed a little later, as of its deadline.
        submitted_at: (!is_open).then(|| attempt.submission_time(now)),
        paper: PaperBody::of(&record.paper, &record.layout),
        answers: record.answers.iter().map(answer).collect(),
    })
}

fn emergency_keys(state: &AppState, attempt: &Attempt) -> Result<EmergencyKeysBody, ApiError> {
    let keys = &state.emergency_keys;
    let keys = keys.for_page(attempt.exam_id, attempt.id, attempt.owner);
    let keys = keys.map_err(|error| {
        tracing::error!(%error, attempt = %attempt.id, "no keys for emergency files");
        ApiError::internal()
    })?;
    Ok(EmergencyKeysBody {
        key_id: keys.key_id,
        public_key: keys.public_key,
        signing_key: keys.signing_key,
    })
}

impl PaperBody {
    /// What a student with this layout sees.
    pub(in crate::http) fn of(paper: &Paper, layout: &Layout) -> Self {
        let places = layout.questions.iter();
        let sections = paper.sections().iter().map(|section| SectionBody {
            title: section.title.clone(),
            instructions: section.instructions.clone(),
        });
        Self {
            navigation: paper.rules.navigation,
            sections: sections.collect(),
            questions: places.filter_map(|place| question(paper, place)).collect(),
        }
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
