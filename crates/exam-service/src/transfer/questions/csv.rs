//! Questions as comma-separated values; what the columns mean is in `sheet`.

use ::csv::{ReaderBuilder, Terminator, WriterBuilder};

use super::sheet::{self, Row};
use super::{Import, TransferError};
use crate::exam::Question;

pub(super) fn read(bytes: &[u8]) -> Result<Import, TransferError> {
    let text = super::text(bytes)?;
    // Spreadsheets of many countries separate by semicolons.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() {
        b';'
    } else {
        b','
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|error| TransferError::unreadable(format!("this is no CSV: {error}")))?;
        let position = record.position().map(::csv::Position::line);
        rows.push(Row {
            line: position
                .and_then(|line| usize::try_from(line).ok())
                .unwrap_or(rows.len() + 1),
            cells: record.iter().map(str::to_owned).collect(),
        });
    }
    sheet::read(rows)
}

pub(super) fn write(questions: &[Question]) -> Result<Vec<u8>, TransferError> {
    let failed = |error: &dyn std::fmt::Display| TransferError::Unwritable(error.to_string());
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in sheet::write(questions) {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}
