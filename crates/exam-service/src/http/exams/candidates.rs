//! `/api/v1/exams/{id}/candidates`: who may sit an exam, and what they are granted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::exam::timing::Accommodation;
use crate::exam::{ExamId, GroupId, UserId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Ids, Parameters};
use crate::http::page::{PageLength, next};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Page;
use crate::store::exam_office::{CandidateLine, CandidateOrder, NewCandidates};

/// How many candidates there are in one reply.
const PAGES: PageLength = PageLength {
    usual: 50,
    most: 1_000,
};
/// The most names in one request.
const MAX_NAMES: usize = 10_000;
/// The longest login or student number, in characters.
const MAX_NAME_CHARACTERS: usize = 190;
/// The most that is granted: five times the time, a day, and a day of breaks.
const MAX_EXTRA_PERCENT: u32 = 400;
const MAX_EXTRA_SECONDS: u32 = 24 * 60 * 60;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many at most; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The `next` of the part of the list before.
    after: Option<String>,
}

impl Wanted {
    pub(super) fn page(self) -> Result<Page, ApiError> {
        PAGES.page(self.limit, self.after)
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CandidatesReply {
    candidates: Vec<CandidateBody>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// Who may sit an exam.
#[derive(Serialize, ToSchema)]
#[schema(as = Candidate)]
struct CandidateBody {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    login: String,
    display_name: String,
    student_number: Option<String>,
    seat: Option<String>,
    accommodation: AccommodationBody,
    /// How often they have started.
    attempt_count: i64,
}

/// What a candidate is granted before the exam.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Accommodation)]
pub(super) struct AccommodationBody {
    /// In percent of the time that everybody has.
    #[serde(default)]
    #[schema(maximum = 400)]
    extra_percent: u32,
    /// On top of that.
    #[serde(default)]
    #[schema(maximum = 86400)]
    extra_seconds: u32,
    /// How long breaks may be together without costing time.
    #[serde(default)]
    #[schema(maximum = 86400)]
    break_seconds: u32,
}

impl CandidatesReply {
    pub(super) fn of(found: Vec<CandidateLine>, page: &Page, order: CandidateOrder) -> Self {
        let next = next(&found, page.limit, |line| match order {
            CandidateOrder::Account => line.user.to_string(),
            CandidateOrder::Seat => line.seat.clone().unwrap_or_default(),
        });
        let body = |line: CandidateLine| CandidateBody {
            user_id: line.user,
            login: line.login,
            display_name: line.display_name,
            student_number: line.student_number,
            seat: line.seat,
            accommodation: AccommodationBody {
                extra_percent: line.accommodation.extra_percent,
                extra_seconds: line.accommodation.extra_seconds,
                break_seconds: line.accommodation.break_seconds,
            },
            attempt_count: line.attempt_count,
        };
        Self {
            candidates: found.into_iter().map(body).collect(),
            next,
        }
    }
}

/// Who may sit an exam
///
/// One query of the database.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/candidates", operation_id = "candidates", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam"), Wanted),
    responses((status = 200, description = "A part of the list", body = CandidatesReply))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<CandidatesReply>, ApiError> {
    part(&state, session, id, wanted, CandidateOrder::Account).await
}

/// A part of the list of candidates, in that order.
pub(super) async fn part(
    state: &AppState,
    session: Session,
    id: ExamId,
    wanted: Wanted,
    order: CandidateOrder,
) -> Result<Json<CandidatesReply>, ApiError> {
    let page = wanted.page()?;
    let candidates = state.store.candidates(session.into(), id, order, &page);
    let found = candidates.await?.or_refuse("exam")?;
    Ok(Json(CandidatesReply::of(found, &page, order)))
}

/// One of the three.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewCandidatesBody {
    /// Logins or student numbers.
    #[schema(max_items = 10000)]
    people: Option<Vec<String>>,
    /// Everybody who learns in the course of the exam.
    enrolled: Option<bool>,
    /// The members of this group of the course.
    #[schema(value_type = Option<Uuid>)]
    group_id: Option<GroupId>,
}

impl NewCandidatesBody {
    fn parse(self) -> Result<NewCandidates, ApiError> {
        match (
            self.people,
            self.enrolled.unwrap_or_default(),
            self.group_id,
        ) {
            (Some(names), false, None) => {
                check_names(names.iter())?;
                Ok(NewCandidates::Named(names))
            }
            (None, true, None) => Ok(NewCandidates::Enrolled),
            (None, false, Some(group)) => Ok(NewCandidates::Group(group)),
            _ => Err(ApiError::invalid_input(
                "Send exactly one of 'people', 'enrolled': true and 'group_id'.",
            )),
        }
    }
}

/// Whether these can be names of students.
pub(super) fn check_names<'a>(
    names: impl ExactSizeIterator<Item = &'a String>,
) -> Result<(), ApiError> {
    if names.len() > MAX_NAMES {
        return Err(ApiError::invalid_input(format!(
            "There are at most {MAX_NAMES} names in a request."
        )));
    }
    let is_name = |name: &String| {
        !name.is_empty()
            && name.chars().count() <= MAX_NAME_CHARACTERS
            && !name.chars().any(char::is_control)
    };
    for (number, name) in (1..).zip(names) {
        if !is_name(name) {
            return Err(ApiError::invalid_input(format!(
                "Name {number} has not 1 to {MAX_NAME_CHARACTERS} characters, or some that cannot be seen."
            )));
        }
    }
    Ok(())
}

#[derive(Serialize, ToSchema)]
pub(super) struct AddedReply {
    /// How many may sit it now who could not before.
    added: u64,
}

/// Let students sit an exam
///
/// All of them or none: of names that no student has, the member `unknown` of the refusal has all. Who may sit it already
/// stays as they are, so that a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/candidates", operation_id = "add_candidates", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = NewCandidatesBody,
    responses(
        (status = 200, description = "They may sit it", body = AddedReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<NewCandidatesBody>,
) -> Result<Json<AddedReply>, ApiError> {
    let new = body.parse()?;
    let added = state.store.add_candidates(session.into(), id, &new).await?;
    let added = added.or_refuse("exam")?;
    if let Some(first) = added.unknown.first() {
        let why = format!(
            "No student has the login or number '{first}'; there are {} such names. Nobody was added.",
            added.unknown.len()
        );
        let refusal = ApiError::new(ProblemType::NotPossible, why);
        return Err(refusal.with("unknown", json!(added.unknown)));
    }
    Ok(Json(AddedReply { added: added.added }))
}

/// Take back that a student may sit an exam
///
/// Not once they have started. A repeat changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/exams/{id}/candidates/{user_id}", operation_id = "remove_candidate", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam"), ("user_id" = Uuid, Path, description = "Who")),
    responses(
        (status = 204, description = "They may not sit it"),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(state): State<AppState>,
    session: Session,
    Ids(id, user): Ids<ExamId, UserId>,
) -> Result<StatusCode, ApiError> {
    let removed = state.store.remove_candidate(session.into(), id, user);
    removed.await?.or_refuse("exam")?;
    Ok(StatusCode::NO_CONTENT)
}

/// Grant a candidate more time or breaks
///
/// Not once they have started: an invigilator gives time then. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/exams/{id}/candidates/{user_id}/accommodation", operation_id = "grant_accommodation", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam"), ("user_id" = Uuid, Path, description = "Who")),
    request_body = AccommodationBody,
    responses(
        (status = 204, description = "It is granted, and nothing else"),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn grant(
    State(state): State<AppState>,
    session: Session,
    Ids(id, user): Ids<ExamId, UserId>,
    Body(body): Body<AccommodationBody>,
) -> Result<StatusCode, ApiError> {
    if body.extra_percent > MAX_EXTRA_PERCENT
        || body.extra_seconds.max(body.break_seconds) > MAX_EXTRA_SECONDS
    {
        return Err(ApiError::invalid_request(format!(
            "At most {MAX_EXTRA_PERCENT} percent and {MAX_EXTRA_SECONDS} seconds are granted."
        )));
    }
    let accommodation = Accommodation {
        extra_percent: body.extra_percent,
        extra_seconds: body.extra_seconds,
        break_seconds: body.break_seconds,
    };
    let granted = state
        .store
        .set_accommodation(session.into(), id, user, accommodation)
        .await?;
    granted.or_refuse("candidate")?;
    Ok(StatusCode::NO_CONTENT)
}
