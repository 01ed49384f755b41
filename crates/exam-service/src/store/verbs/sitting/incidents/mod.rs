//! Notes of invigilators.

mod reading;
mod writing;

pub(super) use reading::{OF_ATTEMPT, happening};
