//! The batch of saves in `SQLite`: one statement that reads, one that writes, both over a JSON array.

use sqlx::{Sqlite, Transaction};

use crate::store::SaveRequest;
use crate::store::batch::{Change, wanted_json};
use crate::store::sql::Row;

/// One row per wanted answer; the attempt's columns repeat, the answer's are null when there is none yet.
/// `CROSS JOIN` keeps the wanted list as the outer loop.
const READ: &str = "
SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at,
       a.device_id, a.held_since, a.furthest, a.revision, a.seen_revision, a.is_blanked, a.break_ends_at,
       n.question_id, n.sequence, n.response, n.flagged, n.saved_at
FROM json_each(?1) AS wanted
CROSS JOIN attempts a ON a.id = wanted.value ->> 0
LEFT JOIN answers n ON n.attempt_id = a.id AND n.question_id = wanted.value ->> 1";

/// The guard on `sequence` repeats the rule inside the database: nothing can put an older save over a newer one.
const UPSERT: &str = "
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1) WHERE true
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET sequence = excluded.sequence, response = excluded.response, flagged = excluded.flagged, saved_at = excluded.saved_at
WHERE excluded.sequence > answers.sequence";

/// The attempts of the batch and those of their answers that are about to change.
pub(in crate::store) async fn read(
    transaction: &mut Transaction<'static, Sqlite>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let query = sqlx::query(READ).bind(wanted_json(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Writes; how many rows were.
pub(in crate::store) async fn write(
    transaction: &mut Transaction<'static, Sqlite>,
    changes: &[Change<'_>],
) -> sqlx::Result<u64> {
    let query = sqlx::query(UPSERT).bind(Change::json(changes));
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}
