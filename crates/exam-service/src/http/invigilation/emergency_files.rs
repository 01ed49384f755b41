//! `POST /api/v1/exams/{id}/emergency-files`: answers that a page had to write to a file, accepted by staff.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::actions::{REASON_LIMIT, bounded};
use crate::exam::emergency::{MergeVerdict, MergedAnswer};
use crate::exam::receipt::hexadecimal;
use crate::exam::{AttemptId, ExamId, QuestionId, RefusalReason, Sequence, UserId};
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::emergency_files::{MergeOutcome, MergeReport, MergeRequest};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct FileBody {
    /// The text of the file.
    file: String,
    /// Only say what would be done.
    #[serde(default)]
    dry_run: bool,
    /// Whose file it should be: one of another candidate is refused.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<UserId>,
    /// Why, for the log; at most 500 characters.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// What was, or would be, done.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct FileReply {
    dry_run: bool,
    #[schema(value_type = Uuid)]
    attempt_id: AttemptId,
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// When the file was written, by its page's count of the server's clock.
    written_at: DateTime<Utc>,
    /// When the attempt was handed in, which this leaves as it is.
    submitted_at: Option<DateTime<Utc>>,
    deadline_at: DateTime<Utc>,
    /// Whether the student can see the result of the attempt already, because the rules of the exam show it at once: what
    /// was answered after that proves little.
    is_result_visible: bool,
    /// How many answers count from now on.
    stored: usize,
    /// The line of the log of staff actions; `null` when nothing was changed.
    audit_number: Option<i64>,
    /// In the order in which they were made.
    answers: Vec<FileAnswerBody>,
}

/// What became of an answer of a file. What was answered is not said.
#[derive(Serialize, ToSchema)]
#[schema(as = EmergencyAnswer)]
struct FileAnswerBody {
    #[schema(value_type = Uuid)]
    question_id: QuestionId,
    sequence: i64,
    /// The sequence that was stored before.
    stored_sequence: Option<i64>,
    /// When it was made, as its page says.
    answered_at: DateTime<Utc>,
    /// Whether that was after the time of the attempt was over.
    is_after_deadline: bool,
    /// `stored`: it counts from now on, unless one of the same file is newer. `same`: it is what is stored. `older`: what
    /// is stored is as new or newer. `refused`: a rule is against it.
    #[schema(example = "stored")]
    outcome: &'static str,
    /// The rule: `invalid-answer` or `question-closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
    /// A person had graded the answer that it replaces: it waits to be graded again.
    waits_for_grade: bool,
}

/// Accept an emergency answer file
///
/// Its answers are merged with what is stored: of each question, the highest sequence counts. That is done completely or
/// not at all, also after the attempt was handed in or its time was over, which is for staff to decide: the log and the
/// timeline of the attempt say that they came out of a file, when and by whom. Points by key are worked out anew. Sending
/// the same file again changes nothing. The format is described with the service's source.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/emergency-files", operation_id = "accept_emergency_file", tag = "Invigilation",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = FileBody,
    responses(
        (status = 200, description = "What became of each answer", body = FileReply),
        (status = 409, description = "`not-possible`: The results are released", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`unreadable-file`: The file is damaged, was changed, or is of another candidate, exam or server", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(in crate::http) async fn accept(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Body(body): Body<FileBody>,
) -> Result<Json<FileReply>, ApiError> {
    let staff = session.into();
    if !state.store.is_exam_of(staff, exam).await? {
        return Err(ApiError::not_found("exam"));
    }
    let reason = bounded("reason", body.reason, REASON_LIMIT)?;
    let opened = state.emergency_keys.open(&body.file, exam, body.user_id);
    let file = opened.map_err(|why| refused(&format!("The file is not taken: {why}.")))?;
    let request = MergeRequest {
        staff,
        exam,
        attempt: file.attempt,
        user: file.user,
        written_at: file.written_at,
        file_sha256: hexadecimal(&Sha256::digest(body.file.trim())),
        answers: file.answers,
        reason,
        is_dry_run: body.dry_run,
        now: state.clock.now(),
    };
    match state.store.merge_file(&request).await? {
        MergeOutcome::NotFound => Err(ApiError::not_found("exam")),
        MergeOutcome::NoSuchAttempt => Err(refused(
            "The file is genuine, and this database has no such attempt of that candidate: was it put back from a backup?",
        )),
        MergeOutcome::Released(at) => Err(ApiError::new(
            ProblemType::NotPossible,
            format!(
                "The results of the exam were released at {}: answers do not change behind them. Grade the question by hand, or reopen the attempt for the student.",
                at.to_rfc3339()
            ),
        )
        .with("released_at", at.to_rfc3339().into())),
        MergeOutcome::Merged(report) => {
            if let Some(number) = report.audit_number {
                tracing::info!(%exam, attempt = %request.attempt, number, "staff accepted an emergency file");
            }
            Ok(Json(reply(&request, &report)))
        }
    }
}

fn refused(why: &str) -> ApiError {
    ApiError::new(ProblemType::UnreadableFile, why)
}

fn reply(request: &MergeRequest, report: &MergeReport) -> FileReply {
    let body = |answer: &MergedAnswer| answer_body(answer, report);
    let answers: Vec<FileAnswerBody> = report.answers.iter().map(body).collect();
    let stored = answers.iter().filter(|each| each.outcome == "stored");
    FileReply {
        dry_run: request.is_dry_run,
        attempt_id: request.attempt,
        user_id: request.user,
        written_at: request.written_at,
        submitted_at: report.submitted_at,
        deadline_at: report.deadline_at,
        is_result_visible: report.is_result_visible,
        stored: stored.count(),
        audit_number: report.audit_number,
        answers,
    }
}

fn answer_body(answer: &MergedAnswer, report: &MergeReport) -> FileAnswerBody {
    let (outcome, rule) = match answer.verdict {
        MergeVerdict::Stored => ("stored", None),
        MergeVerdict::Same => ("same", None),
        MergeVerdict::Older => ("older", None),
        MergeVerdict::Refused(rule) => ("refused", Some(rule)),
    };
    let is_stored = answer.verdict == MergeVerdict::Stored;
    FileAnswerBody {
        question_id: answer.question_id,
        sequence: answer.sequence.get(),
        stored_sequence: answer.stored_before.map(Sequence::get),
        answered_at: answer.answered_at,
        is_after_deadline: answer.answered_at > report.deadline_at,
        outcome,
        reason: rule.map(RefusalReason::as_str),
        detail: match rule {
            Some(RefusalReason::InvalidAnswer(why)) => Some(why),
            _ => None,
        },
        waits_for_grade: is_stored && report.to_grade_again.contains(&answer.question_id),
    }
}
