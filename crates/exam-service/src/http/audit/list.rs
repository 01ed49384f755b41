//! `GET /api/v1/audit` and `GET /api/v1/audit/check`: what staff did, and whether the log of it is whole.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::filter::FilterQuery;
use crate::exam::audit::{ChainEnd, ChainedLine};
use crate::http::error::ApiError;
use crate::http::extract::Parameters;
use crate::http::page::{PageLength, next};
use crate::http::state::AppState;

/// How many lines there are in one reply.
const PAGES: PageLength = PageLength {
    usual: 100,
    most: 500,
};

/// How many ids that are only in details are named at most; one that comes again counts once.
const MOST_OF_DETAILS: usize = 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PageQuery {
    /// After which line, by its number.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many, from 1 to 500; 100 if left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct AuditReply {
    lines: Vec<LineBody>,
    /// Whether these lines follow each other and the one before them; with a filter, which leaves some out, whether each says
    /// what its hash covers.
    chain: ChainBody,
    /// What the accounts and things are called that these lines name, by id: as it is now. What has no name is left out.
    names: BTreeMap<String, String>,
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
    /// To what kind of thing, for instance `exam`.
    subject_kind: String,
    /// To which one; null: to many.
    subject_id: Option<String>,
    exam_id: Option<String>,
    course_id: Option<String>,
    /// How much, and what it was before.
    #[schema(value_type = Object)]
    detail: Value,
    previous_hash: String,
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
    params(PageQuery, FilterQuery),
    responses((status = 200, description = "Lines of the log, the oldest first", body = AuditReply))
)]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Parameters(query): Parameters<PageQuery>,
    Parameters(filter): Parameters<FilterQuery>,
) -> Result<Json<AuditReply>, ApiError> {
    let limit = PAGES.limit(query.limit)?;
    let after = query.after.unwrap_or(0);
    if after < 0 {
        return Err(ApiError::invalid_request(
            "'after' is the number of a line.",
        ));
    }
    let page = state.store.audit(&filter.parse()?, after, limit).await?;
    let names = state.store.names(&named(&page.lines)).await?;
    Ok(Json(AuditReply {
        names,
        next_after: next(&page.lines, limit, |line| line.line.number),
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

/// Every id that the lines name, and of those in their details as many as can be looked up at a time.
fn named(lines: &[ChainedLine]) -> Vec<String> {
    let members = lines.iter().flat_map(|ChainedLine { line, .. }| {
        [&line.actor, &line.subject, &line.exam, &line.course]
            .into_iter()
            .flatten()
    });
    let mut ids: BTreeSet<String> = members.cloned().collect();
    let most = ids.len() + MOST_OF_DETAILS;
    let details = lines.iter().flat_map(|line| line.line.detail.split('"'));
    for id in details.filter(|text| text.parse::<Uuid>().is_ok()) {
        if ids.len() == most {
            break;
        }
        ids.insert(id.to_owned());
    }
    ids.into_iter().collect()
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
        subject_kind: line.subject_kind,
        subject_id: line.subject,
        exam_id: line.exam,
        course_id: line.course,
        detail: serde_json::from_str(&line.detail).unwrap_or_default(),
        previous_hash: chained.previous_hash,
        hash: chained.hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exam::audit::AuditLine;

    fn line(actor: Uuid, detail: String) -> ChainedLine {
        ChainedLine {
            line: AuditLine {
                number: 1,
                happened_at_ms: 0,
                actor: Some(actor.to_string()),
                action: "pause".to_owned(),
                subject_kind: "exam".to_owned(),
                subject: None,
                exam: None,
                course: None,
                detail,
            },
            previous_hash: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn an_id_that_comes_again_takes_the_name_of_no_other() {
        let id = |number: usize| Uuid::from_u128(number as u128);
        let actor = id(0);
        let again = serde_json::json!(vec![actor; MOST_OF_DETAILS]).to_string();
        let more = serde_json::json!([id(1), id(1), id(2), "no id"]).to_string();
        let found = named(&[line(actor, again), line(actor, more)]);
        assert_eq!(found, [0, 1, 2].map(|number| id(number).to_string()));

        let many: Vec<Uuid> = (1..=MOST_OF_DETAILS + 1).map(id).collect();
        let many = serde_json::json!(many).to_string();
        assert_eq!(named(&[line(actor, many)]).len(), 1 + MOST_OF_DETAILS);
    }
}
