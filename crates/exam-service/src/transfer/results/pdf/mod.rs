//! Results on paper: a report of the exam with charts, and a slip for each student.

mod report;
mod slips;

use rust_decimal::Decimal;

pub use report::write as write_report;
pub use slips::write as write_slips;

use crate::exam::grading::percent;
use crate::transfer::results::ResultRow;

/// `62.5 %`, or a dash.
fn percent_of(row: &ResultRow) -> String {
    let percent = percent(row.score, row.max_score);
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

fn points(earned: Decimal, most: Decimal) -> String {
    format!("{} / {}", earned.normalize(), most.normalize())
}

/// A figure with two decimals, or a dash where it is not defined.
fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}
