//! Codes on the slips of an exam: made for its candidates, and what they sign in with.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::import::credentials_csv;
use super::passwords::random;
use super::request::PeopleNames;
use super::upload::CSV;
use crate::accounts::exam_code::ExamCode;
use crate::exam::ExamId;
use crate::http::attachment::attachment;
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::login::{TokenReply, begin, failed, open};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::security;
use crate::store::{CodeHolder, CodedExam};
use crate::transfer::people::{CodeSlip, SlipHead, write_slips};

/// For so many candidates codes are made at once.
const MAX_CODES: u16 = 10_000;

/// How codes are written.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum CodesFormat {
    /// A row for each candidate.
    #[default]
    Csv,
    /// Slips to cut, ten on a page of A4.
    Pdf,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CodesRequest {
    /// What is sent back.
    #[serde(default)]
    format: CodesFormat,
    /// For these candidates only; for all of them if it is left out.
    #[serde(default)]
    only: Option<PeopleNames>,
}

/// Make the codes of an exam
///
/// One for each of its candidates, to be printed on slips: with it and the student number one signs in for this exam and for nothing
/// else, from an hour before it begins until it is over. A repeat makes new codes, and those that were made before are worthless. Codes
/// are stored as a keyed hash and shown this once; a new `JWT_SECRET` makes all of them worthless.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/codes", tag = "Exams", request_body = CodesRequest,
    params(("id" = Uuid, Path, description = "Which exam")),
    responses(
        (status = 200, description = "Login, student number, name and code of each", content(
            (String = "text/csv"),
            (String = "application/pdf"),
        )),
        (status = 422, description = "`unknown-people`: These are no candidates; the member `unknown` lists them", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_exam_codes(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<CodesRequest>,
) -> Result<Response, ApiError> {
    let only = request.only.map(PeopleNames::checked).transpose()?;
    let exam = state.store.coded_exam(session.into(), id).await?;
    let exam = exam.ok_or_else(|| ApiError::not_found("exam"))?;
    let holders = state
        .store
        .code_holders(id, only.as_deref(), MAX_CODES)
        .await??;
    let (mut printed, mut stored) = (Vec::new(), Vec::new());
    for holder in &holders {
        let code = ExamCode::from_random(random()?);
        printed.push(code.printed());
        stored.push((holder.user, state.tokens.exam_code_hash(&code)));
    }
    let staff = session.into();
    state.store.set_exam_codes(staff, id, &stored).await?;
    security::codes_made(session.user, id, stored.len(), address);
    match request.format {
        CodesFormat::Csv => {
            let csv = credentials_csv("code", rows(&holders, &printed))?;
            Ok(attachment(CSV, "codes.csv", csv))
        }
        CodesFormat::Pdf => {
            let slips = on_slips(exam, holders, printed).await?;
            Ok(attachment("application/pdf", "codes.pdf", slips))
        }
    }
}

/// Thousands of slips take their time, in which others are served.
async fn on_slips(
    exam: CodedExam,
    holders: Vec<CodeHolder>,
    printed: Vec<String>,
) -> Result<Vec<u8>, ApiError> {
    let head = SlipHead {
        title: exam.title,
        starts_at: exam.starts_at,
        ends_at: exam.ends_at,
    };
    let slips = holders
        .into_iter()
        .zip(printed)
        .map(|(holder, code)| CodeSlip {
            name: holder.display_name,
            number: holder.student_number.unwrap_or(holder.login),
            code,
        });
    let slips: Vec<CodeSlip> = slips.collect();
    let written = tokio::task::spawn_blocking(move || write_slips(&head, &slips)).await;
    match written {
        Ok(Ok(pdf)) => Ok(pdf),
        Ok(Err(error)) => {
            tracing::error!(%error, "slips could not be written");
            Err(ApiError::internal())
        }
        Err(_) => Err(ApiError::internal()),
    }
}

fn rows<'a>(
    holders: &'a [CodeHolder],
    printed: &'a [String],
) -> impl Iterator<Item = [&'a str; 4]> {
    holders.iter().zip(printed).map(|(holder, code)| {
        let number = holder.student_number.as_deref().unwrap_or_default();
        [&*holder.login, number, &*holder.display_name, &**code]
    })
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CodeLoginRequest {
    /// Or the login, of whoever has no number.
    student_number: String,
    /// As it is on the slip; small letters, blanks and hyphens do not matter.
    #[schema(format = Password, example = "7K3MN-Q2W8R")]
    code: String,
}

/// Sign in with the code of an exam
///
/// The session is good for that exam alone, and ends with it.
#[utoipa::path(
    post, path = "/api/v1/auth/code", tag = "Sessions", request_body = CodeLoginRequest,
    responses(
        (status = 200, description = "Signed in", body = TokenReply),
        (status = 401, description = "`wrong-exam-code`: Number or code is wrong, or it is not the time of the exam", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 429, description = "`login-locked`: Too many wrong codes", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn login_with_code(
    State(state): State<AppState>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    Body(request): Body<CodeLoginRequest>,
) -> Result<Json<TokenReply>, ApiError> {
    let name = request.student_number;
    let known = state.store.account_by_login(&name).await?;
    let id = known.as_ref().map(|account| account.id);
    let attempt = begin(&state, known.as_ref(), &name, address)?;
    let found = match ExamCode::parse(&request.code) {
        // A slip of the finger: said without a look at any account, and no guess.
        Err(error) => return Err(wrong(&format!("{error}."))),
        Ok(code) => {
            let hash = state.tokens.exam_code_hash(&code);
            let now = state.clock.now();
            state.store.account_by_exam_code(&name, &hash, now).await?
        }
    };
    let Some((account, exam)) = found else {
        failed(&state, attempt, id, address);
        return Err(wrong(
            "Student number or code is wrong, or the exam begins in more than an hour or is over.",
        ));
    };
    attempt.succeeded();
    open(&state, account, Some(exam), address, &headers).await
}

fn wrong(detail: &str) -> ApiError {
    ApiError::new(ProblemType::WrongExamCode, detail)
}
