//! The log of what staff did: lines are added in the transaction that does it, and the chain is read and checked.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::exam::audit::{AuditLine, ChainEnd, ChainedLine};
use crate::exam::{AttemptId, ExamId, UserId};
use crate::store::sitting::AuditPage;
use crate::store::sql::{Row, Sql, Transaction, arguments, select_locked};
use crate::store::{DatabaseStore, StoreError};

/// How many lines are checked at a time.
const PAGE: i64 = 1000;

static HEAD: Sql = Sql::same("SELECT number, hash FROM audit_head WHERE id = 1");
static HEAD_LOCKED: Sql = select_locked!("SELECT number, hash FROM audit_head WHERE id = 1");
static ADD: Sql = Sql::same(
    "INSERT INTO audit_log (number, happened_at, actor_id, action, exam_id, detail, previous_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
static MOVE_HEAD: Sql = Sql::same("UPDATE audit_head SET number = $1, hash = $2 WHERE id = 1");
static LINES: Sql = Sql::same(
    "SELECT number, happened_at, actor_id, action, exam_id, detail, previous_hash, hash
     FROM audit_log WHERE number > $1 ORDER BY number LIMIT $2",
);
static HASH_OF: Sql = Sql::same("SELECT hash FROM audit_log WHERE number = $1");
static ADD_ATTEMPTS: Sql = Sql::each(
    "INSERT INTO audit_attempts (attempt_id, number) SELECT value, $2 FROM json_each($1)",
    "INSERT INTO audit_attempts (attempt_id, number)
     SELECT concerned.id, $2 FROM JSON_TABLE($1, '$[*]' COLUMNS (id VARCHAR(36) PATH '$')) AS concerned",
    "INSERT INTO audit_attempts (attempt_id, number) SELECT json_array_elements_text($1::json), $2",
);

/// Something for the log.
pub(in crate::store) struct Deed<'a> {
    /// Who; `None`: the service itself.
    pub(in crate::store) actor: Option<UserId>,
    /// What, in a word of at most 40 characters.
    pub(in crate::store) action: &'a str,
    /// In which exam, if in one.
    pub(in crate::store) exam: Option<ExamId>,
    /// On whom and how much. No secrets, no answers.
    pub(in crate::store) detail: Value,
    /// When.
    pub(in crate::store) at: DateTime<Utc>,
}

/// Adds a line to the log, in the transaction that does what it says; the number of the line. Whoever adds another one
/// waits until that transaction ends, so this is best done last.
pub(in crate::store) async fn append(
    transaction: &mut Transaction,
    deed: Deed<'_>,
) -> Result<i64, StoreError> {
    let head = transaction.one(&HEAD_LOCKED, arguments![]).await?;
    let previous_hash = head.string(1)?;
    let line = AuditLine {
        number: head.integer(0)? + 1,
        happened_at_ms: deed.at.timestamp_millis(),
        actor: deed.actor.map(|actor| actor.to_string()),
        action: deed.action.to_owned(),
        exam: deed.exam.map(|exam| exam.to_string()),
        detail: deed.detail.to_string(),
    };
    let hash = line.hash(&previous_hash);
    let values = arguments![
        line.number,
        deed.at,
        deed.actor,
        deed.action,
        deed.exam,
        &line.detail,
        &previous_hash,
        &hash
    ];
    transaction.execute(&ADD, values).await?;
    transaction
        .execute(&MOVE_HEAD, arguments![line.number, &hash])
        .await?;
    Ok(line.number)
}

/// Notes which attempts a line is about.
pub(super) async fn add_attempts(
    transaction: &mut Transaction,
    number: i64,
    attempts: &[AttemptId],
) -> Result<(), StoreError> {
    let attempts = serde_json::json!(attempts).to_string();
    transaction
        .execute(&ADD_ATTEMPTS, arguments![attempts, number])
        .await?;
    Ok(())
}

impl DatabaseStore {
    pub(in crate::store) async fn read_audit(
        &self,
        after: i64,
        limit: i64,
    ) -> Result<AuditPage, StoreError> {
        let reading = self.reading("read the log of staff actions");
        let before = reading.optional(&HASH_OF, arguments![after]).await?;
        let end = match before {
            Some(row) => ChainEnd {
                number: after,
                hash: row.string(0)?,
            },
            None => ChainEnd::default(),
        };
        let rows = reading.all(&LINES, arguments![end.number, limit]).await?;
        let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        let chain = end.follow(&lines);
        Ok(AuditPage { lines, chain })
    }

    pub(in crate::store) async fn read_audit_chain(
        &self,
    ) -> Result<Result<ChainEnd, i64>, StoreError> {
        let reading = self.reading("check the log of staff actions");
        // First: lines that are added meanwhile are no fault.
        let head = reading.one(&HEAD, arguments![]).await?;
        let (last, hash) = (head.integer(0)?, head.string(1)?);
        let mut end = ChainEnd::default();
        while end.number < last {
            let limit = PAGE.min(last - end.number);
            let rows = reading.all(&LINES, arguments![end.number, limit]).await?;
            let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
            if lines.is_empty() {
                // Its end was cut off.
                return Ok(Err(end.number + 1));
            }
            match end.follow(&lines) {
                Ok(next) => end = next,
                Err(number) => return Ok(Err(number)),
            }
        }
        Ok(if end.hash == hash { Ok(end) } else { Err(last) })
    }
}

fn line(row: &Row) -> Result<ChainedLine, StoreError> {
    let text = |index| row.optional_text(index).map(|text| text.map(str::to_owned));
    Ok(ChainedLine {
        line: AuditLine {
            number: row.integer(0)?,
            happened_at_ms: row.integer(1)?,
            actor: text(2)?,
            action: row.string(3)?,
            exam: text(4)?,
            detail: row.string(5)?,
        },
        previous_hash: row.string(6)?,
        hash: row.string(7)?,
    })
}
