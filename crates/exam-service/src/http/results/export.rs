//! `GET /api/v1/exams/{id}/results/export`: the results as a file.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::attachment::attachment;
use super::super::description::ProblemSchema;
use super::super::error::ApiError;
use super::super::extract::{Id, Parameters};
use super::super::problems::ProblemType;
use super::super::session::Session;
use super::super::state::AppState;
use super::exam_of;
use super::pages::Pages;
use super::statistics::check_counts;
use crate::exam::grading::Score;
use crate::exam::statistics::ScoreSheet;
use crate::exam::{ExamId, Paper, Question};
use crate::store::results::{AttemptToGrade, ExamToGrade};
use crate::transfer::results::{
    Earned, ResultRow, ResultTable, UnwritableError, write_csv, write_report, write_slips,
    write_xlsx,
};

/// More attempts than any exam has.
const MOST_ATTEMPTS: usize = 20_000;

/// How much of a question's name is shown.
const MOST_NAME_CHARACTERS: usize = 60;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ExportFormat {
    /// Comma-separated values, in UTF-8.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// A report with charts, on paper.
    Pdf,
    /// A slip for each student, on paper.
    Slips,
}

/// What goes into a file.
struct Gathered {
    table: ResultTable,
    sheet: ScoreSheet,
    paper: Arc<Paper>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    #[param(inline)]
    format: ExportFormat,
}

impl ExportFormat {
    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf | Self::Slips => "application/pdf",
        }
    }

    fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "results.csv",
            Self::Xlsx => "results.xlsx",
            Self::Pdf => "report.pdf",
            Self::Slips => "slips.pdf",
        }
    }

    fn write(self, gathered: &Gathered) -> Result<Vec<u8>, UnwritableError> {
        let Gathered {
            table,
            sheet,
            paper,
        } = gathered;
        match self {
            Self::Csv => write_csv(table),
            Self::Xlsx => write_xlsx(table),
            Self::Slips => write_slips(table),
            Self::Pdf => {
                let figures = sheet.figures(paper);
                let names = (1..).zip(paper.questions());
                let is_counted = |question: &Question| {
                    let mut counted = figures.questions.iter().flatten();
                    counted.any(|it| it.question_id == question.id)
                };
                let names = names
                    .filter(|(_, question)| is_counted(question))
                    .map(|(number, question)| called(number, question));
                write_report(table, &figures, &names.collect::<Vec<_>>())
            }
        }
    }
}

/// The results of an exam as a file
///
/// A row for each attempt, a column for each question. In CSV a text that a spreadsheet would take for a formula begins
/// with an apostrophe.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/results/export", operation_id = "export_results", tag = "Results",
    params(("id" = Uuid, Path, description = "Which exam"), ExportQuery),
    responses(
        (status = 200, description = "The file", content(
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "application/pdf"),
        )),
        (status = 409, description = "`not-possible`: A report of a practice exam", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`: More than 20,000 attempts", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(state): State<AppState>,
    session: Session,
    Id(exam): Id<ExamId>,
    Parameters(query): Parameters<ExportQuery>,
) -> Result<Response, ApiError> {
    let format = query.format;
    let exam = exam_of(&state, session, exam).await?;
    if format == ExportFormat::Pdf {
        check_counts(&exam)?;
    }
    let gathered = gather(&state, &exam).await?;
    let written = tokio::task::spawn_blocking(move || format.write(&gathered)).await;
    let bytes = match written {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            tracing::error!(%error, exam = %exam.id, "results could not be exported");
            return Err(ApiError::internal());
        }
        Err(_) => return Err(ApiError::internal()),
    };
    Ok(attachment(format.content_type(), format.file_name(), bytes))
}

/// What a question is called: students know its number, authors its name or how it begins.
fn called(number: usize, question: &Question) -> String {
    let name = if question.name.trim().is_empty() {
        &question.text
    } else {
        &question.name
    };
    let name: String = name.trim().chars().take(MOST_NAME_CHARACTERS).collect();
    format!("Q{number} {name}")
}

async fn gather(state: &AppState, exam: &ExamToGrade) -> Result<Gathered, ApiError> {
    let now = state.clock.now();
    let mut sheet = ScoreSheet::default();
    let names = (1..).zip(exam.paper.questions());
    let mut table = ResultTable {
        title: exam.title.clone(),
        starts_at: exam.starts_at,
        questions: names
            .map(|(number, question)| called(number, question))
            .collect(),
        rows: Vec::new(),
    };
    let mut pages = Pages::after(state, exam, None);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            let paper = Arc::clone(&exam.paper);
            return Ok(Gathered {
                table,
                sheet,
                paper,
            });
        }
        if table.rows.len() + page.len() > MOST_ATTEMPTS {
            return Err(ApiError::new(
                ProblemType::TooLarge,
                "The exam has more attempts than go into one file. Read its results page by page.",
            ));
        }
        for attempt in page {
            let score = attempt.score(&exam.paper);
            if attempt.is_closed(now) {
                sheet.add(&exam.paper, &score, &attempt.answers);
            }
            table.rows.push(row(attempt, &exam.paper, score));
        }
    }
}

fn row(attempt: AttemptToGrade, paper: &Paper, score: Score) -> ResultRow {
    ResultRow {
        login: attempt.candidate.login,
        student_number: attempt.candidate.student_number.unwrap_or_default(),
        name: attempt.candidate.display_name,
        started_at: attempt.started_at,
        submitted_at: attempt.attempt.submitted_at,
        earned: Earned::of_questions(paper.questions(), &score),
        waiting: score.waiting(),
        score: score.score,
        max_score: score.max_score,
        grade: score.grade,
    }
}
