//! Variables: which layer wins, and what they are once their own references are resolved.
//!
//! From the weakest: role defaults, the playbook and its files, groups, the host, the secrets file,
//! includes and roles, the command line. A variable may refer to others, and to what only the host
//! knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::render::Renderer;
use crate::render::names::used_in_value;
use crate::secret::{Secret, quoted_forms};
use crate::yaml::{Document, Place, Step, below};

/// Names a playbook cannot give to its own variables.
pub(crate) const RESERVED: [&str; 4] = ["os", "host", "versions", "item"];

/// Variables from one place; later layers win.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    /// The file and the place of the mapping in it; `None` for the command line.
    pub(crate) source: Option<(Arc<Document>, Place)>,
    pub(crate) values: Map<String, Value>,
}

impl Layer {
    pub(crate) fn problem(&self, name: &str, message: &str) -> Problem {
        match &self.source {
            Some((document, place)) => {
                document.problem(&below(place, Step::Key(name.to_owned())), message)
            }
            None => Problem::with_file(format!("-e {name}"), message),
        }
    }
}

/// Variables with the layer that wins for each, in the order they were given.
pub(crate) type Winning<'a> = Vec<(&'a str, &'a Layer)>;

/// Which layer each variable comes from.
pub(crate) fn winning<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Winning<'a> {
    let mut winning: Winning<'a> = Vec::new();
    for layer in layers {
        for name in layer.values.keys() {
            winning.retain(|(known, _)| known != name);
            winning.push((name, layer));
        }
    }
    winning
}

/// The variables of one host, every reference resolved; `known` are names that no layer gives.
pub(crate) fn resolve(
    winning: &Winning<'_>,
    known: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut waiting = winning.clone();
    let mut problems: Vec<Problem> = waiting
        .iter()
        .filter(|(name, _)| RESERVED.contains(name))
        .map(|(name, layer)| {
            layer.problem(
                name,
                &format!("'{name}' already means something else in every playbook"),
            )
        })
        .collect();
    let mut resolved = known.clone();
    let mut patient = true;
    loop {
        let known = resolved.clone();
        let renderer = Renderer::new(&known);
        let mut failures = Vec::new();
        let mut progress = false;
        let names: BTreeSet<&str> = waiting.iter().map(|(name, _)| *name).collect();
        for (name, layer) in std::mem::take(&mut waiting) {
            let used = used_in_value(&layer.values[name]);
            // What it refers to comes first, or a default would stand in for it.
            if patient && used.iter().any(|used| names.contains(used.name.as_str())) {
                failures.push((name, layer, String::new()));
                continue;
            }
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
        if !progress && patient {
            // A name may only look like a variable's: in a loop of its own, say.
            patient = false;
        } else if !progress {
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

/// One variable, with only those resolved that it refers to.
pub(crate) fn value_of(layers: &[Layer], name: &str) -> Result<Option<Value>, Vec<Problem>> {
    let all = winning(layers);
    let mut needed = BTreeSet::from([name.to_owned()]);
    let mut seen = 0;
    while seen < needed.len() {
        seen = needed.len();
        for (name, layer) in &all {
            if needed.contains(*name) {
                let used = used_in_value(&layer.values[*name]).into_iter();
                needed.extend(used.map(|used| used.name));
            }
        }
    }
    let mut needed_only = all;
    needed_only.retain(|(name, _)| needed.contains(*name));
    let mut vars = resolve(&needed_only, &Map::new())?;
    Ok(vars.remove(name))
}

/// The values of the variables called `names`, each line of a longer text on its own.
pub(crate) fn secrets_of(names: &[String], vars: &Map<String, Value>) -> Vec<Secret> {
    let mut texts: Vec<String> = Vec::new();
    for name in names {
        collect_texts(vars.get(name), &mut texts);
    }
    let quoted: Vec<String> = texts.iter().flat_map(|text| quoted_forms(text)).collect();
    texts.extend(quoted);
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

/// Whether a text can name a variable.
pub(crate) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(plain)
}

/// `key=value` of the command line; a value of true, false or a whole number is typed.
pub fn parse_extra_var(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| "a variable is given as key=value".to_owned())?;
    if !is_name(key) {
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
        let layers = [
            layer(serde_json::json!({"bin": "{{ root }}/bin", "root": "/opt/a", "port": 80})),
            layer(serde_json::json!({"root": "/srv", "same_port": "{{ port }}"})),
            layer(serde_json::json!({"kept": "{{ root | default(value='/none') }}"})),
        ];
        let vars = resolve(&winning(&layers), &Map::new()).unwrap();
        assert_eq!(vars["bin"], "/srv/bin");
        assert_eq!(vars["same_port"], 80);
        assert_eq!(vars["kept"], "/srv");
    }

    #[test]
    fn one_variable_needs_only_those_it_refers_to() {
        let layers = [layer(serde_json::json!({
            "password": "{{ start }}-horse", "start": "correct", "late": "{{ host.cores }}",
        }))];
        assert_eq!(
            value_of(&layers, "password").unwrap().unwrap(),
            "correct-horse"
        );
        assert_eq!(value_of(&layers, "nothing").unwrap(), None);
        assert!(value_of(&layers, "late").is_err());
    }

    #[test]
    fn a_circle_of_variables_is_an_error_for_each_of_them() {
        let circle = [layer(serde_json::json!({"a": "{{ b }}", "b": "{{ a }}"}))];
        let problems = resolve(&winning(&circle), &Map::new()).unwrap_err();
        assert_eq!(problems.len(), 2);
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
