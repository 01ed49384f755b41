//! What comes from other programs and goes to them.

pub mod attendance;
pub mod incidents;
mod pdf;
pub mod people;
pub mod questions;
pub mod results;
mod table;

use thiserror::Error;

/// Why a file could not be written.
#[derive(Debug, Error)]
#[error("the file cannot be written: {0}")]
pub struct UnwritableError(String);

impl UnwritableError {
    fn new(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}
