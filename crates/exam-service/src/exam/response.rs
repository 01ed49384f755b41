//! What a student answered to one question, independent of how it travels.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::ids::OptionId;

/// The most options one response may select; more is a broken client.
pub const MAX_SELECTED: usize = 64;

const TRUE: &str = r#"{"value":true}"#;
const FALSE: &str = r#"{"value":false}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selected {
    selected: Vec<OptionId>,
}

/// The content of an answer. Selected options are a set: their order carries no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Nothing is answered (any longer).
    Cleared,
    /// Options chosen in a multiple-choice question; may be empty.
    Selected(BTreeSet<OptionId>),
    /// The answer to a true/false question.
    Value(bool),
}

impl Response {
    /// Reads the wire form: `null`, `{"selected": ["<option id>"]}` or `{"value": true}`.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub fn parse(value: &Value) -> Result<Self, &'static str> {
        let fields = match value {
            Value::Null => return Ok(Self::Cleared),
            Value::Object(fields) if fields.len() == 1 => fields,
            _ => return Err("a response is null, {\"selected\": [..]} or {\"value\": true|false}"),
        };
        match (fields.get("selected"), fields.get("value")) {
            (Some(Value::Array(options)), None) => parse_selected(options),
            (Some(_), None) => Err("'selected' is a list of option ids"),
            (None, Some(Value::Bool(value))) => Ok(Self::Value(*value)),
            (None, Some(_)) => Err("'value' is true or false"),
            _ => Err("a response has either 'selected' or 'value'"),
        }
    }

    /// The wire form, canonical: equal responses render to equal text.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Cleared => Value::Null,
            Self::Selected(options) => json!({ "selected": options }),
            Self::Value(value) => json!({ "value": value }),
        }
    }

    /// The text of [`Response::to_json`], made without its tree: this is done for each answer that is stored.
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
            Self::Value(_) => true,
        }
    }
}

fn parse_selected(options: &[Value]) -> Result<Response, &'static str> {
    if options.len() > MAX_SELECTED {
        return Err("too many options are selected");
    }
    options
        .iter()
        .map(|option| option.as_str().and_then(|id| id.parse().ok()))
        .collect::<Option<BTreeSet<OptionId>>>()
        .map(Response::Selected)
        .ok_or("'selected' contains something that is not an option id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_survives_the_way_there_and_back() {
        let selected = BTreeSet::from([OptionId::generate(), OptionId::generate()]);
        for response in [
            Response::Cleared,
            Response::Value(false),
            Response::Value(true),
            Response::Selected(BTreeSet::new()),
            Response::Selected(selected),
        ] {
            assert_eq!(response.to_text(), response.to_json().to_string());
            assert_eq!(
                Response::from_text(&response.to_text()),
                Some(response.clone())
            );
            assert_eq!(Response::parse(&response.to_json()), Ok(response));
        }
    }

    #[test]
    fn the_order_of_selected_options_means_nothing() {
        let (a, b) = (OptionId::generate(), OptionId::generate());
        let one = Response::parse(&json!({ "selected": [a, b] }));
        let other = Response::parse(&json!({ "selected": [b, a, b] }));
        assert_eq!(one, other);
    }

    #[test]
    fn shapes_that_are_no_response_are_refused() {
        for value in [
            json!({}),
            json!([]),
            json!(true),
            json!({ "selected": "x" }),
            json!({ "selected": ["not-an-id"] }),
            json!({ "value": "true" }),
            json!({ "value": true, "selected": [] }),
            json!({ "selected": vec!["x"; MAX_SELECTED + 1] }),
        ] {
            assert!(Response::parse(&value).is_err(), "{value} was taken");
            assert_eq!(Response::from_text(&value.to_string()), None);
        }
    }
}
