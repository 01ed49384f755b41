//! Variables: which layer wins, and what they are once their own references are resolved.
//!
//! Playbook variables are the weakest, then those of groups in the order of the inventory, then
//! those of the host, then the command line. A variable may refer to others.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::render::Renderer;
use crate::secret::Secret;
use crate::yaml::{Document, Place, Step, below};

/// Names a playbook cannot give to its own variables.
pub(crate) const RESERVED: [&str; 1] = ["os"];

/// Variables from one place; later layers win.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// The file and the place of the mapping in it; `None` for the command line.
    pub(crate) source: Option<(Arc<Document>, Place)>,
    pub(crate) values: Map<String, Value>,
}

impl Layer {
    fn problem(&self, name: &str, message: &str) -> Problem {
        match &self.source {
            Some((document, place)) => {
                document.problem(&below(place, Step::Key(name.to_owned())), message)
            }
            None => Problem::with_file(format!("-e {name}"), message),
        }
    }
}

/// The variables of one host, every reference resolved.
pub(crate) fn resolve(layers: &[Layer]) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut waiting: Vec<(&str, &Layer)> = Vec::new();
    for layer in layers {
        for name in layer.values.keys() {
            waiting.retain(|(known, _)| known != name);
            waiting.push((name, layer));
        }
    }
    let mut problems: Vec<Problem> = waiting
        .iter()
        .filter(|(name, _)| RESERVED.contains(name))
        .map(|(name, layer)| {
            layer.problem(name, &format!("'{name}' is a host fact, not a variable"))
        })
        .collect();
    let mut resolved = Map::new();
    loop {
        let known = resolved.clone();
        let renderer = Renderer::new(&known);
        let mut failures = Vec::new();
        let mut progress = false;
        for (name, layer) in std::mem::take(&mut waiting) {
            match renderer.value(&layer.values[name]) {
                Ok(value) => {
                    resolved.insert(name.to_owned(), value);
                    progress = true;
                }
                Err(message) => failures.push((name, layer, message)),
            }
        }
        if failures.is_empty() {
            break;
        }
        if !progress {
            problems.extend(
                failures
                    .iter()
                    .map(|(name, layer, message)| layer.problem(name, message)),
            );
            break;
        }
        waiting = failures
            .into_iter()
            .map(|(name, layer, _)| (name, layer))
            .collect();
    }
    if problems.is_empty() {
        Ok(resolved)
    } else {
        Err(problems)
    }
}

/// The values of the variables called `names`, each line of a longer text on its own.
pub(crate) fn secrets_of(names: &[String], vars: &Map<String, Value>) -> Vec<Secret> {
    let mut texts: Vec<String> = Vec::new();
    for name in names {
        collect_texts(vars.get(name), &mut texts);
    }
    // Longest first, so that a secret that contains another is masked as a whole.
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.dedup();
    texts.into_iter().map(Secret::new).collect()
}

fn collect_texts(value: Option<&Value>, texts: &mut Vec<String>) {
    match value {
        Some(Value::String(text)) => {
            texts.push(text.clone());
            texts.extend(text.lines().map(str::to_owned));
        }
        Some(Value::Number(number)) => texts.push(number.to_string()),
        Some(Value::Array(items)) => items
            .iter()
            .for_each(|item| collect_texts(Some(item), texts)),
        Some(Value::Object(map)) => map
            .values()
            .for_each(|item| collect_texts(Some(item), texts)),
        Some(Value::Null | Value::Bool(_)) | None => {}
    }
}

/// `key=value` of the command line; a value of true, false or a whole number is typed.
pub fn parse_extra_var(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| "a variable is given as key=value".to_owned())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || key.starts_with(|c: char| c.is_ascii_digit()) || !key.chars().all(plain) {
        return Err(format!(
            "'{key}' is not a variable name (letters, digits, _)"
        ));
    }
    let value = match value {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        number if number == "0" || !number.starts_with('0') => number
            .parse::<i64>()
            .map_or_else(|_| Value::from(number), Value::from),
        text => Value::from(text),
    };
    Ok((key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(values: Value) -> Layer {
        let Value::Object(values) = values else {
            panic!("a mapping")
        };
        Layer {
            source: None,
            values,
        }
    }

    #[test]
    fn later_layers_win_and_references_resolve_in_any_order() {
        let vars = resolve(&[
            layer(serde_json::json!({"bin": "{{ root }}/bin", "root": "/opt/a", "port": 80})),
            layer(serde_json::json!({"root": "/srv", "same_port": "{{ port }}"})),
        ])
        .unwrap();
        assert_eq!(vars["bin"], "/srv/bin");
        assert_eq!(vars["same_port"], 80);
    }

    #[test]
    fn a_circle_of_variables_is_an_error_for_each_of_them() {
        let circle = layer(serde_json::json!({"a": "{{ b }}", "b": "{{ a }}"}));
        assert_eq!(resolve(&[circle]).unwrap_err().len(), 2);
    }

    #[test]
    fn command_line_values_keep_their_type() {
        assert_eq!(parse_extra_var("a=5").unwrap(), ("a".into(), 5.into()));
        assert_eq!(parse_extra_var("a=05").unwrap(), ("a".into(), "05".into()));
        assert_eq!(
            parse_extra_var("a=true").unwrap(),
            ("a".into(), true.into())
        );
        assert_eq!(
            parse_extra_var("a=b=c").unwrap(),
            ("a".into(), "b=c".into())
        );
        assert!(parse_extra_var("no-name=1").is_err());
    }
}
