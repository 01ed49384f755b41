//! What pages report: that they are there, what they have shown, and what happened. Written in the batches of answers,
//! so that a thousand heartbeats cost one commit.

use chrono::{DateTime, Utc};

use crate::store::StoreError;
use crate::store::batch::BatchState;
use crate::store::sql::{Sql, Transaction, arguments};

/// The attempts are locked, so that what was decided on is still true.
static HEAR: Sql = Sql::each(
    "UPDATE attempts SET last_seen_at = $2, seen_revision = heard.value ->> 1
     FROM json_each($1) AS heard WHERE attempts.id = heard.value ->> 0",
    "UPDATE attempts
     JOIN JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$[0]', seen BIGINT PATH '$[1]')) AS heard
       ON attempts.id = heard.id
     SET attempts.last_seen_at = $2, attempts.seen_revision = heard.seen",
    "UPDATE attempts SET last_seen_at = $2, seen_revision = (heard.value ->> 1)::bigint
     FROM json_array_elements($1::json) AS heard WHERE attempts.id = heard.value ->> 0",
);
/// Of one attempt at most 2000 are kept: a page that reports without end fills no disk.
static ADD_EVENTS: Sql = Sql::each(
    "INSERT INTO attempt_events (attempt_id, id, kind, is_violation, occurred_at, received_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, $2 FROM json_each($1)
     WHERE (SELECT count(*) FROM attempt_events e WHERE e.attempt_id = value ->> 0) < 2000
     ON CONFLICT DO NOTHING",
    "INSERT INTO attempt_events (attempt_id, id, kind, is_violation, occurred_at, received_at)
     SELECT told.attempt, told.event, told.kind, told.is_violation, told.occurred_at, $2
     FROM JSON_TABLE($1, '$[*]' COLUMNS (
         attempt VARCHAR(36) PATH '$[0]', event VARCHAR(36) PATH '$[1]', kind VARCHAR(40) PATH '$[2]',
         is_violation BIGINT PATH '$[3]', occurred_at BIGINT PATH '$[4]')) AS told
     WHERE (SELECT count(*) FROM attempt_events e WHERE e.attempt_id = told.attempt) < 2000
     ON DUPLICATE KEY UPDATE attempt_events.kind = attempt_events.kind",
    "INSERT INTO attempt_events (attempt_id, id, kind, is_violation, occurred_at, received_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, (value ->> 3)::bigint, (value ->> 4)::bigint, $2
     FROM json_array_elements($1::json)
     WHERE (SELECT count(*) FROM attempt_events e WHERE e.attempt_id = value ->> 0) < 2000
     ON CONFLICT DO NOTHING",
);

/// Writes what the pages of a batch report.
pub(in crate::store::verbs) async fn write(
    transaction: &mut Transaction,
    state: &BatchState,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(heard) = state.heard_json() {
        transaction.execute(&HEAR, arguments![heard, now]).await?;
    }
    if let Some(events) = state.events_json() {
        add_events(transaction, events, now).await?;
    }
    Ok(())
}

/// Adds events from a JSON array of their rows.
pub(in crate::store::verbs) async fn add_events(
    transaction: &mut Transaction,
    events: String,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    transaction
        .execute(&ADD_EVENTS, arguments![events, now])
        .await?;
    Ok(())
}
