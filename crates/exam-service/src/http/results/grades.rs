//! `PUT /api/v1/attempts/{id}/grades/{question_id}`: what a person decides on an answer; and every decision before.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use super::super::description::ProblemSchema;
use super::super::error::ApiError;
use super::super::extract::{Body, Id, Ids};
use super::super::problems::ProblemType;
use super::super::session::Session;
use super::super::state::AppState;
use crate::exam::grading::{HandGrade, Mark};
use crate::exam::points::to_number;
use crate::exam::{AttemptId, OptionId, Question, QuestionId, UserId};
use crate::store::results::{ExamToGrade, GivenGrade, GradeRequest, Versioned};

/// The longest comment, in characters.
const MOST_CHARACTERS: usize = 5_000;

/// Points for the whole, or for each criterion of the rubric.
#[derive(Deserialize, ToSchema)]
pub(super) struct GradeForm {
    /// The version of the decision that is there, 0 for none.
    #[schema(minimum = 0)]
    seen_version: i64,
    /// For the whole.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    points: Option<Number>,
    /// For each criterion.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::HashMap<String, f64>>)]
    criteria: Option<BTreeMap<OptionId, Number>>,
    /// What the student is told.
    #[serde(default)]
    comment: String,
}

/// A decision on an answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Grade)]
pub(super) struct GradeBody {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    version: i64,
    /// What the answer earns by it; `null` where it does not fit the question any more, and counts no longer.
    #[schema(value_type = Option<f64>)]
    points: Option<Number>,
    #[schema(value_type = Option<std::collections::HashMap<String, f64>>)]
    criteria: Option<BTreeMap<OptionId, Number>>,
    comment: String,
    #[schema(value_type = Uuid)]
    graded_by: UserId,
    graded_by_name: String,
    graded_at: DateTime<Utc>,
}

