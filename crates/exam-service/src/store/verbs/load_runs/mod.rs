//! Load runs: made, listed, asked about, and taken away with all that is theirs.
//!
//! An exam and an account are marked with the run that they were made for (`load_run`), and nothing else is. What staff
//! ask for names the mark where it begins: exams as they are found, locked and graded, accounts as they are listed and
//! named. Staff can neither change a marked exam nor name a marked account, so that no person is ever in a load run, no
//! load account in an exam of people, and whatever is done at a marked exam goes with it.

mod history;
mod listing;
mod purging;
mod rows;
mod seeding;
mod target;

use std::time::Duration;

use crate::exam::LoadRun;
use crate::store::StoreError;
use crate::store::sql::Row;

/// A run from its column.
fn load_run(row: &Row, index: usize) -> Result<LoadRun, StoreError> {
    row.text(index)?.parse().map_err(StoreError::Corrupt)
}

/// Long enough for others to find the database free.
const REST: Duration = Duration::from_millis(10);

/// Lets answers be saved between two transactions of many rows: where only one process writes at a time, the next one
/// would otherwise begin before who waits looks again.
async fn rest() {
    tokio::time::sleep(REST).await;
}
