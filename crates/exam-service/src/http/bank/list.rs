//! `GET` and `POST /api/v1/courses/{id}/questions`: what is in a bank, and one more.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::{IntoParams, ToSchema};

use super::{PAGES, QuestionReply, parse_question};
use crate::exam::points::to_number;
use crate::exam::{CategoryId, CourseId, QuestionId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::page::next;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::{BankQuestion, NewQuestions, QuestionFilter};

/// So much of a text is in a list, in characters.
const EXCERPT_CHARACTERS: usize = 200;

/// Which questions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// A part of the name, text, options or tags, in whatever case.
    q: Option<String>,
    /// A kind, for instance `multiple_choice`.
    kind: Option<String>,
    /// A tag that it has.
    tag: Option<String>,
    /// In this category or below it.
    #[param(value_type = Option<Uuid>)]
    category: Option<CategoryId>,
    /// At least so hard.
    #[param(minimum = 1, maximum = 5)]
    minimum_difficulty: Option<u8>,
    /// At most so hard.
    #[param(minimum = 1, maximum = 5)]
    maximum_difficulty: Option<u8>,
    /// Those out of use instead of those in use.
    archived: Option<bool>,
    /// How many at most; 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `next` of the part of the list before.
    after: Option<String>,
}

impl Wanted {
    fn filter(&self) -> Result<QuestionFilter, ApiError> {
        let mut limits = [self.minimum_difficulty, self.maximum_difficulty].into_iter();
        if limits.any(|limit| limit.is_some_and(|limit| !(1..=5).contains(&limit))) {
            return Err(ApiError::invalid_request("A difficulty is from 1 to 5."));
        }
        Ok(QuestionFilter {
            kind: self.kind.clone().unwrap_or_default(),
            tag: self.tag.clone().unwrap_or_default(),
            minimum_difficulty: self.minimum_difficulty,
            maximum_difficulty: self.maximum_difficulty,
            text: self.q.clone().unwrap_or_default(),
            category: self.category,
            archived: self.archived.unwrap_or_default(),
        })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct QuestionsReply {
    questions: Vec<QuestionLine>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// A question in a list.
#[derive(Serialize, ToSchema)]
struct QuestionLine {
    #[schema(value_type = Uuid)]
    id: QuestionId,
    kind: &'static str,
    name: String,
    /// How its text begins.
    text: String,
    #[schema(value_type = f64)]
    points: Number,
    difficulty: Option<u8>,
    tags: BTreeSet<String>,
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<CategoryId>,
    version: i64,
    changed_at: DateTime<Utc>,
}

/// The questions of a course
///
/// In the order in which they were made. One query of the database.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/questions", operation_id = "questions", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course"), Wanted),
    responses((status = 200, description = "A part of the list", body = QuestionsReply))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<QuestionsReply>, ApiError> {
    let filter = wanted.filter()?;
    let page = PAGES.page(wanted.limit, wanted.after)?;
    let found = state
        .store
        .questions(session.into(), course, &filter, &page)
        .await?
        .or_refuse("course")?;
    Ok(Json(QuestionsReply {
        next: next(&found, page.limit, |entry| entry.question.id.to_string()),
        questions: found.into_iter().map(line).collect(),
    }))
}

fn line(entry: BankQuestion) -> QuestionLine {
    let question = entry.question;
    QuestionLine {
        id: question.id,
        kind: question.kind.as_str(),
        text: question.text.chars().take(EXCERPT_CHARACTERS).collect(),
        points: to_number(question.points),
        difficulty: question.difficulty,
        name: question.name,
        tags: question.tags,
        category_id: entry.category,
        version: entry.version,
        changed_at: entry.changed_at,
    }
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewQuestion {
    /// The question with its key; exact numbers are written as texts. It may choose its `id`: then a repeat adds nothing.
    #[schema(value_type = Object, example = json!({
        "text": "Is 7 a prime number?", "points": "1", "kind": { "type": "true_false", "correct": true }
    }))]
    question: Value,
    /// Where it is sorted in.
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<CategoryId>,
}

/// Add a question to a course
///
/// It may be unfinished: `faults` says what keeps it from being asked. A repeat adds nothing if the question chooses its
/// `id`, and the question as it is now is the reply; without an `id` a repeat adds another one.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/questions", operation_id = "add_question", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course")),
    request_body = NewQuestion,
    responses(
        (status = 201, description = "It is in the bank", body = QuestionReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Body(body): Body<NewQuestion>,
) -> Result<(StatusCode, Json<QuestionReply>), ApiError> {
    let question = parse_question(body.question, None)?;
    let id = question.id;
    let new = NewQuestions {
        course,
        category: body.category_id,
        questions: vec![question],
        now: state.clock.now(),
    };
    let staff = session.into();
    let added = state.store.add_questions(staff, &new).await?;
    added.or_refuse("course")?;
    let entry = state.store.question(staff, id).await?;
    let entry = entry.or_refuse("question")?;
    Ok((StatusCode::CREATED, Json(entry.into())))
}
