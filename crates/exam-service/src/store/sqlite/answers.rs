//! The batch of saves in `SQLite`: one statement for each step, over a JSON array.

use sqlx::{Sqlite, Transaction};

use crate::store::SaveRequest;
use crate::store::batch::{Kept, attempts_json, wanted_json};
use crate::store::sql::Row;

/// With the columns that [`crate::store::verbs::attempts`] reads. The transaction is the only one that writes.
/// `CROSS JOIN` keeps the wanted list as the outer loop.
const LOCK: &str = "
SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at,
       a.device_id, a.held_since, a.furthest, a.revision, a.seen_revision, a.is_blanked, a.break_ends_at
FROM json_each(?1) AS wanted
CROSS JOIN attempts a ON a.id = wanted.value";

const READ: &str = "
SELECT n.question_id, n.sequence, n.response, n.flagged, n.saved_at, n.attempt_id
FROM json_each(?1) AS wanted
CROSS JOIN answers n ON n.attempt_id = wanted.value ->> 0 AND n.question_id = wanted.value ->> 1";

/// The guard on `sequence` repeats the rule inside the database: nothing can put an older save over a newer one.
const UPSERT: &str = "
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
FROM json_each(?1) WHERE value ->> 7
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET sequence = excluded.sequence, response = excluded.response, flagged = excluded.flagged, saved_at = excluded.saved_at
WHERE excluded.sequence > answers.sequence";

/// What another process set aside before is there already.
const ADD_HISTORY: &str = "
INSERT INTO answer_history
    (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 8,
       (value ->> 5) / 1000
FROM json_each(?1) WHERE true
ON CONFLICT DO NOTHING";

/// The attempts of the batch.
pub(in crate::store) async fn lock(
    transaction: &mut Transaction<'static, Sqlite>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let query = sqlx::query(LOCK).bind(attempts_json(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Those of their answers that are about to change.
pub(in crate::store) async fn read(
    transaction: &mut Transaction<'static, Sqlite>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let query = sqlx::query(READ).bind(wanted_json(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Writes the evidence and the answers; whether all of these were newer than what was stored.
pub(in crate::store) async fn write(
    transaction: &mut Transaction<'static, Sqlite>,
    kept: &[Kept],
) -> sqlx::Result<bool> {
    let rows = Kept::json(kept);
    let answers = sqlx::query(UPSERT).bind(&rows);
    let written = answers.execute(&mut **transaction).await?.rows_affected();
    let history = sqlx::query(ADD_HISTORY).bind(&rows);
    history.execute(&mut **transaction).await?;
    Ok(written == Kept::count_newest(kept))
}
