//! Notes as they are written: once, and never changed.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::actions::read_exam_time;
use super::super::idempotency::{Earlier, Named};
use super::reading::{ONE, incident};
use crate::exam::audit::Deed;
use crate::exam::incident::MOST_INCIDENTS;
use crate::exam::receipt::hexadecimal;
use crate::exam::{AttemptId, ExamId, IncidentId};
use crate::store::incidents::{IncidentOutcome, NewIncident};
use crate::store::sql::{InsertNew, Sql, Transaction, arguments, insert_new};
use crate::store::verbs::canaries::CANARY_EXAM;
use crate::store::{DatabaseStore, Staff, StoreError};

static COUNT: Sql = Sql::same("SELECT count(*) FROM incidents WHERE exam_id = $1");
static EARLIER: Sql = Sql::same("SELECT exam_id FROM incidents WHERE id = $1");
static CANDIDATE: Sql = Sql::same(
    "SELECT (SELECT a.id FROM attempts a WHERE a.exam_id = c.exam_id AND a.user_id = c.user_id
             ORDER BY a.number DESC LIMIT 1)
     FROM candidates c WHERE c.exam_id = $1 AND c.user_id = $2",
);
/// Of two that correct the same note, one is kept.
static INSERT: InsertNew = insert_new!(
    "INSERT INTO incidents (id, exam_id, author_id, written_at, category, user_id, attempt_id, room, body, corrects_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
);

impl DatabaseStore {
    pub(in crate::store) async fn write_incident(
        &self,
        staff: Staff,
        new: &NewIncident,
    ) -> Result<IncidentOutcome, StoreError> {
        let mut transaction = self.begin_write("note an incident").await?;
        let is_theirs = read_exam_time(&mut transaction, staff, new.exam).await?;
        if is_theirs.is_none() || new.exam.to_string() == CANARY_EXAM {
            return Ok(IncidentOutcome::NotFound);
        }
        let named = Named {
            actor: staff.user,
            key: &new.key,
            request_hash: &new.request_hash,
        };
        if !named.claim(&mut transaction, staff.at).await? {
            transaction.rollback().await?;
            return match self.read_earlier::<IncidentId>(named).await? {
                Earlier::Other => Ok(IncidentOutcome::KeyUsedBefore),
                Earlier::Same(id) => {
                    let reading = self.reading("read a note");
                    let row = reading.one(&ONE, arguments![id]).await?;
                    incident(&row).map(Box::new).map(IncidentOutcome::Noted)
                }
            };
        }
        let attempt = match place(&mut transaction, new).await? {
            Ok(attempt) => attempt,
            Err(why) => {
                transaction.rollback().await?;
                return Ok(IncidentOutcome::Refused(why.to_owned()));
            }
        };
        if !insert(&mut transaction, staff, new, attempt).await? {
            transaction.rollback().await?;
            return Ok(IncidentOutcome::Refused(CORRECTED.to_owned()));
        }
        let kept = transaction.one(&ONE, arguments![new.id]).await?;
        named.keep(&mut transaction, &new.id).await?;
        log(&mut transaction, staff, new).await?;
        transaction.commit().await?;
        incident(&kept).map(Box::new).map(IncidentOutcome::Noted)
    }
}

const CORRECTED: &str =
    "Somebody has corrected this note already. Read the notes again, and correct the newest one.";

/// The attempt that a note is about, if it is about one; or why it cannot be kept.
async fn place(
    transaction: &mut Transaction,
    new: &NewIncident,
) -> Result<Result<Option<AttemptId>, &'static str>, StoreError> {
    let count = transaction.one(&COUNT, arguments![new.exam]).await?;
    if usize::try_from(count.integer(0)?).is_ok_and(|count| count >= MOST_INCIDENTS) {
        return Ok(Err("The exam has as many notes as it may have: 5000."));
    }
    if let Some(earlier) = new.corrects {
        let row = transaction.optional(&EARLIER, arguments![earlier]).await?;
        let exam = row.map(|row| row.id::<ExamId>(0)).transpose()?;
        if exam != Some(new.exam) {
            return Ok(Err("'corrects_id' is no note of this exam."));
        }
    }
    let Some(user) = new.user else {
        return Ok(Ok(None));
    };
    let wanted = arguments![new.exam, user];
    match transaction.optional(&CANDIDATE, wanted).await? {
        None => Ok(Err("'user_id' is no candidate of this exam.")),
        Some(row) => row.optional_id(0).map(Ok),
    }
}

async fn insert(
    transaction: &mut Transaction,
    staff: Staff,
    new: &NewIncident,
    attempt: Option<AttemptId>,
) -> Result<bool, StoreError> {
    let values = arguments![
        new.id,
        new.exam,
        staff.user,
        staff.at,
        new.category.as_str(),
        new.user,
        attempt,
        &new.room,
        &new.text,
        new.corrects
    ];
    transaction.insert_new(&INSERT, values).await
}

/// What was written may be about somebody's health: the log has only what proves that it is still the same.
async fn log(
    transaction: &mut Transaction,
    staff: Staff,
    new: &NewIncident,
) -> Result<(), StoreError> {
    let entry = staff.did(Deed::IncidentNoted).on(&new.id).in_exam(new.exam);
    let detail = json!({
        "category": new.category.as_str(),
        "account": new.user,
        "room": new.room,
        "corrects": new.corrects,
        "text_sha256": hexadecimal(&Sha256::digest(&new.text)),
    });
    entry.with(detail).append(transaction).await?;
    Ok(())
}
