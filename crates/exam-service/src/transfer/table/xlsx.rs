//! Rows as the first sheet of an Excel workbook.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::Row;
use crate::transfer::questions::{TransferError, package};

/// More columns than any row needs.
const MAX_COLUMNS: usize = 200;

pub(in crate::transfer) fn read(bytes: &[u8], max_rows: usize) -> Result<Vec<Row>, TransferError> {
    // A workbook is a ZIP archive: what it unpacks to is limited before anything else looks at it.
    package::check_limits(bytes)?;
    let unreadable = |error: calamine::XlsxError| {
        TransferError::unreadable(format!("this is no Excel workbook: {error}"))
    };
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let range = workbook
        .worksheet_range_at(0)
        .ok_or_else(|| TransferError::unreadable("the workbook has no sheet"))?
        .map_err(unreadable)?;
    if range.height() > max_rows {
        return Err(TransferError::TooManyRows(max_rows));
    }
    let first = range.start().map_or(0, |(row, _)| row as usize);
    let rows = range.rows().enumerate().map(|(index, cells)| Row {
        line: first + index + 1,
        cells: cells.iter().take(MAX_COLUMNS).map(cell).collect(),
    });
    Ok(rows.collect())
}

/// What is in a cell, as somebody would have typed it.
fn cell(data: &Data) -> String {
    match data {
        Data::Bool(true) => "true".to_owned(),
        Data::Bool(false) => "false".to_owned(),
        other => other.to_string(),
    }
}

pub(in crate::transfer) fn write(
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Vec<u8>, TransferError> {
    let failed = |error: XlsxError| TransferError::Unwritable(error.to_string());
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(cells) {
            if row == 0 {
                sheet
                    .write_string_with_format(row, column, text, &bold)
                    .map_err(failed)?;
            } else if !text.is_empty() {
                // Always text: a program that took 1.50 for a number would make 1.5 of it.
                sheet.write_string(row, column, text).map_err(failed)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    workbook.save_to_buffer().map_err(failed)
}
