//! Corrected keys, beside the paper.

use crate::exam::grading::Voiding;
use crate::exam::{ExamId, Question};
use crate::store::results::{CorrectionRequest, KeyCorrection, Versioned};
use crate::store::sql::{Row, Sql, arguments, select_locked};
use crate::store::{DatabaseStore, StoreError};

/// In the order in which they were made, so that of one question the newest counts.
pub(super) static KEYS: Sql = Sql::same(
    "SELECT question, version, voiding FROM key_corrections WHERE exam_id = $1 ORDER BY version",
);
static ALL: Sql = Sql::same(
    "SELECT c.question, c.reason, c.version, c.corrected_by, u.display_name, c.corrected_at, c.voiding
     FROM key_corrections c JOIN users u ON u.id = c.corrected_by
     WHERE c.exam_id = $1 ORDER BY c.version",
);
static NEWEST: Sql = Sql::same(
    "SELECT question, version, corrected_by, voiding FROM key_corrections WHERE exam_id = $1 ORDER BY version DESC LIMIT 1",
);
static LOCK_EXAM: Sql = select_locked!("SELECT id FROM exams WHERE id = $1");
static INSERT: Sql = Sql::same(
    "INSERT INTO key_corrections (exam_id, version, question, reason, corrected_by, corrected_at, voiding)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

impl DatabaseStore {
    pub(in crate::store) async fn read_key_corrections(
        &self,
        exam: ExamId,
    ) -> Result<Vec<KeyCorrection>, StoreError> {
        let reading = self.reading("read the corrected keys of an exam");
        let rows = reading.all(&ALL, arguments![exam]).await?;
        let correction = |row: &Row| {
            Ok(KeyCorrection {
                question: question(row, 0)?,
                voiding: voiding(row, 6)?,
                reason: row.string(1)?,
                version: row.integer(2)?,
                corrected_by: row.id(3)?,
                corrected_by_name: row.string(4)?,
                corrected_at: row.time(5)?,
            })
        };
        rows.iter().map(correction).collect()
    }

    pub(in crate::store) async fn write_correction(
        &self,
        request: CorrectionRequest,
    ) -> Result<Versioned, StoreError> {
        let mut transaction = self.begin_write("correct a key").await?;
        transaction
            .optional(&LOCK_EXAM, arguments![request.exam])
            .await?;
        let newest = transaction
            .optional(&NEWEST, arguments![request.exam])
            .await?;
        let stored = newest.as_ref().map_or(Ok(0), |row| row.integer(1))?;
        if stored != request.seen_version {
            let is_same = match &newest {
                Some(row) => {
                    row.text(2)? == request.by.to_string()
                        && question(row, 0)? == request.question
                        && voiding(row, 3)? == request.voiding
                }
                None => false,
            };
            return Ok(super::conflict(stored, request.seen_version, is_same));
        }
        let version = stored + 1;
        let document = serde_json::to_string(&request.question)
            .map_err(|error| StoreError::Corrupt(format!("a corrected key: {error}")))?;
        let values = arguments![
            request.exam,
            version,
            document,
            &request.reason,
            request.by,
            request.now,
            request.voiding.map(Voiding::as_str)
        ];
        transaction.execute(&INSERT, values).await?;
        transaction.commit().await?;
        Ok(Versioned::Stored(version))
    }
}

/// A question from its document.
pub(super) fn question(row: &Row, column: usize) -> Result<Question, StoreError> {
    serde_json::from_str(row.text(column)?).map_err(|error| {
        StoreError::Corrupt(format!("a corrected key, in column {}", error.column()))
    })
}

/// What becomes of a question that was found broken.
pub(super) fn voiding(row: &Row, column: usize) -> Result<Option<Voiding>, StoreError> {
    let Some(word) = row.optional_text(column)? else {
        return Ok(None);
    };
    match Voiding::parse(word) {
        Some(voiding) => Ok(Some(voiding)),
        None => Err(StoreError::Corrupt(format!(
            "'{word}' does not say what becomes of a broken question"
        ))),
    }
}
