//! Results as comma-separated values.

use ::csv::{Terminator, WriterBuilder};

use super::{Cell, ResultTable, UnwritableError};
use crate::transfer::table::csv::harmless;

/// The table as UTF-8, its lines ended as RFC 4180 says.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front: names are chosen by people.
///
/// # Errors
/// When there is no memory for it.
pub fn write(table: &ResultTable) -> Result<Vec<u8>, UnwritableError> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let header = table.header();
    writer
        .write_record(header.iter().map(|text| harmless(text)))
        .map_err(UnwritableError::new)?;
    for row in &table.rows {
        let cells = row.cells().into_iter().map(|cell| match cell {
            Cell::Text(text) => harmless(&text),
            Cell::Number(number) => number.to_string(),
            Cell::Nothing => String::new(),
        });
        writer.write_record(cells).map_err(UnwritableError::new)?;
    }
    writer.into_inner().map_err(UnwritableError::new)
}
