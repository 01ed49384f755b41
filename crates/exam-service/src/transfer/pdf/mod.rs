//! Sheets of paper: pages, texts in letters of most of the world, filled boxes.

mod assets;
mod sheet;
mod text;

use chrono::{DateTime, Utc};

use super::UnwritableError;

pub(in crate::transfer) use sheet::{
    Align, BLUE, GREY, HEIGHT, MARGIN, PALE, RED, Sheets, Style, WIDTH,
};

/// When something is, for people.
pub(in crate::transfer) fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
