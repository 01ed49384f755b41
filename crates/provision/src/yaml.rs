//! A YAML file as plain values, and where in the file each of them stands.
//!
//! Values carry no positions. Where one is needed, for an error, the text is read again up to the
//! wanted place and stopped there: the parser then names the line and column. Mistakes are rare
//! and files are small, so this is cheaper than positions on every value, and exact.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use crate::fields::Finding;
use crate::problem::Problem;

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The value under this key.
    Key(String),
    /// The key itself.
    KeyName(String),
    Index(usize),
}

/// The way from the root of a document to one value.
pub(crate) type Place = Vec<Step>;

/// `place` with one more step.
pub(crate) fn below(place: &[Step], step: Step) -> Place {
    let mut longer = place.to_vec();
    longer.push(step);
    longer
}

/// A parsed file that can still say where everything was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) file: String,
    text: String,
    pub(crate) root: Value,
}

impl Document {
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        let deserializer = serde_yaml::Deserializer::from_str(text);
        match AnyValue.deserialize(deserializer) {
            Ok(root) => Ok(Self {
                file: file.to_owned(),
                text: text.to_owned(),
                root,
            }),
            Err(error) => Err(problem_from(file, &error)),
        }
    }

    /// A problem at `place`; at the nearest place above it that exists where it does not.
    pub(crate) fn problem(&self, place: &[Step], message: impl Into<String>) -> Problem {
        let mut problem = Problem::with_file(self.file.clone(), message);
        let located = (0..=place.len())
            .rev()
            .find_map(|length| self.locate(&place[..length]));
        if let Some((line, column)) = located {
            problem.line = line;
            problem.column = column;
        }
        problem
    }

    /// Findings as problems of this file.
    pub(crate) fn problems(&self, findings: Vec<Finding>) -> Vec<Problem> {
        findings
            .into_iter()
            .map(|finding| self.problem(&finding.place, finding.message))
            .collect()
    }

    fn locate(&self, place: &[Step]) -> Option<(usize, usize)> {
        let deserializer = serde_yaml::Deserializer::from_str(&self.text);
        let error = StopAt(place).deserialize(deserializer).err()?;
        let location = error.location()?;
        Some((location.line(), location.column()))
    }
}

fn problem_from(file: &str, error: &serde_yaml::Error) -> Problem {
    let text = error.to_string();
    let (line, column) = error
        .location()
        .map_or((0, 0), |location| (location.line(), location.column()));
    // The parser repeats the position at the end, and the way to it at the beginning.
    let suffix = format!(" at line {line} column {column}");
    let message = text.replace(&suffix, "");
    Problem {
        file: file.to_owned(),
        line,
        column,
        message,
    }
}

/// Reads any value; a key that stands twice is an error at the second one.
struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false, a list or a mapping (tags such as !x are not supported)")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a finite number"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(AnyValue)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(NewKey(&map))? {
            let value = entries.next_value_seed(AnyValue)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key that is not in the map yet.
struct NewKey<'a>(&'a Map<String, Value>);

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NewKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if self.0.contains_key(key) {
            return Err(E::custom(format!("key '{key}' stands here a second time")));
        }
        Ok(key.to_owned())
    }
}

/// Fails on reaching a place, so that the error carries the position.
struct StopAt<'a>(&'a [Step]);

impl<'de> DeserializeSeed<'de> for StopAt<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0.first() {
            None => deserializer.deserialize_any(Stop),
            Some(Step::Index(_)) => deserializer.deserialize_seq(self),
            Some(Step::Key(_) | Step::KeyName(_)) => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for StopAt<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place looked for")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((Step::Index(wanted), rest)) = self.0.split_first() else {
            return Ok(());
        };
        for _ in 0..*wanted {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        items.next_element_seed(StopAt(rest))?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.0.split_first() else {
            return Ok(());
        };
        while let Some(key) = entries.next_key_seed(StopAtKey(step))? {
            if *step == Step::Key(key) {
                entries.next_value_seed(StopAt(rest))?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Reads a key; fails on the one looked for.
struct StopAtKey<'a>(&'a Step);

impl<'de> DeserializeSeed<'de> for StopAtKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for StopAtKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        match self.0 {
            Step::KeyName(wanted) if wanted == key => Err(E::custom("here")),
            _ => Ok(key.to_owned()),
        }
    }
}

/// Fails on any value.
struct Stop;

impl<'de> Visitor<'de> for Stop {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("here"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name: a\ntasks:\n  - name: one\n    service: {name: nginx, stat: started}\n  - command:\n      run: x\n";

    fn at(place: &[Step]) -> (usize, usize) {
        let problem = Document::parse("f", TEXT).unwrap().problem(place, "m");
        (problem.line, problem.column)
    }

    fn key(name: &str) -> Step {
        Step::Key(name.into())
    }

    #[test]
    fn every_value_and_key_can_be_found_again() {
        assert_eq!(at(&[key("name")]), (1, 7));
        let first = [key("tasks"), Step::Index(0), key("service")];
        assert_eq!(at(&first), (4, 14));
        assert_eq!(at(&below(&first, Step::KeyName("stat".into()))), (4, 28));
        assert_eq!(at(&below(&first, key("stat"))), (4, 34));
        let second = [key("tasks"), Step::Index(1), key("command"), key("run")];
        assert_eq!(at(&second), (6, 12));
    }

    #[test]
    fn a_place_that_is_not_there_falls_back_to_what_holds_it() {
        let missing = [key("tasks"), Step::Index(1), key("command"), key("creates")];
        assert_eq!(at(&missing), (6, 7));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_where_it_repeats() {
        let problem = Document::parse("f.yaml", "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(
            problem.to_string(),
            "f.yaml:3:1: key 'a' stands here a second time"
        );
    }

    #[test]
    fn broken_yaml_is_reported_with_its_place() {
        let problem = Document::parse("f.yaml", "a: [1, 2\nb: 3\n").unwrap_err();
        assert!(problem.line > 0, "{problem}");
    }

    #[test]
    fn a_mode_with_a_leading_zero_stays_text() {
        let document = Document::parse("f", "mode: 0640\nother: 640\n").unwrap();
        assert_eq!(document.root["mode"], Value::from("0640"));
        assert_eq!(document.root["other"], Value::from(640));
    }
}
