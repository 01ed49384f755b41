//! Whether what a command is for is already done.

use std::collections::BTreeMap;

use super::gather::Wanted;
use crate::connections::quote;

/// Each guard runs in a shell of its own: a syntax error in one cannot spoil the others.
pub(super) fn snippet(wanted: &Wanted<'_>) -> String {
    wanted
        .guards
        .iter()
        .map(|script| format!("sh -c {} </dev/null >/dev/null; echo $?", quote(script)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Script to exit status, by order.
pub(super) fn parse(text: &str, wanted: &Wanted<'_>) -> BTreeMap<String, i32> {
    wanted
        .guards
        .iter()
        .zip(text.lines())
        .filter_map(|(script, status)| Some(((*script).to_owned(), status.parse().ok()?)))
        .collect()
}
