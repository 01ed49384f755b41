//! Rows as comma-separated values.

use ::csv::{ReaderBuilder, Terminator, WriterBuilder};

use super::Row;
use crate::transfer::questions::{TransferError, text};

/// With what a spreadsheet takes a text for a formula, and runs it.
const FORMULA_BEGINNINGS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(in crate::transfer) fn read(bytes: &[u8]) -> Result<Vec<Row>, TransferError> {
    let text = text(bytes)?;
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
    let mut lines = Lines {
        bytes: text.as_bytes(),
        place: 0,
        line: 1,
    };
    for record in reader.records() {
        let record = record
            .map_err(|error| TransferError::unreadable(format!("this is no CSV: {error}")))?;
        let begins = record.position().map_or(0, ::csv::Position::byte);
        rows.push(Row {
            line: lines.of_record_after(usize::try_from(begins).unwrap_or_default()),
            cells: record.iter().map(str::to_owned).collect(),
        });
    }
    Ok(rows)
}

/// In which line a record begins. The reader says where the one before it ended, which with the line ends of Windows is in the
/// line before, as it is with empty lines between the two.
struct Lines<'a> {
    bytes: &'a [u8],
    place: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line, from 1, of the record that begins at `place` or after the line ends that follow it.
    fn of_record_after(&mut self, place: usize) -> usize {
        while let Some(byte) = self.bytes.get(self.place) {
            if self.place >= place && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += usize::from(*byte == b'\n');
            self.place += 1;
        }
        self.line
    }
}

pub(in crate::transfer) fn write(
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Vec<u8>, TransferError> {
    let failed = |error: &dyn std::fmt::Display| TransferError::Unwritable(error.to_string());
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

/// A text that no spreadsheet takes for a formula.
pub(in crate::transfer) fn harmless(text: &str) -> String {
    if text.trim_start().starts_with(FORMULA_BEGINNINGS) || text.starts_with(FORMULA_BEGINNINGS) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_line_in_which_it_begins_whatever_ends_the_lines() {
        let text = "a,b\n\n1,\"x\ny\"\n2,z\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let rows = read(text.as_bytes()).unwrap();
            let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [1, 3, 5], "{text:?}");
        }
    }
}
