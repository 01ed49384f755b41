//! `stored-answers`: the database's side of the ledger, for comparing with what was acknowledged.

use std::io::{BufWriter, Write};

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::CommandError;
use crate::exam::ExamId;
use crate::settings::DatabaseSettings;
use crate::store::{DatabaseStore, Store as _};

/// Prints every stored answer as one JSON object per line.
///
/// # Errors
/// When the database cannot be read or the output is closed.
pub async fn stored_answers(
    settings: &DatabaseSettings,
    exam: Option<ExamId>,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let store = DatabaseStore::open_read_only(&settings.database).await?;
    let lines = store.stored_answers(exam).await;
    store.close().await?;
    let mut output = BufWriter::new(output);
    for line in lines? {
        let time =
            |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let response: Value =
            serde_json::from_str(&line.response).unwrap_or(Value::String(line.response));
        let line = json!({
            "attempt_id": line.attempt_id,
            "login": line.login,
            "question_id": line.question_id,
            "sequence": line.sequence,
            "response": response,
            "saved_at": time(line.saved_at),
            "submitted_at": line.submitted_at.map(time),
        });
        writeln!(output, "{line}")?;
    }
    Ok(output.flush()?)
}
