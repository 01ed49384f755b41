//! The batch of saves in MySQL and MariaDB: one statement for each step, over a JSON array.

use sqlx::{MySql, Transaction};

use crate::store::SaveRequest;
use crate::store::batch::{Kept, attempts_json, wanted_json};
use crate::store::sql::Row;

/// In the order of the array, which is the order of their ids, with the columns that [`crate::store::verbs::attempts`]
/// reads.
const LOCK: &str = "
SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at,
       a.device_id, a.held_since, a.furthest, a.revision, a.seen_revision, a.is_blanked, a.break_ends_at
FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted
STRAIGHT_JOIN attempts a ON a.id = wanted.id
FOR UPDATE";

/// At READ COMMITTED it sees what was committed before the attempts were locked.
const READ: &str = "
SELECT n.question_id, n.sequence, n.response, n.flagged, n.saved_at, n.attempt_id
FROM JSON_TABLE(?, '$[*]' COLUMNS (attempt VARCHAR(36) PATH '$[0]', question VARCHAR(36) PATH '$[1]')) AS wanted
STRAIGHT_JOIN answers n ON n.attempt_id = wanted.attempt AND n.question_id = wanted.question";

/// The guard on `sequence` repeats the rule inside the database: nothing can put an older save over a newer one. MySQL
/// cannot skip a row here, and the rows that it counts do not tell which were changed; so a row that is not newer gets a
/// sequence that the table's check refuses, and the batch fails as a whole.
const UPSERT: &str = "
INSERT INTO answers (attempt_id, question_id, sequence, response, flagged, saved_at)
SELECT newer.attempt, newer.question, newer.sequence, newer.response, newer.flagged, newer.saved_at
FROM JSON_TABLE(?, '$[*]' COLUMNS (
    attempt VARCHAR(36) PATH '$[0]', question VARCHAR(36) PATH '$[1]', sequence BIGINT PATH '$[2]',
    response MEDIUMTEXT PATH '$[3]', flagged BIGINT PATH '$[4]', saved_at BIGINT PATH '$[5]',
    is_newest BIGINT PATH '$[7]')) AS newer
WHERE newer.is_newest = 1
ON DUPLICATE KEY UPDATE
    answers.sequence = IF(newer.sequence > answers.sequence, newer.sequence, -1),
    answers.response = newer.response, answers.flagged = newer.flagged, answers.saved_at = newer.saved_at";

/// What another process set aside before is there already.
const ADD_HISTORY: &str = "
INSERT INTO answer_history
    (attempt_id, question_id, sequence, response, flagged, saved_at, is_set_aside, audit_number, saved_second)
SELECT kept.attempt, kept.question, kept.sequence, kept.response, kept.flagged, kept.saved_at, kept.is_set_aside,
       kept.audit_number, kept.saved_at DIV 1000
FROM JSON_TABLE(?, '$[*]' COLUMNS (
    attempt VARCHAR(36) PATH '$[0]', question VARCHAR(36) PATH '$[1]', sequence BIGINT PATH '$[2]',
    response MEDIUMTEXT PATH '$[3]', flagged BIGINT PATH '$[4]', saved_at BIGINT PATH '$[5]',
    is_set_aside BIGINT PATH '$[6]', audit_number BIGINT PATH '$[8]')) AS kept
ON DUPLICATE KEY UPDATE answer_history.sequence = answer_history.sequence";

/// The attempts of the batch, locked.
pub(in crate::store) async fn lock(
    transaction: &mut Transaction<'static, MySql>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let query = sqlx::query(LOCK).bind(attempts_json(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Those of their answers that are about to change.
pub(in crate::store) async fn read(
    transaction: &mut Transaction<'static, MySql>,
    requests: &[SaveRequest],
) -> sqlx::Result<Vec<Row>> {
    let query = sqlx::query(READ).bind(wanted_json(requests));
    query.fetch_all(&mut **transaction).await.map(Row::each)
}

/// Writes the evidence and the answers; whether all of these were newer than what was stored. If not, the transaction is
/// good for nothing any more.
pub(in crate::store) async fn write(
    transaction: &mut Transaction<'static, MySql>,
    kept: &[Kept],
) -> sqlx::Result<bool> {
    let rows = Kept::json(kept);
    let answers = sqlx::query(UPSERT).bind(&rows);
    match answers.execute(&mut **transaction).await {
        Err(sqlx::Error::Database(error)) if error.is_check_violation() => return Ok(false),
        written => written?,
    };
    let history = sqlx::query(ADD_HISTORY).bind(&rows);
    history.execute(&mut **transaction).await?;
    Ok(true)
}
