//! The students of an exam, as `exam-service load seed` and `exam-service seed-demo` print them.

use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;

/// One exam and the accounts that share one password.
#[derive(Deserialize)]
pub(super) struct Seeded {
    pub(super) exam_id: String,
    pub(super) exam_title: String,
    pub(super) password: String,
    pub(super) students: Vec<String>,
    /// Only of a demo.
    #[serde(default)]
    pub(super) admin: String,
}

impl Seeded {
    /// Reads a file that holds what `load seed` printed.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let failed = |reason: String| {
            Failure::invalid(format!("{}: {reason}", path.display()))
                .hint("make it with: exam-service load seed --run NAME --students COUNT > FILE")
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        // What is wrong may stand beside the password, so the place is all that is told.
        serde_json::from_str(&text).map_err(|error| {
            failed(format!(
                "line {}, column {}: this is not what load seed prints",
                error.line(),
                error.column()
            ))
        })
    }
}
