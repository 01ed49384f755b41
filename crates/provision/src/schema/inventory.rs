//! The schema of an inventory.

use serde_json::{Value, json};

use super::keys::HOST;
use super::{DIALECT, any_mapping, described, mapping, texts};
use crate::inventory::HOST_KEYS;

/// JSON Schema of inventories, for editors.
pub fn inventory() -> Value {
    // A host of which nothing needs to be said is a name without a value.
    let mut host = mapping(HOST, &HOST_KEYS, &[]);
    host["type"] = json!(["object", "null"]);
    let group = json!({
        "type": "object",
        "properties": {
            "hosts": described(texts(), "Names of hosts."),
            "vars": described(any_mapping(), "Variables of every host of the group."),
        },
        "additionalProperties": false,
    });
    json!({
        "$schema": DIALECT,
        "title": "An inventory of examctl",
        "type": "object",
        "properties": {
            "hosts": {
                "description": "Every host by its name.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": host,
            },
            "groups": {
                "description": "Named sets of hosts; 'all' is always there.",
                "type": "object",
                "propertyNames": {"not": {"const": "all"}},
                "additionalProperties": group,
            },
            "secrets": described(texts(), "Variables whose values are masked wherever text is shown."),
        },
        "required": ["hosts"],
        "additionalProperties": false,
    })
}
