//! Results: exams and attempts as they are graded, and what people decide about them.

mod attempts;
mod corrections;
mod courses;
mod exams;
mod grades;
mod releases;

use crate::store::results::Versioned;

/// What becomes of a change whose sender has `seen` another version than the `stored` one. Where that one is the same
/// change by the same person, the reply to it was lost and asked for again.
fn conflict(stored: i64, seen: i64, is_same: bool) -> Versioned {
    if is_same && stored == seen.saturating_add(1) {
        Versioned::Stored(stored)
    } else {
        Versioned::Changed(stored)
    }
}
