//! `POST /api/v1/courses/{id}/questions/import` and `GET .../export`: questions from and for other programs.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::FaultBody;
use crate::exam::review::{check_limits, question_faults};
use crate::exam::{CategoryId, CourseId, Question};
use crate::http::attachment::attachment;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Parameters, Upload};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::bank::{MAX_QUESTION_BYTES, MAX_QUESTIONS};
use crate::store::{NewQuestions, Page, QuestionFilter};
use crate::transfer::questions::{self, Export, Format, Import, Report, TransferError};

/// So many faulty questions are listed; further ones are counted.
const MAX_FAULTY: usize = 1_000;
/// How many things an export could not say.
const EXPORT_NOTES: HeaderName = HeaderName::from_static("x-export-notes");

/// What is in the file, and what is to become of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportTerms {
    /// `csv`, `xlsx`, `gift`, `moodle-xml`, `qti-2.1` or `qti-3.0`.
    #[param(pattern = "^(csv|xlsx|gift|moodle-xml|qti-2[.]1|qti-3[.]0)$")]
    format: String,
    /// Only say what would become of it.
    dry_run: Option<bool>,
    /// Take what was understood although something was not; otherwise it is all or nothing.
    partial: Option<bool>,
    /// Where the questions are sorted in.
    #[param(value_type = Option<Uuid>)]
    category: Option<CategoryId>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ImportReply {
    /// How many questions are in the bank now that were not; none on a dry run.
    added: usize,
    dry_run: bool,
    /// `taken`, `skipped`, and `notes` with line, place, effect and what it is.
    #[schema(value_type = Object)]
    report: Report,
    /// Questions that were understood, and cannot be asked like this.
    faulty: Vec<FaultyQuestion>,
    /// How many of them are not listed, because there are too many.
    unlisted_faulty: usize,
}

#[derive(Serialize, ToSchema)]
struct FaultyQuestion {
    /// Which of the questions that were understood, from 1.
    number: usize,
    text: String,
    faults: Vec<FaultBody>,
}

/// Import questions
///
/// The file is the body. What was not understood is in the report with its line; then nothing is stored, unless `partial`
/// is asked for. A repeat adds the questions once more: try with `dry_run` first.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/questions/import", operation_id = "import_questions", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course"), ImportTerms),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "What became of the questions", body = ImportReply),
        (status = 409, description = "`not-possible`: This cannot be done now", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`unreadable-file`: The file cannot be taken", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn import(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Parameters(terms): Parameters<ImportTerms>,
    upload: Upload,
) -> Result<Json<ImportReply>, ApiError> {
    let format = format(&terms.format)?;
    let staff = session.into();
    // Whose course it is not learns nothing of the file either.
    let one = Page {
        limit: 1,
        ..Page::default()
    };
    let filter = QuestionFilter::default();
    let course_found = state.store.questions(staff, course, &filter, &one).await?;
    course_found.or_refuse("course")?;
    let bytes = upload.bytes.clone();
    let (import, faulty) = blocking(move || read(format, &bytes))
        .await?
        .map_err(|error| unreadable(&error))?;
    let dry_run = terms.dry_run.unwrap_or_default();
    let is_whole = import.report.skipped == 0 && !import.questions.is_empty();
    if !is_whole && !dry_run && !terms.partial.unwrap_or_default() {
        return Err(not_whole(&import.report));
    }
    let added = if dry_run { 0 } else { import.questions.len() };
    if added > 0 {
        let new = NewQuestions {
            course,
            category: terms.category,
            questions: import.questions,
            now: state.clock.now(),
        };
        let stored = state.store.add_questions(staff, &new).await?;
        stored.or_refuse("course")?;
    }
    let unlisted_faulty = faulty.len().saturating_sub(MAX_FAULTY);
    Ok(Json(ImportReply {
        added,
        dry_run,
        report: import.report,
        faulty: faulty.into_iter().take(MAX_FAULTY).collect(),
        unlisted_faulty,
    }))
}

fn format(name: &str) -> Result<Format, ApiError> {
    let names = Format::ALL.map(Format::as_str).join(", ");
    Format::from_name(name).ok_or_else(|| {
        ApiError::invalid_request(format!(
            "The format is none that is known: use one of {names}."
        ))
    })
}

