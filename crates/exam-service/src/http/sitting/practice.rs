//! `POST /api/v1/attempts/{id}/questions/{question_id}/check`: in practice, whether an answer is right.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::attempts::own_attempt;
use crate::exam::grading::solution;
use crate::exam::points::to_number;
use crate::exam::practice::{Verdict, verdict};
use crate::exam::rules::Feedback;
use crate::exam::{AttemptId, Phase, Question, QuestionId, Response, StoredAnswer};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::Ids;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::AttemptRecord;

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CheckReply {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    /// Which save of the answer was checked.
    sequence: i64,
    /// `right`, `partly`, `wrong`, or `undecided` where only a person could say.
    #[schema(value_type = String, example = "right")]
    verdict: Verdict,
    #[schema(value_type = f64)]
    points: Number,
    /// `null` where a person would have to say, and where the rules show no points.
    #[schema(value_type = Option<f64>)]
    earned: Option<Number>,
    /// How many different saves of this answer were checked so far.
    tries: i64,
    /// What would have been right, in the form of an answer, where the rules show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    solution: Option<Value>,
    /// What its author says about it, where the rules show solutions.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
}

/// Check an answer in practice
///
/// In a practice exam only, while the attempt is open: whether the answer that is saved is right, by the key as it is now.
/// It may be changed and checked again, as often as one likes; each save that is checked counts as a try once, so that a
/// repeat of the same request changes nothing.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/questions/{question_id}/check", operation_id = "check_answer", tag = "Attempts",
    params(
        ("id" = Uuid, Path, description = "Which attempt"),
        ("question_id" = Uuid, Path, description = "Which of its questions"),
    ),
    responses(
        (status = 200, description = "How right it is", body = CheckReply),
        (status = 409, description = "`not-practice`: The exam is no practice\n`attempt-closed`: The attempt is closed\n`attempt-paused`: The attempt is paused\n`nothing-to-check`: There is no answer to check", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check(
    State(state): State<AppState>,
    session: Session,
    Ids(attempt, question): Ids<AttemptId, QuestionId>,
) -> Result<Json<CheckReply>, ApiError> {
    let now = state.clock.now();
    let record = own_attempt(&state, session, attempt, now).await?;
    let is_open = record.attempt.phase(now) == Phase::Open;
    let answer = checkable(&record, question, is_open)?;
    // With the keys as they are now.
    let exam = state.store.marked_exam(record.attempt.exam_id).await?;
    let asked = exam.paper.question(question);
    let asked = asked.ok_or_else(|| ApiError::not_found("question"))?;
    let tries = state
        .store
        .note_check(attempt, question, answer.sequence, now)
        .await?;
    Ok(Json(reply(asked, answer, tries, exam.rules.feedback)))
}

/// The answer, if it may be checked.
fn checkable(
    record: &AttemptRecord,
    question: QuestionId,
    is_open: bool,
) -> Result<&StoredAnswer, ApiError> {
    let refuse = |problem, detail| Err(ApiError::new(problem, detail));
    if !record.rules.is_practice {
        return refuse(
            ProblemType::NotPractice,
            "This exam counts. What was right is shown after it, as far as its rules do.",
        );
    }
    if record.layout.place_of(question).is_none() {
        return Err(ApiError::not_found("question"));
    }
    if !is_open {
        return refuse(
            ProblemType::AttemptClosed,
            "It was handed in or its time is over. Look at the result.",
        );
    }
    if record.attempt.paused_at.is_some() {
        return refuse(
            ProblemType::AttemptPaused,
            "Answers are checked when it goes on.",
        );
    }
    let mut answers = record.answers.iter();
    let found = answers.find(|it| it.question_id == question && it.response.is_answer());
    found.ok_or_else(|| {
        ApiError::new(
            ProblemType::NothingToCheck,
            "Nothing is saved as an answer to this question. Save an answer first.",
        )
    })
}

fn reply(question: &Question, answer: &StoredAnswer, tries: i64, shows: Feedback) -> CheckReply {
    let explanation = Some(&question.feedback).filter(|text| !text.is_empty());
    let solution = solution(question).as_ref().map(Response::to_json);
    let earned = question.grade(&answer.response);
    CheckReply {
        question_id: question.id,
        sequence: answer.sequence.get(),
        verdict: verdict(question, &answer.response),
        points: to_number(question.points),
        earned: earned.filter(|_| shows.shows_points).map(to_number),
        tries,
        solution: solution.filter(|_| shows.shows_solutions),
        explanation: explanation.filter(|_| shows.shows_solutions).cloned(),
    }
}
