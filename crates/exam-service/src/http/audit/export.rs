//! `GET /api/v1/audit/export`: the log as a file, with all that is needed to check it elsewhere.

use std::collections::VecDeque;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use csv::{Terminator, WriterBuilder};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::filter::FilterQuery;
use crate::exam::audit::ChainedLine;
use crate::http::attachment::attachment;
use crate::http::error::ApiError;
use crate::http::extract::Parameters;
use crate::http::page::next;
use crate::http::state::AppState;
use crate::store::StoreError;
use crate::store::audit::AuditFilter;

/// Lines that are in memory at a time.
const PAGE: usize = 500;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AuditFormat)]
enum Format {
    /// Comma-separated values, in UTF-8.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FormatQuery {
    #[param(inline)]
    format: Format,
}

/// A line of the file: every member that its hash covers, as it was hashed.
#[derive(Serialize)]
struct ExportedLine<'a> {
    number: i64,
    happened_at_ms: i64,
    actor_id: Option<&'a str>,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: Option<&'a str>,
    exam_id: Option<&'a str>,
    course_id: Option<&'a str>,
    /// The text itself, and not what it means: another order of its members has another hash.
    detail: &'a str,
    previous_hash: &'a str,
    hash: &'a str,
}

/// The log as a file
///
/// Each line's `hash` is the SHA-256, in lower-case hexadecimal, of the JSON array of `previous_hash`, `number`,
/// `happened_at_ms`, `actor_id`, `action`, `subject_kind`, `subject_id`, `exam_id`, `course_id` and `detail`, without spaces and
/// in UTF-8; what is empty in CSV is null there. Without a filter each `previous_hash` is the `hash` of the line before, and
/// empty in the first. A file that breaks off is not complete.
#[utoipa::path(
    get, path = "/api/v1/audit/export", tag = "Audit", operation_id = "export_audit",
    params(FormatQuery, FilterQuery),
    responses((status = 200, description = "The lines, the oldest first", content(
        (String = "text/csv"),
        (String = "application/jsonl"),
    )))
)]
pub(in crate::http) async fn export(
    State(state): State<AppState>,
    Parameters(format): Parameters<FormatQuery>,
    Parameters(filter): Parameters<FilterQuery>,
) -> Result<Response, ApiError> {
    let format = format.format;
    let mut file = File {
        filter: filter.parse()?,
        state,
        format,
        after: Some(0),
        ready: VecDeque::from([format.beginning()]),
    };
    // What does not work at all is an answer of its own, not a file that breaks off.
    file.read().await?;
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "audit.csv"),
        Format::Jsonl => ("application/jsonl", "audit.jsonl"),
    };
    let pieces = stream::try_unfold(file, File::next);
    Ok(attachment(kind, name, Body::from_stream(pieces)))
}

/// A file that is written while it is sent.
struct File {
    state: AppState,
    filter: AuditFilter,
    format: Format,
    /// After which line it goes on; `None` when there are no more.
    after: Option<i64>,
    ready: VecDeque<Bytes>,
}

impl File {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        if self.ready.is_empty() {
            self.read().await.inspect_err(|error| {
                tracing::error!(%error, "an export of the log of staff actions broke off");
            })?;
        }
        Ok(self.ready.pop_front().map(|piece| (piece, self)))
    }

    /// Makes the next page ready, if there is one.
    async fn read(&mut self) -> Result<(), StoreError> {
        let Some(after) = self.after else {
            return Ok(());
        };
        let page = self.state.store.audit(&self.filter, after, PAGE).await?;
        self.after = next(&page.lines, PAGE, |line| line.line.number);
        if !page.lines.is_empty() {
            self.ready.push_back(self.format.write(&page.lines)?);
        }
        Ok(())
    }
}

impl Format {
    fn beginning(self) -> Bytes {
        match self {
            Self::Csv => Bytes::from_static(
                b"number,happened_at_ms,actor_id,action,subject_kind,subject_id,exam_id,course_id,detail,previous_hash,hash\r\n",
            ),
            Self::Jsonl => Bytes::new(),
        }
    }

    fn write(self, lines: &[ChainedLine]) -> Result<Bytes, StoreError> {
        let unwritable = |error: &dyn std::fmt::Display| {
            StoreError::Corrupt(format!(
                "the log of staff actions cannot be written: {error}"
            ))
        };
        let lines = lines.iter().map(ExportedLine::from);
        match self {
            Self::Csv => {
                let mut writer = WriterBuilder::new()
                    .has_headers(false)
                    .terminator(Terminator::CRLF)
                    .from_writer(Vec::new());
                for line in lines {
                    writer.serialize(line).map_err(|error| unwritable(&error))?;
                }
                let written = writer.into_inner().map_err(|error| unwritable(&error))?;
                Ok(written.into())
            }
            Self::Jsonl => {
                let mut written = Vec::new();
                for line in lines {
                    serde_json::to_writer(&mut written, &line)
                        .map_err(|error| unwritable(&error))?;
                    written.push(b'\n');
                }
                Ok(written.into())
            }
        }
    }
}

impl<'a> From<&'a ChainedLine> for ExportedLine<'a> {
    fn from(chained: &'a ChainedLine) -> Self {
        let line = &chained.line;
        Self {
            number: line.number,
            happened_at_ms: line.happened_at_ms,
            actor_id: line.actor.as_deref(),
            action: &line.action,
            subject_kind: &line.subject_kind,
            subject_id: line.subject.as_deref(),
            exam_id: line.exam.as_deref(),
            course_id: line.course.as_deref(),
            detail: &line.detail,
            previous_hash: &chained.previous_hash,
            hash: &chained.hash,
        }
    }
}
