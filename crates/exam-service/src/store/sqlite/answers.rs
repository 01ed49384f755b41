//! The batch of saves in `SQLite`: one round trip to its thread for each step.

use std::sync::LazyLock;

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

/// So many rows are written by one statement; a batch is cut into the largest of these that fit, so that few statements
/// have to be kept prepared. Bound one by one, not as one JSON array: taking that apart would cost as much as writing.
const ROWS_AT_ONCE: [usize; 3] = [64, 8, 1];

/// The evidence, and of it what stands, with the number of answers changed between them. The guard on `sequence` repeats
/// the rule inside the database: nothing can put an older save over a newer one. What another process set aside before is
/// in the evidence already.
static WRITE: LazyLock<[String; 3]> = LazyLock::new(|| ROWS_AT_ONCE.map(write_statement));

fn write_statement(rows: usize) -> String {
    // Not numbered: the driver looks each number up among all of them. So the rows are bound twice.
    let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
    format!(
        "
WITH kept (attempt, question, sequence, response, flagged, saved_at, is_set_aside, is_newest, audit_number)
    AS (VALUES {rows})
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT attempt, question, sequence, response, flagged, saved_at FROM kept WHERE is_newest
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET sequence = excluded.sequence, response = excluded.response, flagged = excluded.flagged, saved_at = excluded.saved_at
WHERE excluded.sequence > answers.sequence;
SELECT changes();
WITH kept (attempt, question, sequence, response, flagged, saved_at, is_set_aside, is_newest, audit_number)
    AS (VALUES {rows})
INSERT INTO answer_history
    (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
SELECT attempt, question, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_at / 1000
FROM kept WHERE true
ON CONFLICT DO NOTHING"
    )
}

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
    let (mut rest, mut written) = (kept, 0);
    for (rows, statement) in ROWS_AT_ONCE.iter().zip(WRITE.iter()) {
        while let Some((chunk, behind)) = rest.split_at_checked(*rows) {
            written += write_rows(transaction, statement, chunk).await?;
            rest = behind;
        }
    }
    Ok(written == Kept::count_newest(kept))
}

/// What has to be written out of a row before it can be bound.
struct Texts {
    attempt: String,
    question: String,
    response: String,
}

impl Texts {
    fn of(kept: &Kept) -> Self {
        Self {
            attempt: kept.attempt.to_string(),
            question: kept.answer.question_id.to_string(),
            response: kept.answer.response.to_text(),
        }
    }
}

/// How many answers changed.
async fn write_rows(
    transaction: &mut Transaction<'static, Sqlite>,
    statement: &'static str,
    kept: &[Kept],
) -> sqlx::Result<u64> {
    let texts: Vec<_> = kept.iter().map(Texts::of).collect();
    let mut query = sqlx::query_scalar::<_, i64>(statement);
    for (kept, text) in kept.iter().zip(&texts).chain(kept.iter().zip(&texts)) {
        query = query
            .bind(&text.attempt)
            .bind(&text.question)
            .bind(kept.answer.sequence.get())
            .bind(&text.response)
            .bind(kept.answer.flagged)
            .bind(kept.answer.saved_at.timestamp_millis())
            .bind(kept.is_set_aside)
            .bind(kept.is_newest)
            .bind(kept.audit_number);
    }
    // All of them: what follows a row that nobody asks for is not executed.
    let changed = query.fetch_all(&mut **transaction).await?;
    Ok(changed.into_iter().map(i64::unsigned_abs).sum())
}
