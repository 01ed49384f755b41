//! What a student answered to one question, independent of how it travels.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ids::OptionId;
use super::number;

/// The most options one response may select, pair or order; more is a broken client.
pub const MAX_SELECTED: usize = 64;

/// The longest text of one response; questions set lower limits of their own.
pub const MAX_TEXT_CHARACTERS: usize = 20_000;

/// The longest symbol of a unit.
const MAX_UNIT_CHARACTERS: usize = 40;

const TRUE: &str = r#"{"value":true}"#;
const FALSE: &str = r#"{"value":false}"#;
const FORMS: &str =
    "a response is null or has one of 'selected', 'value', 'number', 'text', 'pairs' and 'order'";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selected {
    selected: Vec<OptionId>,
}

/// A number with the unit that was chosen beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberResponse {
    /// Without trailing zeros: 2.50 and 2.5 are one answer.
    pub number: Decimal,
    /// The symbol of a unit.
    pub unit: Option<String>,
}

/// The content of an answer. Selected options are a set: their order carries no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Nothing is answered (any longer).
    Cleared,
    /// Options chosen; may be empty.
    Selected(BTreeSet<OptionId>),
    /// The answer to a true/false question.
    Value(bool),
    /// A number.
    Number(NumberResponse),
    /// A word or a text; may be empty.
    Text(String),
    /// Prompts of a matching with the choice of each; may be empty.
    Pairs(BTreeMap<OptionId, OptionId>),
    /// All items of an ordering, the first first.
    Order(Vec<OptionId>),
}

impl Response {
    /// Reads the wire form: `null`, `{"selected": ["<id>"]}`, `{"value": true}`, `{"number": "3.14", "unit": "m"}` (the
    /// unit where the question has some), `{"text": ".."}`, `{"pairs": {"<id>": "<id>"}}` or `{"order": ["<id>"]}`.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub fn parse(value: &Value) -> Result<Self, &'static str> {
        let fields = match value {
            Value::Null => return Ok(Self::Cleared),
            Value::Object(fields) => fields,
            _ => return Err(FORMS),
        };
        if let Some(number) = fields.get("number") {
            return parse_number(number, fields);
        }
        let mut only = fields.iter();
        match (only.next(), only.next()) {
            (Some((name, value)), None) => parse_field(name, value),
            _ => Err(FORMS),
        }
    }

    /// The wire form, canonical: equal responses render to equal text.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Cleared => Value::Null,
            Self::Selected(options) => json!({ "selected": options }),
            Self::Value(value) => json!({ "value": value }),
            Self::Number(NumberResponse { number, unit: None }) => {
                json!({ "number": number.to_string() })
            }
            Self::Number(NumberResponse { number, unit }) => {
                json!({ "number": number.to_string(), "unit": unit })
            }
            Self::Text(text) => json!({ "text": text }),
            Self::Pairs(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(prompt, choice)| (prompt.to_string(), json!(choice)));
                json!({ "pairs": pairs.collect::<Map<_, _>>() })
            }
            Self::Order(order) => json!({ "order": order }),
        }
    }

    /// The text of [`Response::to_json`]; of choices made without its tree: this is done for each answer that is stored.
    pub fn to_text(&self) -> String {
        match self {
            Self::Cleared => "null".to_owned(),
            Self::Value(true) => TRUE.to_owned(),
            Self::Value(false) => FALSE.to_owned(),
            Self::Selected(options) => {
                // Identifiers need no escaping.
                let quoted: Vec<_> = options.iter().map(|id| format!("\"{id}\"")).collect();
                format!("{{\"selected\":[{}]}}", quoted.join(","))
            }
            _ => self.to_json().to_string(),
        }
    }

    /// Reads the text of the wire form; quickly when it is canonical. `None` when it is no response.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "null" => return Some(Self::Cleared),
            TRUE => return Some(Self::Value(true)),
            FALSE => return Some(Self::Value(false)),
            _ => {}
        }
        match serde_json::from_str::<Selected>(text) {
            Ok(selected) if selected.selected.len() <= MAX_SELECTED => {
                Some(Self::Selected(selected.selected.into_iter().collect()))
            }
            _ => Self::parse(&serde_json::from_str(text).ok()?).ok(),
        }
    }

    /// Whether this counts as an answered question.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Cleared => false,
            Self::Selected(options) => !options.is_empty(),
            Self::Text(text) => !text.trim().is_empty(),
            Self::Pairs(pairs) => !pairs.is_empty(),
            Self::Order(order) => !order.is_empty(),
            Self::Value(_) | Self::Number(_) => true,
        }
    }
}

fn parse_field(name: &str, value: &Value) -> Result<Response, &'static str> {
    match (name, value) {
        ("selected", Value::Array(options)) => {
            let options = parse_ids(
                options,
                "'selected' contains something that is not an option id",
            )?;
            Ok(Response::Selected(options.into_iter().collect()))
        }
        ("selected", _) => Err("'selected' is a list of option ids"),
        ("value", Value::Bool(value)) => Ok(Response::Value(*value)),
        ("value", _) => Err("'value' is true or false"),
        ("text", Value::String(text)) => parse_text(text),
        ("text", _) => Err("'text' is a text"),
        ("pairs", Value::Object(pairs)) => parse_pairs(pairs),
        ("pairs", _) => Err("'pairs' is an object: prompt id -> choice id"),
        ("order", Value::Array(items)) => {
            parse_ids(items, "'order' contains something that is not an item id")
                .map(Response::Order)
        }
        ("order", _) => Err("'order' is a list of item ids"),
        _ => Err(FORMS),
    }
}

fn parse_ids(ids: &[Value], otherwise: &'static str) -> Result<Vec<OptionId>, &'static str> {
    if ids.len() > MAX_SELECTED {
        return Err("the response names too many options");
    }
    ids.iter()
        .map(|id| id.as_str().and_then(|id| id.parse().ok()))
        .collect::<Option<_>>()
        .ok_or(otherwise)
}

fn parse_pairs(pairs: &Map<String, Value>) -> Result<Response, &'static str> {
    if pairs.len() > MAX_SELECTED {
        return Err("the response names too many pairs");
    }
    pairs
        .iter()
        .map(|(prompt, choice)| Some((prompt.parse().ok()?, choice.as_str()?.parse().ok()?)))
        .collect::<Option<BTreeMap<OptionId, OptionId>>>()
        .map(Response::Pairs)
        .ok_or("'pairs' contains something that is not an id")
}

fn parse_number(number: &Value, fields: &Map<String, Value>) -> Result<Response, &'static str> {
    let unit = match fields.get("unit") {
        None | Some(Value::Null) => None,
        Some(Value::String(unit)) if unit.chars().count() <= MAX_UNIT_CHARACTERS => {
            Some(unit.clone())
        }
        Some(_) => return Err("'unit' is a short text"),
    };
    if fields.len() > 1 + usize::from(fields.contains_key("unit")) {
        return Err("beside 'number' there may be 'unit' and nothing else");
    }
    let Value::String(text) = number else {
        return Err("'number' is a number written as text, for instance \"3.14\"");
    };
    let number = number::parse(text)?;
    Ok(Response::Number(NumberResponse { number, unit }))
}

fn parse_text(text: &str) -> Result<Response, &'static str> {
    if text.chars().count() > MAX_TEXT_CHARACTERS {
        return Err("the text is too long");
    }
    // Databases and spreadsheets stumble over these; no keyboard makes them.
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err("the text contains control characters");
    }
    Ok(Response::Text(text.to_owned()))
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
