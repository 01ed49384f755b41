//! The batch of saves in PostgreSQL: the attempts locked, the answers read, and one statement that writes, over arrays.

use sqlx::{Postgres, Transaction};

use crate::store::SaveRequest;
use crate::store::batch::{Change, attempts_in_order, wanted};
use crate::store::sql::Row;

const LOCK: &str = "SELECT id FROM attempts WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

/// One row per wanted answer; the attempt's columns repeat, the answer's are null when there is none yet. At READ
/// COMMITTED it sees what was committed before the attempts were locked.
const READ: &str = "
SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at,
       a.device_id, a.held_since, a.furthest, a.revision, a.seen_revision, a.is_blanked, a.break_ends_at,
       n.question_id, n.sequence, n.response, n.flagged, n.saved_at
FROM unnest($1::text[], $2::text[]) AS wanted (attempt, question)
JOIN attempts a ON a.id = wanted.attempt
LEFT JOIN answers n ON n.attempt_id = wanted.attempt AND n.question_id = wanted.question";

/// The guard on `sequence` repeats the rule inside the database: nothing can put an older save over a newer one.
const UPSERT: &str = "
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET sequence = excluded.sequence, response = excluded.response, flagged = excluded.flagged, saved_at = excluded.saved_at
WHERE excluded.sequence > answers.sequence";

/// The attempts of the batch, locked, and those of their answers that are about to change.
pub(in crate::store) async fn read(
    transaction: &mut Transaction<'static, Postgres>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let locking = sqlx::query(LOCK).bind(attempts_in_order(requests));
    locking.execute(&mut **transaction).await?;
    let (attempts, questions): (Vec<String>, Vec<String>) = wanted(requests)
        .map(|(attempt, question)| (attempt.to_string(), question))
        .unzip();
    let query = sqlx::query(READ).bind(attempts).bind(questions);
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Writes; how many rows were.
pub(in crate::store) async fn write(
    transaction: &mut Transaction<'static, Postgres>,
    changes: &[Change<'_>],
) -> sqlx::Result<u64> {
    let texts = |text: &dyn Fn(&Change<'_>) -> String| -> Vec<String> {
        changes.iter().map(text).collect()
    };
    let numbers =
        |number: &dyn Fn(&Change<'_>) -> i64| -> Vec<i64> { changes.iter().map(number).collect() };
    let query = sqlx::query(UPSERT)
        .bind(texts(&|change| change.attempt.to_string()))
        .bind(texts(&|change| change.answer.question_id.to_string()))
        .bind(numbers(&|change| change.answer.sequence.get()))
        .bind(texts(&|change| change.answer.response.to_text()))
        .bind(numbers(&|change| i64::from(change.answer.flagged)))
        .bind(numbers(&|change| change.answer.saved_at.timestamp_millis()));
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}
