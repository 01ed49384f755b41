//! People: their accounts and sessions, and what they belong to.

mod changes;
mod exam_codes;
mod import;
mod lists;
mod second_factors;
mod sessions;

use crate::exam::question::Folding;

/// What a search looks for, and where: without regard to case and accents.
const SEARCH: Folding = Folding {
    ignores_case: true,
    ignores_diacritics: true,
    ignores_spaces: false,
};

/// What is found by a search, a line for each of them.
pub(super) fn search_text(login: &str, display_name: &str, student_number: Option<&str>) -> String {
    let fields = [Some(login), Some(display_name), student_number];
    let folded: Vec<String> = fields.into_iter().flatten().map(folded).collect();
    folded.join("\n")
}

/// `text` as it is searched and sorted.
pub(super) fn folded(text: &str) -> String {
    SEARCH.fold(text)
}