/// What is in the file; questions that no bank can keep are left out.
fn read(format: Format, bytes: &[u8]) -> Result<(Import, Vec<FaultyQuestion>), TransferError> {
    let mut import = questions::import(format, bytes)?;
    import.keep(|question| {
        check_limits(question)?;
        let bytes = serde_json::to_vec(question).map_or(usize::MAX, |bytes| bytes.len());
        if bytes > MAX_QUESTION_BYTES {
            return Err(format!("It has more than {MAX_QUESTION_BYTES} bytes."));
        }
        Ok(())
    });
    let faulty = (1..).zip(&import.questions).filter_map(faulty).collect();
    Ok((import, faulty))
}

fn faulty((number, question): (usize, &Question)) -> Option<FaultyQuestion> {
    const BEGINNING_CHARACTERS: usize = 60;
    let faults = question_faults(question);
    (!faults.is_empty()).then(|| FaultyQuestion {
        number,
        text: question.text.chars().take(BEGINNING_CHARACTERS).collect(),
        faults: faults.into_iter().map(FaultBody::from).collect(),
    })
}

fn unreadable(error: &TransferError) -> ApiError {
    ApiError::new(
        ProblemType::UnreadableFile,
        format!("The file cannot be read: {error}. Nothing was stored."),
    )
}

fn not_whole(report: &Report) -> ApiError {
    let first = report
        .notes
        .iter()
        .find(|note| note.effect == questions::Effect::Skipped);
    let first = first.map(|note| {
        let line = note.line.map(|line| format!("line {line}: "));
        format!(" The first: {}{}.", line.unwrap_or_default(), note.what)
    });
    let detail = format!(
        "{} questions were understood and {} were not, so nothing was stored.{} Correct them, or ask for partial=true.",
        report.taken,
        report.skipped,
        first.unwrap_or_default()
    );
    ApiError::new(ProblemType::UnreadableFile, detail).with("report", json!(report))
}

/// Does what takes long without holding up others.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "questions could not be read or written");
        ApiError::internal()
    })
}

/// What is wanted, and in which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportTerms {
    /// `csv`, `xlsx`, `gift`, `moodle-xml`, `qti-2.1` or `qti-3.0`.
    #[param(pattern = "^(csv|xlsx|gift|moodle-xml|qti-2[.]1|qti-3[.]0)$")]
    format: String,
    /// In this category or below it.
    #[param(value_type = Option<Uuid>)]
    category: Option<CategoryId>,
    /// With this tag.
    tag: Option<String>,
    /// Only say what the format cannot.
    report: Option<bool>,
}

/// Export the questions of a course
///
/// The header `X-Export-Notes` says how many things the format cannot say; with `report` they are the reply.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/questions/export", operation_id = "export_questions", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course"), ExportTerms),
    responses(
        (status = 200, description = "The file, or the report",
            content((Vec<u8> = "application/octet-stream"), (Object = "application/json"))),
        (status = 422, description = "`unreadable-file`: The file cannot be taken", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    Parameters(terms): Parameters<ExportTerms>,
) -> Result<Response, ApiError> {
    let format = format(&terms.format)?;
    let filter = QuestionFilter {
        category: terms.category,
        tag: terms.tag.unwrap_or_default(),
        ..QuestionFilter::default()
    };
    let all = Page {
        limit: MAX_QUESTIONS,
        ..Page::default()
    };
    let found = state
        .store
        .questions(session.into(), course, &filter, &all)
        .await?
        .or_refuse("course")?;
    let questions: Vec<Question> = found.into_iter().map(|entry| entry.question).collect();
    let export = blocking(move || questions::export(format, &questions)).await?;
    let export =
        export.map_err(|error| ApiError::new(ProblemType::UnreadableFile, format!("{error}.")))?;
    if terms.report.unwrap_or_default() {
        return Ok(Json(export.report).into_response());
    }
    Ok(file(format, export))
}

fn file(format: Format, export: Export) -> Response {
    let name = match format {
        Format::Csv => "questions.csv",
        Format::Xlsx => "questions.xlsx",
        Format::Gift => "questions.gift",
        Format::MoodleXml => "questions.xml",
        Format::Qti21 | Format::Qti30 => "questions.zip",
    };
    let notes = export.report.notes.len() + export.report.unlisted_notes;
    let file = attachment("application/octet-stream", name, export.bytes);
    ([(EXPORT_NOTES, notes.to_string())], file).into_response()
}
