//! `GET /api/v1/audit` and `GET /api/v1/audit/check`: what staff did, and whether the log of it is whole.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::exam::audit::{ChainEnd, ChainedLine};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// The most lines of one page, and as many as there are without a limit.
const MOST_LINES: i64 = 500;
const USUAL_LINES: i64 = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PageQuery {
    /// After which line, by its number.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many, from 1 to 500; 100 if left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct AuditReply {
    lines: Vec<LineBody>,
    /// Whether these lines follow each other and the one before them.
    chain: ChainBody,
    /// What to send as `after` for the next lines; null at the end.
    next_after: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct LineBody {
    number: i64,
    happened_at: Option<DateTime<Utc>>,
    /// The account; null: the service itself.
    actor_id: Option<String>,
    /// In a word, for instance `pause`.
    action: String,
    exam_id: Option<String>,
    /// On whom and how much.
    #[schema(value_type = Object)]
    detail: Value,
    hash: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditChain)]
pub(in crate::http) struct ChainBody {
    holds: bool,
    /// The first line that was changed, or does not follow the one before it.
    broken_at: Option<i64>,
    /// The last line that was checked, and its hash: written down elsewhere, it proves later that nothing was changed.
    number: Option<i64>,
    hash: Option<String>,
}

/// What staff did
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "Audit", operation_id = "audit",
    params(PageQuery),
    responses((status = 200, description = "Lines of the log, the oldest first", body = AuditReply))
)]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<AuditReply>, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::invalid_request(error.body_text()))?;
    let limit = query.limit.unwrap_or(USUAL_LINES);
    let after = query.after.unwrap_or(0);
    if !(1..=MOST_LINES).contains(&limit) || after < 0 {
        return Err(ApiError::invalid_request(format!(
            "'limit' is from 1 to {MOST_LINES}, 'after' the number of a line."
        )));
    }
    let page = state.store.audit(after, limit).await?;
    let is_full = i64::try_from(page.lines.len()).is_ok_and(|lines| lines == limit);
    let last = page.lines.last().map(|line| line.line.number);
    Ok(Json(AuditReply {
        next_after: last.filter(|_| is_full),
        chain: chain(page.chain),
        lines: page.lines.into_iter().map(body).collect(),
    }))
}

/// Check the whole log of what staff did
#[utoipa::path(
    get, path = "/api/v1/audit/check", tag = "Audit", operation_id = "check_audit",
    responses((status = 200, description = "Whether the chain holds from its first line to its recorded end", body = ChainBody))
)]
pub(in crate::http) async fn check(
    State(state): State<AppState>,
) -> Result<Json<ChainBody>, ApiError> {
    let checked = state.store.check_audit().await?;
    if let Err(number) = checked {
        tracing::error!(number, "the log of staff actions was changed");
    }
    Ok(Json(chain(checked)))
}

fn chain(checked: Result<ChainEnd, i64>) -> ChainBody {
    let (end, broken_at) = match checked {
        Ok(end) => (Some(end), None),
        Err(number) => (None, Some(number)),
    };
    ChainBody {
        holds: broken_at.is_none(),
        broken_at,
        number: end.as_ref().map(|end| end.number),
        hash: end.map(|end| end.hash),
    }
}

fn body(chained: ChainedLine) -> LineBody {
    let line = chained.line;
    LineBody {
        number: line.number,
        happened_at: DateTime::from_timestamp_millis(line.happened_at_ms),
        actor_id: line.actor,
        action: line.action,
        exam_id: line.exam,
        detail: serde_json::from_str(&line.detail).unwrap_or_default(),
        hash: chained.hash,
    }
}
