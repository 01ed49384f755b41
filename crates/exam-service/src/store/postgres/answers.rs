//! The batch of saves in PostgreSQL: one statement for each step, over arrays.

use sqlx::{Postgres, Transaction};

use crate::store::SaveRequest;
use crate::store::batch::{Kept, attempts_in_order, wanted};
use crate::store::sql::Row;

/// With the columns that [`crate::store::verbs::attempts`] reads. A row that was waited for is read as it is then.
const LOCK: &str = "
SELECT id, user_id, exam_id, deadline_at, submitted_at, paused_at,
       device_id, held_since, furthest, revision, seen_revision, is_blanked, break_ends_at
FROM attempts WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

/// At READ COMMITTED it sees what was committed before the attempts were locked.
const READ: &str = "
SELECT n.question_id, n.sequence, n.response, n.flagged, n.saved_at, n.attempt_id
FROM unnest($1::text[], $2::text[]) AS wanted (attempt, question)
JOIN answers n ON n.attempt_id = wanted.attempt AND n.question_id = wanted.question";

/// The evidence, and of it what stands: one statement, so that each row travels once. The guard on `sequence` repeats the
/// rule inside the database: nothing can put an older save over a newer one. What another process set aside before is
/// there already.
const WRITE: &str = "
WITH kept AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bool[], $9::bigint[])
        AS kept (attempt, question, sequence, response, flagged, saved_at, is_set_aside, is_newest, audit_number)
), history AS (
    INSERT INTO answer_history
        (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
    SELECT attempt, question, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_at / 1000 FROM kept
    ON CONFLICT DO NOTHING
)
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT attempt, question, sequence, response, flagged, saved_at FROM kept WHERE is_newest
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET sequence = excluded.sequence, response = excluded.response, flagged = excluded.flagged, saved_at = excluded.saved_at
WHERE excluded.sequence > answers.sequence";

/// The attempts of the batch, locked.
pub(in crate::store) async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let query = sqlx::query(LOCK).bind(attempts_in_order(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Those of their answers that are about to change.
pub(in crate::store) async fn read(
    transaction: &mut Transaction<'static, Postgres>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let (attempts, questions): (Vec<String>, Vec<String>) = wanted(requests).unzip();
    let query = sqlx::query(READ).bind(attempts).bind(questions);
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Writes the evidence and the answers; whether all of these were newer than what was stored.
pub(in crate::store) async fn write(
    transaction: &mut Transaction<'static, Postgres>,
    kept: &[Kept],
) -> sqlx::Result<bool> {
    let texts = |text: &dyn Fn(&Kept) -> String| -> Vec<String> { kept.iter().map(text).collect() };
    let numbers = |number: &dyn Fn(&Kept) -> i64| -> Vec<i64> { kept.iter().map(number).collect() };
    let audit_numbers: Vec<Option<i64>> = kept.iter().map(|kept| kept.audit_number).collect();
    let newest: Vec<bool> = kept.iter().map(|kept| kept.is_newest).collect();
    let query = sqlx::query(WRITE)
        .bind(texts(&|kept| kept.attempt.to_string()))
        .bind(texts(&|kept| kept.answer.question_id.to_string()))
        .bind(numbers(&|kept| kept.answer.sequence.get()))
        .bind(texts(&|kept| kept.answer.response.to_text()))
        .bind(numbers(&|kept| i64::from(kept.answer.flagged)))
        .bind(numbers(&|kept| kept.answer.saved_at.timestamp_millis()))
        .bind(numbers(&|kept| i64::from(kept.is_set_aside)))
        .bind(newest)
        .bind(audit_numbers);
    let written = query.execute(&mut **transaction).await?.rows_affected();
    Ok(written == Kept::count_newest(kept))
}