impl GradeBody {
    pub(super) fn new(given: &GivenGrade, question: Option<&Question>) -> Self {
        let points = question.and_then(|question| given.grade.points_for(question).ok());
        let criteria = match &given.grade.mark {
            Mark::Whole(_) => None,
            Mark::Rubric(marks) => Some(
                marks
                    .iter()
                    .map(|(id, points)| (*id, to_number(*points)))
                    .collect(),
            ),
        };
        Self {
            question_id: given.grade.question_id,
            version: given.version,
            points: points.map(to_number),
            criteria,
            comment: given.grade.comment.clone(),
            graded_by: given.graded_by,
            graded_by_name: given.graded_by_name.clone(),
            graded_at: given.graded_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct GradeReply {
    /// To be sent as `seen_version` with the next decision on this answer.
    version: i64,
    /// What the answer earns.
    #[schema(value_type = f64)]
    points: Number,
}

#[derive(Serialize, ToSchema)]
pub(super) struct HistoryReply {
    grades: Vec<GradeBody>,
}

/// Grade an answer
///
/// Stands before what a key says. Every decision is kept, with who made it and when. The same decision sent again by the
/// same person is the same decision; one that has not seen another's is refused.
#[utoipa::path(
    put, path = "/api/v1/attempts/{id}/grades/{question_id}", operation_id = "give_grade", tag = "Results", request_body = GradeForm,
    params(
        ("id" = Uuid, Path, description = "Which attempt"),
        ("question_id" = Uuid, Path, description = "Which question of it"),
    ),
    responses(
        (status = 200, description = "Decided", body = GradeReply),
        (status = 409, description = "`attempt-open`: The attempt is still open\n`changed-meanwhile`: Somebody else changed it meanwhile", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`grade-refused`: The grade does not fit the question", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn give(
    State(state): State<AppState>,
    session: Session,
    Ids(attempt, question): Ids<AttemptId, QuestionId>,
    Body(form): Body<GradeForm>,
) -> Result<Json<GradeReply>, ApiError> {
    let seen_version = form.seen_version;
    let grade = hand_grade(question, form)?;
    let found = state
        .store
        .attempt_to_grade(attempt, session.into())
        .await?;
    let (exam, sat) = found.ok_or_else(|| ApiError::not_found("attempt"))?;
    let is_asked = sat
        .layout
        .questions
        .iter()
        .any(|place| place.question_id == question);
    let question = exam.paper.question(question).filter(|_| is_asked);
    let question = question.ok_or_else(|| ApiError::not_found("question"))?;
    let now = state.clock.now();
    if !sat.is_closed(now) {
        return Err(ApiError::new(
            ProblemType::AttemptOpen,
            "It is graded once it is handed in, or its time is over.",
        ));
    }
    let points = grade
        .points_for(question)
        .map_err(|refusal| ApiError::new(ProblemType::GradeRefused, format!("{refusal}.")))?;
    let request = GradeRequest {
        attempt,
        grade,
        seen_version,
        by: session.user,
        now,
    };
    match state.store.give_grade(request).await? {
        Versioned::Stored(version) => {
            tracing::info!(%attempt, question = %question.id, version, by = %session.user, "an answer was graded");
            Ok(Json(GradeReply {
                version,
                points: to_number(points),
            }))
        }
        Versioned::Changed(version) => Err(changed(version)),
    }
}

/// Every decision on an attempt
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}/grades", operation_id = "grade_history", tag = "Results",
    params(("id" = Uuid, Path, description = "Which attempt")),
    responses(
        (status = 200, description = "The oldest first; of each question the last one counts", body = HistoryReply),
    )
)]
pub(super) async fn history(
    State(state): State<AppState>,
    session: Session,
    Id(attempt): Id<AttemptId>,
) -> Result<Json<HistoryReply>, ApiError> {
    let found = state
        .store
        .attempt_to_grade(attempt, session.into())
        .await?;
    let (exam, _) = found.ok_or_else(|| ApiError::not_found("attempt"))?;
    let history = state.store.grade_history(attempt).await?;
    let body = |given: &GivenGrade| GradeBody::new(given, question_of(&exam, given));
    Ok(Json(HistoryReply {
        grades: history.iter().map(body).collect(),
    }))
}

fn question_of<'a>(exam: &'a ExamToGrade, given: &GivenGrade) -> Option<&'a Question> {
    exam.paper.question(given.grade.question_id)
}

fn hand_grade(question_id: QuestionId, form: GradeForm) -> Result<HandGrade, ApiError> {
    let mark = match (form.points, form.criteria) {
        (Some(points), None) => Mark::Whole(decimal("points", &points)?),
        (None, Some(criteria)) => {
            let criteria = criteria
                .iter()
                .map(|(id, points)| Ok((*id, decimal("criteria", points)?)));
            Mark::Rubric(criteria.collect::<Result<_, ApiError>>()?)
        }
        _ => {
            return Err(ApiError::invalid_request(
                "Send either 'points' or 'criteria', not both.",
            ));
        }
    };
    let comment = form.comment;
    if comment.chars().count() > MOST_CHARACTERS || has_control_characters(&comment) {
        let detail = format!(
            "'comment' has at most {MOST_CHARACTERS} characters, and no control characters."
        );
        return Err(ApiError::invalid_request(detail));
    }
    Ok(HandGrade {
        question_id,
        mark,
        comment,
    })
}

/// Databases and spreadsheets stumble over these; no keyboard makes them.
pub(super) fn has_control_characters(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// A number of a JSON document as an exact decimal.
pub(super) fn decimal(name: &str, number: &Number) -> Result<Decimal, ApiError> {
    let text = number.to_string();
    let parsed = text
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(&text));
    parsed.map_err(|_| {
        ApiError::invalid_request(format!(
            "'{name}' has a number beyond anything that is given."
        ))
    })
}

pub(super) fn changed(version: i64) -> ApiError {
    ApiError::new(
        ProblemType::ChangedMeanwhile,
        "Somebody else decided since you looked. Read it again, and decide again.",
    )
    .with("version", version.into())
}
