//! One JSON object per line, the last of them the summary.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Outcome;
use crate::failure::Failure;

/// `value` as one line with `"type": kind` first.
pub(super) fn line(kind: &str, value: &impl Serialize) -> String {
    let mut object = Map::new();
    object.insert("type".to_owned(), kind.into());
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => {
            object.extend(fields.into_iter().filter(|(key, _)| key != "type"));
        }
        Ok(other) => {
            object.insert("value".to_owned(), other);
        }
        Err(error) => {
            object.insert("error".to_owned(), error.to_string().into());
        }
    }
    Value::Object(object).to_string()
}

pub(super) fn failure(failure: &Failure) -> Value {
    json!({"exit_code": failure.code, "message": failure.message, "hint": failure.hint})
}

pub(super) fn summary(command: &str, outcome: &Outcome) -> Value {
    let mut object = Map::new();
    object.insert("command".to_owned(), command.into());
    object.insert("exit_code".to_owned(), outcome.code.number().into());
    object.extend(outcome.fields.clone());
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::ExitCode;

    #[test]
    fn every_line_is_one_object_that_begins_with_its_type() {
        let outcome = Outcome::with(ExitCode::Pending).field("changed", 3);
        assert_eq!(
            line("summary", &summary("plan", &outcome)),
            r#"{"type":"summary","command":"plan","exit_code":3,"changed":3}"#
        );
    }
}
