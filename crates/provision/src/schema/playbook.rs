//! The schema of a playbook.

use serde_json::{Map, Value, json};

use super::keys::{PLAYBOOK, TASK};
use super::operations::operation;
use super::{DIALECT, mapping};
use crate::ops::SPECS;
use crate::playbook::{HANDLER_KEYS, INCLUDE_KEYS, PLAYBOOK_KEYS, TASK_KEYS};

/// JSON Schema of playbooks, for editors.
pub fn playbook() -> Value {
    let mut schema = mapping(PLAYBOOK, &PLAYBOOK_KEYS, &["name", "hosts", "tasks"]);
    schema["$schema"] = DIALECT.into();
    schema["title"] = "A playbook of examctl".into();
    let mut definitions: Map<String, Value> = SPECS
        .iter()
        .map(|spec| (definition(spec.name), operation(spec)))
        .collect();
    definitions.insert("entry".to_owned(), entry());
    definitions.insert("task".to_owned(), task(&task_keys()));
    definitions.insert("handler".to_owned(), task(&HANDLER_KEYS));
    definitions.insert("inclusion".to_owned(), inclusion());
    schema["$defs"] = definitions.into();
    schema
}

fn definition(operation: &str) -> String {
    format!("operation_{operation}")
}

/// What takes tasks from elsewhere, in the place of an operation.
const INCLUSIONS: [&str; 2] = ["include", "role"];

fn task_keys() -> Vec<&'static str> {
    let keys = TASK_KEYS.into_iter();
    keys.filter(|key| !INCLUSIONS.contains(key)).collect()
}

/// A task, an include or a role.
fn entry() -> Value {
    let is_inclusion = json!({"anyOf": INCLUSIONS.map(|key| json!({"required": [key]}))});
    json!({
        "if": is_inclusion,
        "then": {"$ref": "#/$defs/inclusion"},
        "else": {"$ref": "#/$defs/task"},
    })
}

fn inclusion() -> Value {
    let keys: Vec<&str> = INCLUSIONS.into_iter().chain(INCLUDE_KEYS).collect();
    let mut schema = mapping(TASK, &keys, &[]);
    schema["oneOf"] = INCLUSIONS
        .map(|key| json!({"required": [key]}))
        .to_vec()
        .into();
    schema
}

/// A task with `own` keys and exactly one operation.
fn task(own: &[&str]) -> Value {
    let mut schema = mapping(TASK, own, &["name"]);
    let mut one_of = Vec::new();
    for spec in SPECS {
        schema["properties"][spec.name] =
            json!({"$ref": format!("#/$defs/{}", definition(spec.name))});
        one_of.push(json!({"required": [spec.name]}));
    }
    schema["oneOf"] = one_of.into();
    schema
}
