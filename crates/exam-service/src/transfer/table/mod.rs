//! Rows of cells: what spreadsheets and CSV share, whatever is in them.

pub(super) mod csv;
pub(super) mod xlsx;

/// A row of cells.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// In the file, from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// Whether nothing is in any of its cells.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}
