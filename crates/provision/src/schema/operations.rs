//! Operations: from what each says of itself to what may be written for it.

use serde_json::{Map, Value, json};

use super::{any_mapping, boolean, described, number, template, text};
use crate::ops::spec::{Field, Kind, Spec};

/// The schema of an operation's arguments.
pub(super) fn operation(spec: &Spec) -> Value {
    let mut schema = described(fields(spec.fields), spec.summary);
    schema["examples"] = json!(example(spec).into_iter().collect::<Vec<_>>());
    schema
}

/// The example's arguments; editors show them.
fn example(spec: &Spec) -> Option<Value> {
    let document = crate::yaml::Document::parse(spec.name, spec.example).ok()?;
    document.root.get(spec.name).cloned()
}

fn fields(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            (
                field.name.to_owned(),
                described(kind(field.kind), field.doc),
            )
        })
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn kind(kind: Kind) -> Value {
    let or_template = |schema: Value| json!({"anyOf": [schema, template()]});
    match kind {
        Kind::Text => text(),
        Kind::Name => or_template(json!({
            "type": ["string", "number"],
            "pattern": "^[A-Za-z0-9_.@+:][A-Za-z0-9_.@+:-]*$",
        })),
        Kind::Path => or_template(json!({"type": "string", "pattern": "^/.*[^/]$"})),
        // YAML 1.2, which many editors speak, reads 0644 as the number 644.
        Kind::Mode => {
            or_template(json!({"type": ["string", "integer"], "pattern": "^0[0-7]{3,4}$"}))
        }
        Kind::Boolean => boolean(),
        Kind::Number(max) => number(max),
        Kind::Choice(choices) => or_template(json!({"enum": choices})),
        // Some take numbers too, such as ports, or truth values, such as conditions.
        Kind::Texts => {
            let one = json!({"type": ["string", "number", "boolean"]});
            json!({"anyOf": [one, {"type": "array", "items": one}]})
        }
        Kind::Mapping => or_template(any_mapping()),
        Kind::Items(items) => or_template(json!({"type": "array", "items": fields(items)})),
    }
}
