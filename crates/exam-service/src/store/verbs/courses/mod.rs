//! Departments, courses, who is in them, and their groups.

mod catalogue;
mod enrolments;
mod groups;
pub(super) mod names;
