//! Results as an Excel workbook.

use rust_decimal::prelude::ToPrimitive as _;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{Cell, ResultTable, UnwritableError};

/// The longest text that a cell takes, in characters; what people are called is shorter.
const MOST_CHARACTERS: usize = 32_767;

/// The table on the one sheet of a workbook. Texts stay texts, whatever they begin with.
///
/// # Errors
/// When there are more rows or columns than a sheet takes, or no memory for it.
pub fn write(table: &ResultTable) -> Result<Vec<u8>, UnwritableError> {
    fill(table).map_err(UnwritableError::new)
}

fn fill(table: &ResultTable) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet();
    for (column, text) in (0_u16..).zip(table.header()) {
        sheet.write_string_with_format(0, column, shortened(&text), &bold)?;
    }
    for (row, cells) in (1_u32..).zip(table.rows.iter().map(super::ResultRow::cells)) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, shortened(&text))?,
                // What a spreadsheet calculates with; points have two decimals.
                Cell::Number(number) => {
                    sheet.write_number(row, column, number.to_f64().unwrap_or_default())?
                }
                Cell::Nothing => continue,
            };
        }
    }
    sheet.set_freeze_panes(1, 3)?;
    workbook.save_to_buffer()
}

fn shortened(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}
