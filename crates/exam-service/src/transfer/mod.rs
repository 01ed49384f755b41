//! What comes from other programs and goes to them.

pub mod questions;
pub mod results;
