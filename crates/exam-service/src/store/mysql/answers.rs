//! The batch of saves in MySQL and MariaDB: the attempts locked, the answers read, and one statement that writes.

use sqlx::{MySql, Transaction};

use crate::store::SaveRequest;
use crate::store::batch::{Change, attempts_in_order, wanted_json};
use crate::store::sql::Row;

/// In the order of the array, which is the order of their ids.
const LOCK: &str = "
SELECT a.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted
STRAIGHT_JOIN attempts a ON a.id = wanted.id
FOR UPDATE";

/// One row per wanted answer; the attempt's columns repeat, the answer's are null when there is none yet. At READ
/// COMMITTED it sees what was committed before the attempts were locked.
const READ: &str = "
SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at,
       a.device_id, a.held_since, a.furthest, a.revision, a.seen_revision, a.is_blanked, a.break_ends_at,
       n.question_id, n.sequence, n.response, n.flagged, n.saved_at
FROM JSON_TABLE(?, '$[*]' COLUMNS (attempt VARCHAR(36) PATH '$[0]', question VARCHAR(36) PATH '$[1]')) AS wanted
STRAIGHT_JOIN attempts a ON a.id = wanted.attempt
LEFT JOIN answers n ON n.attempt_id = a.id AND n.question_id = wanted.question";

/// The guard on `sequence` repeats the rule inside the database: nothing can put an older save over a newer one. MySQL
/// cannot skip a row here, and the rows that it counts do not tell which were changed; so a row that is not newer gets a
/// sequence that the table's check refuses, and the batch fails as a whole.
const UPSERT: &str = "
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT newer.attempt, newer.question, newer.sequence, newer.response, newer.flagged, newer.saved_at
FROM JSON_TABLE(?, '$[*]' COLUMNS (
    attempt VARCHAR(36) PATH '$[0]', question VARCHAR(36) PATH '$[1]', sequence BIGINT PATH '$[2]',
    response MEDIUMTEXT PATH '$[3]', flagged BIGINT PATH '$[4]', saved_at BIGINT PATH '$[5]')) AS newer
ON DUPLICATE KEY UPDATE
    answers.sequence = IF(newer.sequence > answers.sequence, newer.sequence, -1),
    answers.response = newer.response, answers.flagged = newer.flagged, answers.saved_at = newer.saved_at";

/// The attempts of the batch, locked, and those of their answers that are about to change.
pub(in crate::store) async fn read(
    transaction: &mut Transaction<'static, MySql>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let attempts = serde_json::Value::from(attempts_in_order(requests)).to_string();
    let locking = sqlx::query(LOCK).bind(attempts);
    locking.execute(&mut **transaction).await?;
    let query = sqlx::query(READ).bind(wanted_json(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Writes all of it, or fails.
pub(in crate::store) async fn write(
    transaction: &mut Transaction<'static, MySql>,
    changes: &[Change<'_>],
) -> sqlx::Result<()> {
    let query = sqlx::query(UPSERT).bind(Change::json(changes));
    query.execute(&mut **transaction).await?;
    Ok(())
}
