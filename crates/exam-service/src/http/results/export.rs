//! `GET /api/v1/exams/{id}/results/export`: the results as a file.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::description::ProblemSchema;
use super::super::error::ApiError;
use super::super::extract::{Id, Parameters};
use super::super::problems::ProblemType;
use super::super::session::Session;
use super::super::state::AppState;
use super::exam_of;
use super::pages::Pages;
use crate::exam::{ExamId, Paper, Question};
use crate::store::results::{AttemptToGrade, ExamToGrade};
use crate::transfer::results::{
    Earned, ResultRow, ResultTable, UnwritableError, write_csv, write_xlsx,
};

/// More attempts than any exam has.
const MOST_ATTEMPTS: usize = 20_000;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ExportFormat {
    /// Comma-separated values, in UTF-8.
    Csv,
    /// An Excel workbook.
    Xlsx,
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
        }
    }

    fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "results.csv",
            Self::Xlsx => "results.xlsx",
        }
    }

    fn write(self, table: &ResultTable) -> Result<Vec<u8>, UnwritableError> {
        match self {
            Self::Csv => write_csv(table),
            Self::Xlsx => write_xlsx(table),
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
        )),
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
    let table = table(&state, &exam).await?;
    let written = tokio::task::spawn_blocking(move || format.write(&table)).await;
    let bytes = match written {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            tracing::error!(%error, exam = %exam.id, "results could not be exported");
            return Err(ApiError::internal());
        }
        Err(_) => return Err(ApiError::internal()),
    };
    let disposition = format!("attachment; filename=\"{}\"", format.file_name());
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

async fn table(state: &AppState, exam: &ExamToGrade) -> Result<ResultTable, ApiError> {
    let names = (1..).zip(exam.paper.questions());
    let name = |(number, question): (usize, &Question)| match question.name.trim() {
        "" => format!("Q{number}"),
        name => format!("Q{number} {name}"),
    };
    let mut table = ResultTable {
        title: exam.title.clone(),
        starts_at: exam.starts_at,
        questions: names.map(name).collect(),
        rows: Vec::new(),
    };
    let mut pages = Pages::after(state, exam, None);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            return Ok(table);
        }
        if table.rows.len() + page.len() > MOST_ATTEMPTS {
            return Err(ApiError::new(
                ProblemType::TooLarge,
                "The exam has more attempts than go into one file. Read its results page by page.",
            ));
        }
        let rows = page.into_iter().map(|attempt| row(attempt, &exam.paper));
        table.rows.extend(rows);
    }
}

fn row(attempt: AttemptToGrade, paper: &Paper) -> ResultRow {
    let score = attempt.score(paper);
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
