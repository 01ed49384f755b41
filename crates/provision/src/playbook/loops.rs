//! The items that a task is done for.

use serde_json::Value;

use super::Task;
use crate::fields::{Findings, shape};
use crate::render::Renderer;

/// More items than this are a mistake.
const MAX_ITEMS: usize = 10_000;

/// The items of a task with a loop; `None` where they are not a list, which is then a finding.
pub(super) fn items_of(
    task: &Task,
    written: &Value,
    renderer: &Renderer<'_>,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    let place = task.place_of("loop");
    let before = findings.list.len();
    let rendered = renderer.value_at(written, &place, findings);
    if findings.list.len() > before {
        return None;
    }
    match rendered {
        Value::Array(items) if items.len() <= MAX_ITEMS => Some(items),
        Value::Array(items) => {
            let message = format!("a loop over {} items is more than {MAX_ITEMS}", items.len());
            findings.add(place, message);
            None
        }
        other => {
            findings.add(place, format!("'loop' needs a list, not {}", shape(&other)));
            None
        }
    }
}

/// How an item is told from the others: its text, its `name`, else all of it.
pub(super) fn label(item: &Value) -> String {
    match item {
        Value::String(text) => text.clone(),
        Value::Object(map) => match map.get("name") {
            Some(Value::String(name)) => name.clone(),
            _ => item.to_string(),
        },
        other => other.to_string(),
    }
}
