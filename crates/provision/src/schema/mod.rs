//! What editors and readers need to know of playbooks: JSON Schemas and the page of operations,
//! all made from what the parser itself goes by.
//!
//! The schemas refuse no playbook that `examctl check` accepts. They cannot find everything that
//! it finds: names of variables, files and handlers are beyond them.

mod inventory;
mod keys;
mod operations;
mod page;
mod playbook;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

pub use inventory::inventory;
pub use page::operations_page;
pub use playbook::playbook;

/// The dialect that all schemas are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A key of a mapping: what it means, and what may stand there.
struct Key {
    name: &'static str,
    doc: &'static str,
    schema: fn() -> Value,
}

/// The schema of a mapping with these keys and no others.
fn mapping(keys: &[Key], known: &[&str], required: &[&str]) -> Value {
    let known = keys.iter().filter(|key| known.contains(&key.name));
    let properties: Map<String, Value> = known
        .map(|key| (key.name.to_owned(), described((key.schema)(), key.doc)))
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn described(mut schema: Value, doc: &str) -> Value {
    schema["description"] = doc.into();
    schema
}

/// A text that names variables and is judged once it is rendered.
fn template() -> Value {
    json!({"type": "string", "pattern": "\\{\\{|\\{%"})
}

fn text() -> Value {
    json!({"type": ["string", "number"]})
}

fn texts() -> Value {
    json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
}

fn any_mapping() -> Value {
    json!({"type": "object"})
}

fn boolean() -> Value {
    json!({"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}, template()]})
}

fn number(max: u64) -> Value {
    let written = json!({"type": "string", "pattern": "^[0-9]+$"});
    json!({"anyOf": [{"type": "integer", "minimum": 1, "maximum": max}, written, template()]})
}
