//! The question bank of a course: its questions, their versions, categories, files and media.

mod categories;
mod list;
mod media;
pub(super) mod question;
mod transfer;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::error::ApiError;
use super::page::PageLength;
use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;
use crate::exam::question::Fault;
use crate::exam::review::{check_limits, question_faults};
use crate::exam::{CategoryId, CourseId, Question, QuestionId, UserId};
use crate::store::BankQuestion;
use crate::store::bank::MAX_QUESTION_BYTES;
use crate::transfer::questions::MAX_BYTES;

/// How long a part of a list is.
pub(super) const PAGES: PageLength = PageLength {
    usual: 50,
    most: 100,
};
/// What stands around a question in a body, in bytes.
const AROUND_QUESTION_BYTES: usize = 1024;

pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let read = Terms::may(Action::WriteQuestions);
    let write = read.counted(Rate::Write);
    let with_question = |terms: Terms| terms.body_limit(MAX_QUESTION_BYTES + AROUND_QUESTION_BYTES);
    table
        .with(read, routes!(list::list))
        .with(with_question(write), routes!(list::add))
        .with(with_question(write), routes!(question::check))
        .with(read, routes!(question::show))
        .with(with_question(write), routes!(question::change))
        .with(read, routes!(question::versions))
        .with(read, routes!(question::preview))
        .with(write, routes!(question::archive))
        .with(read, routes!(categories::list))
        .with(write, routes!(categories::add))
        .with(write, routes!(categories::relocate))
        .with(write, routes!(categories::remove))
        .with(write.body_limit(MAX_BYTES), routes!(transfer::import))
        .with(read, routes!(transfer::export))
        .with(write.body_limit(media::MAX_BYTES), routes!(media::add))
        .with(Terms::may(Action::SeeOwnAccount), routes!(media::show))
}

/// A question of a bank, with its key.
#[derive(Serialize, ToSchema)]
#[schema(as = BankQuestion)]
pub(super) struct QuestionReply {
    #[schema(value_type = Uuid)]
    id: QuestionId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<CategoryId>,
    version: i64,
    archived_at: Option<DateTime<Utc>>,
    #[schema(value_type = Uuid)]
    changed_by: UserId,
    changed_at: DateTime<Utc>,
    /// The question with its key, as it was sent.
    #[schema(value_type = Object)]
    question: Question,
    /// What keeps it from being asked, and what deserves a second look.
    faults: Vec<FaultBody>,
}

/// Something that is wrong with a question or an exam.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
struct FaultBody {
    /// `error` or `warning`.
    #[schema(value_type = String)]
    severity: crate::exam::question::Severity,
    what: String,
    /// What to do.
    remedy: String,
}

impl From<Fault> for FaultBody {
    fn from(fault: Fault) -> Self {
        Self {
            severity: fault.severity,
            what: fault.what,
            remedy: fault.remedy,
        }
    }
}

fn faults_of(question: &Question) -> Vec<FaultBody> {
    let faults = question_faults(question).into_iter();
    faults.map(FaultBody::from).collect()
}

impl From<BankQuestion> for QuestionReply {
    fn from(entry: BankQuestion) -> Self {
        Self {
            id: entry.question.id,
            course_id: entry.course,
            category_id: entry.category,
            version: entry.version,
            archived_at: entry.archived_at,
            changed_by: entry.changed_by,
            changed_at: entry.changed_at,
            faults: faults_of(&entry.question),
            question: entry.question,
        }
    }
}

/// The question that a body describes, under `id` whatever the body says of it; one that has none gets one.
fn parse_question(mut described: Value, id: Option<QuestionId>) -> Result<Question, ApiError> {
    let Some(members) = described.as_object_mut() else {
        return Err(ApiError::invalid_request(
            "The member 'question' has to be an object.",
        ));
    };
    if id.is_some() || !members.contains_key("id") {
        let id = id.unwrap_or_else(QuestionId::generate);
        members.insert("id".to_owned(), id.to_string().into());
    }
    let question: Question = serde_json::from_value(described)
        .map_err(|error| ApiError::invalid_input(format!("This is no question: {error}.")))?;
    check_limits(&question).map_err(ApiError::invalid_input)?;
    Ok(question)
}
