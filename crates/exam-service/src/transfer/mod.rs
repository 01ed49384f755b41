//! What comes from other programs and goes to them.

pub mod people;
pub mod questions;
pub mod results;
mod table;
