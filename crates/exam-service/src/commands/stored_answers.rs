//! `stored-answers`: the database's side of the ledger, for comparing with what was acknowledged.

use std::io::{BufWriter, Write};

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::CommandError;
use crate::exam::{ExamId, LoadRun};
use crate::settings::DatabaseSettings;
use crate::store::{DatabaseStore, Store as _, StoredAnswerLine};

/// Prints every stored answer as one JSON object per line: of all exams, of one, or of that of a load run.
///
/// # Errors
/// When there is no such load run, the database cannot be read, or the output is closed.
pub async fn stored_answers(
    settings: &DatabaseSettings,
    exam: Option<ExamId>,
    run: Option<&LoadRun>,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let store = DatabaseStore::open_read_only(&settings.database).await?;
    let lines = read(&store, exam, run).await;
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

async fn read(
    store: &DatabaseStore,
    exam: Option<ExamId>,
    run: Option<&LoadRun>,
) -> Result<Vec<StoredAnswerLine>, CommandError> {
    let exam = match run {
        None => exam,
        Some(run) => Some(store.exam_of_load_run(run).await?.ok_or_else(|| {
            let message = format!(
                "there is no exam of a load run '{run}': exam-service load list says which runs there are"
            );
            CommandError::Usage(message)
        })?),
    };
    Ok(store.stored_answers(exam).await?)
}
