//! What is wrong with a file of accounts, cell by cell.

use serde::Serialize;
use utoipa::ToSchema;

/// The most problems that are listed; further ones are counted.
const MAX_PROBLEMS: usize = 1_000;

/// One cell that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportProblem)]
pub struct Problem {
    /// In which row of the file, from 1; the first one names the columns.
    pub row: usize,
    /// In which column.
    pub column: &'static str,
    /// What is wrong, and what to do.
    pub what: String,
}

/// What there is to say of a file of accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct PeopleReport {
    /// How many rows have an account.
    pub rows: usize,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// How many problems are not listed, because there are too many.
    pub unlisted_problems: usize,
    /// Columns that nobody knows; nothing of them was taken.
    pub unknown_columns: Vec<String>,
}

impl PeopleReport {
    /// A cell is wrong.
    pub fn add(&mut self, row: usize, column: &'static str, what: impl Into<String>) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.unlisted_problems += 1;
            return;
        }
        self.problems.push(Problem {
            row,
            column,
            what: what.into(),
        });
    }

    /// How many cells are wrong.
    pub fn count(&self) -> usize {
        self.problems.len() + self.unlisted_problems
    }
}
