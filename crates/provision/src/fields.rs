//! Reads a YAML mapping into typed values, collecting every mistake instead of stopping at one.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::problem::suggestion;
use crate::yaml::{Place, Step, below};

/// A mistake and the place of the value that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// Mistakes found so far, and whether templates in values are still to be rendered.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
    /// Values such as `"{{ mode }}"` are accepted anywhere: they are read again once rendered.
    pub(crate) unrendered: bool,
}

impl Findings {
    pub(crate) fn add(&mut self, place: Place, message: impl Into<String>) {
        self.list.push(Finding {
            place,
            message: message.into(),
        });
    }
}

/// Whether a value still has to be rendered.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// One mapping being read.
pub(crate) struct Fields<'a> {
    what: &'a str,
    pub(crate) place: Place,
    map: &'a Map<String, Value>,
    /// A key is misspelt: what seems to be missing is probably meant by it.
    misspelt: bool,
    pub(crate) findings: &'a mut Findings,
}

impl<'a> Fields<'a> {
    /// Opens the mapping at `place`; keys that are not `known` are mistakes.
    pub(crate) fn open(
        value: &'a Value,
        place: &[Step],
        what: &'a str,
        known: &[&str],
        findings: &'a mut Findings,
    ) -> Option<Self> {
        let Value::Object(map) = value else {
            let message = format!(
                "{what} is a mapping of {}, not {}",
                known.join(", "),
                shape(value)
            );
            findings.add(place.to_vec(), message);
            return None;
        };
        let mut misspelt = false;
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            misspelt = true;
            let hint = suggestion(key, known.iter().copied());
            let message = format!("unknown key '{key}' in {what}{hint}");
            findings.add(below(place, Step::KeyName(key.clone())), message);
        }
        Some(Self {
            what,
            place: place.to_vec(),
            map,
            misspelt,
            findings,
        })
    }

    /// What is being read, for messages.
    pub(crate) fn what(&self) -> &'a str {
        self.what
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn place_of(&self, key: &str) -> Place {
        below(&self.place, Step::Key(key.to_owned()))
    }

    /// A mistake in the value under `key`.
    pub(crate) fn wrong(&mut self, key: &str, message: impl Into<String>) {
        let place = self.place_of(key);
        self.findings.add(place, message);
    }

    pub(crate) fn missing(&mut self, key: &str) {
        self.incomplete(format!("{} needs '{key}'", self.what));
    }

    /// Something is not there that is needed, which may be what a misspelt key was meant to be.
    pub(crate) fn incomplete(&mut self, message: String) {
        if !self.misspelt {
            let place = self.place.clone();
            self.findings.add(place, message);
        }
    }

    /// None of `keys` is there, and one is needed.
    pub(crate) fn missing_one_of(&mut self, keys: &[&str]) {
        self.incomplete(format!("{} needs one of: {}", self.what, keys.join(", ")));
    }

    /// Text that must be there.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        if self.get(key).is_none() {
            self.missing(key);
            return None;
        }
        self.optional_text(key)
    }

    /// Text, a number or a truth value, as text: a template may have become one.
    pub(crate) fn optional_text(&mut self, key: &str) -> Option<String> {
        match self.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            other => {
                let message = format!("'{key}' in {} is text, not {}", self.what, shape(other));
                self.wrong(key, message);
                None
            }
        }
    }

    /// An absolute path on the host.
    pub(crate) fn path(&mut self, key: &str) -> Option<String> {
        let path = self.text(key)?;
        self.checked_path(key, path)
    }

    pub(crate) fn optional_path(&mut self, key: &str) -> Option<String> {
        let path = self.optional_text(key)?;
        self.checked_path(key, path)
    }

    fn checked_path(&mut self, key: &str, path: String) -> Option<String> {
        if self.findings.unrendered && is_template(&path) {
            return Some(path);
        }
        let plain = path.starts_with('/')
            && path.len() > 1
            && !path.ends_with('/')
            && !path.contains(['\n', '\0'])
            && !path[1..]
                .split('/')
                .any(|part| matches!(part, "" | "." | ".."));
        if plain {
            return Some(path);
        }
        let message =
            format!("'{path}' is not an absolute path without '//', '.', '..' or a final '/'");
        self.wrong(key, message);
        None
    }

    pub(crate) fn boolean(&mut self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" => Some(false),
            Value::String(text) if self.findings.unrendered && is_template(text) => None,
            other => {
                let message = format!("'{key}' is true or false, not {}", shape(other));
                self.wrong(key, message);
                None
            }
        }
    }

    /// A whole number from 1 to `max`.
    pub(crate) fn number(&mut self, key: &str, max: u64) -> Option<u64> {
        self.number_in(key, 1..=max)
    }

    /// A whole number of `range`.
    pub(crate) fn number_in(&mut self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let number = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) if self.findings.unrendered && is_template(text) => return None,
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return Some(number);
        }
        let message = format!(
            "'{key}' is a whole number from {} to {}, not {}",
            range.start(),
            range.end(),
            shape(value)
        );
        self.wrong(key, message);
        None
    }

    /// Permission bits, written in octal with a leading zero.
    pub(crate) fn mode(&mut self, key: &str) -> Option<u32> {
        let value = self.get(key)?;
        if let Value::String(text) = value {
            if self.findings.unrendered && is_template(text) {
                return None;
            }
            let octal = text
                .strip_prefix('0')
                .filter(|digits| (3..=4).contains(&digits.len()));
            if let Some(mode) = octal.and_then(|digits| u32::from_str_radix(digits, 8).ok()) {
                return Some(mode);
            }
        }
        let message = format!(
            "'{key}' is octal with a leading zero, for instance 0644, not {}",
            shape(value)
        );
        self.wrong(key, message);
        None
    }

    /// One of `choices`; the first is what an unrendered value stands for.
    pub(crate) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.optional_text(key)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        if self.findings.unrendered && is_template(&text) {
            return None;
        }
        let hint = suggestion(&text, choices.iter().map(|(name, _)| *name));
        let what = self.what;
        self.wrong(key, format!("'{text}' is not a {key} of {what}{hint}"));
        None
    }

    /// A list of texts, or one text as a list of one.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<String> {
        match self.get(key) {
            None => Vec::new(),
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
            Some(other) => {
                let message = format!("'{key}' is a list of texts, not {}", shape(other));
                self.wrong(key, message);
                Vec::new()
            }
        }
    }

    /// A mapping, empty where there is none.
    pub(crate) fn mapping(&mut self, key: &str) -> Map<String, Value> {
        match self.get(key) {
            None => Map::new(),
            Some(Value::String(text)) if self.findings.unrendered && is_template(text) => {
                Map::new()
            }
            Some(Value::Object(map)) => map.clone(),
            Some(other) => {
                let message = format!("'{key}' is a mapping, not {}", shape(other));
                self.wrong(key, message);
                Map::new()
            }
        }
    }

    /// Names to texts, numbers or truth values, all as text; in the order of the names.
    pub(crate) fn texts_by_name(&mut self, key: &str) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for (name, value) in self.mapping(key) {
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(value) => value.to_string(),
                other => {
                    let place = below(&self.place_of(key), Step::Key(name.clone()));
                    let message = format!("'{name}' is a text or number, not {}", shape(&other));
                    self.findings.add(place, message);
                    continue;
                }
            };
            texts.insert(name, text);
        }
        texts
    }

    /// Reads each mapping of the list under `key`; `known` are the keys such a mapping may have.
    pub(crate) fn items<T>(
        &mut self,
        key: &str,
        known: &[&str],
        mut read: impl FnMut(Fields<'_>) -> Option<T>,
    ) -> Vec<T> {
        let place = self.place_of(key);
        match self.get(key) {
            None => Vec::new(),
            Some(Value::String(text)) if self.findings.unrendered && is_template(text) => {
                Vec::new()
            }
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| {
                    let place = below(&place, Step::Index(index));
                    read(Fields::open(item, &place, key, known, self.findings)?)
                })
                .collect(),
            Some(other) => {
                self.wrong(key, format!("'{key}' is a list, not {}", shape(other)));
                Vec::new()
            }
        }
    }

    /// A name of letters, digits and `-_.@+:`, as packages, users and services have.
    pub(crate) fn name(&mut self, key: &str) -> Option<String> {
        let name = self.text(key)?;
        self.checked_name(key, name)
    }

    pub(crate) fn optional_name(&mut self, key: &str) -> Option<String> {
        let name = self.optional_text(key)?;
        self.checked_name(key, name)
    }

    pub(crate) fn checked_name(&mut self, key: &str, name: String) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+:".contains(c);
        let allowed = !name.is_empty() && !name.starts_with('-') && name.chars().all(plain);
        if allowed || (self.findings.unrendered && is_template(&name)) {
            return Some(name);
        }
        self.wrong(
            key,
            format!("'{name}' is not a name of letters, digits and -_.@+:"),
        );
        None
    }
}

/// What a value is, for messages.
pub(crate) fn shape(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("{value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("'{text}'"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}
