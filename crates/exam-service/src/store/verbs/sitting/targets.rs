//! Which attempts something is done to, and what their time follows from.

use std::collections::HashSet;

use crate::exam::invigilation::Case;
use crate::exam::seating::is_in_room;
use crate::exam::timing::Grants;
use crate::exam::{Attempt, AttemptId, ExamId};
use crate::store::StoreError;
use crate::store::sitting::Target;
use crate::store::sql::{Row, Sql, Transaction, arguments};
use crate::store::verbs::exam_office::rooms::has_room;

/// The latest attempt of each student, with the seat, and with whether they are in a group.
static LATEST: Sql = Sql::same(
    "SELECT a.id, c.seat, g.user_id
     FROM attempts a
     JOIN candidates c ON c.exam_id = a.exam_id AND c.user_id = a.user_id
     LEFT JOIN group_members g ON g.group_id = $2 AND g.user_id = a.user_id
     WHERE a.exam_id = $1
       AND a.number = (SELECT max(b.number) FROM attempts b WHERE b.exam_id = a.exam_id AND b.user_id = a.user_id)
     ORDER BY a.id",
);
/// In the order of their ids, as the batches of answers lock them.
static LOCK: Sql = Sql::each(
    // The transaction itself keeps others away.
    "SELECT value FROM json_each($1)",
    "SELECT a.id FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted
     STRAIGHT_JOIN attempts a ON a.id = wanted.id
     FOR UPDATE",
    "SELECT id FROM attempts WHERE id IN (SELECT json_array_elements_text($1::json)) ORDER BY id FOR UPDATE",
);
static CASES: Sql = Sql::each(
    "SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at, a.started_at, a.is_blanked,
            a.grants, c.accommodation, a.break_ends_at
     FROM json_each($1) AS wanted
     CROSS JOIN attempts a ON a.id = wanted.value
     JOIN candidates c ON c.exam_id = a.exam_id AND c.user_id = a.user_id
     ORDER BY a.id",
    "SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at, a.started_at, a.is_blanked,
            a.grants, c.accommodation, a.break_ends_at
     FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS wanted
     STRAIGHT_JOIN attempts a ON a.id = wanted.id
     JOIN candidates c ON c.exam_id = a.exam_id AND c.user_id = a.user_id
     ORDER BY a.id",
    "SELECT a.id, a.user_id, a.exam_id, a.deadline_at, a.submitted_at, a.paused_at, a.started_at, a.is_blanked,
            a.grants, c.accommodation, a.break_ends_at
     FROM attempts a
     JOIN candidates c ON c.exam_id = a.exam_id AND c.user_id = a.user_id
     WHERE a.id IN (SELECT json_array_elements_text($1::json))
     ORDER BY a.id",
);

/// The attempts that are meant, in the order of their ids. Not locked yet.
pub(super) async fn find(
    transaction: &mut Transaction,
    exam: ExamId,
    target: &Target,
) -> Result<Vec<AttemptId>, StoreError> {
    let group = match target {
        Target::Group(group) => group.as_str(),
        _ => "",
    };
    let room = match target {
        Target::Room(room) if has_room(transaction, exam, room).await? => Some(room),
        _ => None,
    };
    let chosen: HashSet<&AttemptId> = match target {
        Target::Attempts(attempts) => attempts.iter().collect(),
        _ => HashSet::new(),
    };
    let mut found = Vec::new();
    for row in transaction.all(&LATEST, arguments![exam, group]).await? {
        let attempt: AttemptId = row.id(0)?;
        let is_meant = match target {
            Target::All => true,
            Target::Attempts(_) => chosen.contains(&attempt),
            Target::Room(prefix) => row.optional_text(1)?.is_some_and(|seat| match room {
                Some(room) => is_in_room(seat, room),
                None => seat.starts_with(prefix),
            }),
            Target::Group(_) => row.optional_text(2)?.is_some(),
        };
        if is_meant {
            found.push(attempt);
        }
    }
    Ok(found)
}

/// What the time of these attempts follows from; nobody else changes it until the transaction ends.
pub(super) async fn lock(
    transaction: &mut Transaction,
    attempts: &[AttemptId],
) -> Result<Vec<Case>, StoreError> {
    let attempts = serde_json::json!(attempts).to_string();
    // Two statements: one that waits for a lock goes on reading what it saw before.
    transaction.all(&LOCK, arguments![&attempts]).await?;
    let rows = transaction.all(&CASES, arguments![&attempts]).await?;
    rows.iter().map(case).collect()
}

fn case(row: &Row) -> Result<Case, StoreError> {
    Ok(Case {
        attempt: Attempt {
            id: row.id(0)?,
            owner: row.id(1)?,
            exam_id: row.id(2)?,
            deadline_at: row.time(3)?,
            submitted_at: row.optional_time(4)?,
            paused_at: row.optional_time(5)?,
        },
        started_at: row.time(6)?,
        is_blanked: row.flag(7)?,
        break_ends_at: row.optional_time(10)?,
        grants: row.json_or_default::<Grants>(8, "the time credits of an attempt")?,
        accommodation: row.json_or_default(9, "an accommodation")?,
    })
}
