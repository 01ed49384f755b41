//! `GET /api/v1/my/attempts`: everything that a student has sat, each time, with what may be shown of its result.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::my_exams::state_word;
use super::result::{Marking, is_shown, score};
use crate::exam::grading::Score;
use crate::exam::points::to_number;
use crate::exam::{AttemptId, ExamId, Phase};
use crate::http::error::ApiError;
use crate::http::extract::Parameters;
use crate::http::page::{ListPart, next};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::OwnAttempt;
use crate::store::results::ExamToGrade;

/// Few, because each is graded anew when it is shown.
type Wanted = ListPart<20, 50>;

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct OwnAttemptsReply {
    /// The one that was started last first.
    attempts: Vec<OwnAttemptBody>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// An attempt of one's own.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnAttempt)]
struct OwnAttemptBody {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    #[schema(value_type = Uuid)]
    exam_id: ExamId,
    title: String,
    /// Whether nothing of it counts.
    is_practice: bool,
    /// Which of the own attempts at this exam it is, from 1.
    number: u32,
    /// `open` or `submitted`.
    #[schema(example = "submitted")]
    state: &'static str,
    started_at: DateTime<Utc>,
    submitted_at: Option<DateTime<Utc>>,
    /// How many questions have an answer.
    answered: i64,
    question_count: i64,
    /// Null while the attempt is open, and before results are shown.
    result: Option<OwnResultBody>,
}

/// What may be shown of a result.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnResult)]
struct OwnResultBody {
    #[schema(value_type = f64)]
    score: Number,
    #[schema(value_type = f64)]
    max_score: Number,
    /// False while answers wait for a person to grade them.
    is_final: bool,
    grade: Option<String>,
}

/// Everything that one has sat
///
/// Each attempt, also the earlier ones of an exam that may be sat several times, and practice.
#[utoipa::path(
    get, path = "/api/v1/my/attempts", operation_id = "my_attempts", tag = "Exams",
    params(Wanted),
    responses((status = 200, description = "A part of the list", body = OwnAttemptsReply))
)]
pub(in crate::http) async fn my_attempts(
    State(state): State<AppState>,
    session: Session,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<OwnAttemptsReply>, ApiError> {
    let page = wanted.page()?;
    let found = state.store.attempts_of(session.user, &page).await?;
    let next = next(&found, page.limit, |one| one.attempt.id.to_string());
    let mut attempts = Vec::with_capacity(found.len());
    let mut exams = MarkedExams::new();
    for one in found {
        if session.may_sit(one.attempt.exam_id) {
            attempts.push(body(&state, &mut exams, one).await?);
        }
    }
    Ok(Json(OwnAttemptsReply { attempts, next }))
}

/// Exams that were looked up, by their ids: many attempts are at the same one.
type MarkedExams = BTreeMap<ExamId, ExamToGrade>;

async fn body(
    state: &AppState,
    exams: &mut MarkedExams,
    one: OwnAttempt,
) -> Result<OwnAttemptBody, ApiError> {
    let now = state.clock.now();
    let result = match one.attempt.phase(now) {
        Phase::Submitted => result(state, exams, &one).await?,
        Phase::Open | Phase::Overdue => None,
    };
    let word = state_word(&one.attempt, now);
    let is_open = word == "open";
    Ok(OwnAttemptBody {
        id: one.attempt.id,
        exam_id: one.attempt.exam_id,
        title: one.title,
        is_practice: one.rules.is_practice,
        number: one.number,
        state: word,
        started_at: one.started_at,
        submitted_at: (!is_open).then(|| one.attempt.submission_time(now)),
        answered: one.answered,
        question_count: one.question_count,
        result: result.map(|score| OwnResultBody {
            score: to_number(score.score),
            max_score: to_number(score.max_score),
            is_final: score.is_final(),
            grade: score.grade,
        }),
    })
}

/// The score, if its student may see it.
async fn result(
    state: &AppState,
    exams: &mut MarkedExams,
    one: &OwnAttempt,
) -> Result<Option<Score>, ApiError> {
    let id = one.attempt.id;
    let exam: &ExamToGrade = match exams.entry(one.attempt.exam_id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => {
            let exam = state.store.marked_exam(one.attempt.exam_id).await?;
            unknown.insert(exam)
        }
    };
    if !is_shown(exam) {
        return Ok(None);
    }
    let now = state.clock.now();
    let Some(record) = state.store.attempt(id, one.attempt.owner, now).await? else {
        return Ok(None);
    };
    let marking = Marking {
        grades: state.store.newest_grades(id).await?,
        exam,
    };
    Ok(Some(score(&record, &marking)))
}
