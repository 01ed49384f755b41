//! What is inside a secrets file: a YAML mapping of variables, and what is wrong with it.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::SecretsError;
use crate::fields::{Findings, is_template};
use crate::problem::Problem;
use crate::render::is_valid_template;
use crate::secret::Secret;
use crate::vars::RESERVED;
use crate::yaml::{Document, Step, below};

/// Shorter values are not masked where text is shown, because that would mangle the text.
const SHORTEST: usize = 4;

/// Decrypted variables, checked.
#[derive(Clone)]
pub struct Content {
    text: Zeroizing<String>,
    pub(super) document: Arc<Document>,
    pub(super) values: Map<String, Value>,
}

impl Content {
    /// Checks a text as a person wrote it; `file` is only for messages, which never quote values.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let document = Arc::new(Document::parse(file, text).map_err(|problem| vec![problem])?);
        let mut findings = Findings::default();
        let values = match &document.root {
            Value::Null => Map::new(),
            Value::Object(values) => values.clone(),
            _ => {
                findings.add(Vec::new(), "secrets are a mapping of names and values");
                Map::new()
            }
        };
        for (name, value) in &values {
            let place = vec![Step::Key(name.clone())];
            if let Err(reason) = check_name(name) {
                findings.add(vec![Step::KeyName(name.clone())], reason);
            }
            check_value(value, &place, &mut findings);
        }
        if findings.list.is_empty() {
            return Ok(Self {
                text: Zeroizing::new(text.to_owned()),
                document,
                values,
            });
        }
        let found = findings.list.into_iter();
        Err(found
            .map(|finding| document.problem(&finding.place, finding.message))
            .collect())
    }

    /// The text as it was written, with its comments.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the variables, in the order of the file.
    pub fn names(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// A value as text; lists and mappings as YAML.
    pub fn get(&self, name: &str) -> Option<Secret> {
        Some(match self.values.get(name)? {
            Value::String(text) => Secret::new(text.clone()),
            other => Secret::new(serde_yaml::to_string(other).ok()?),
        })
    }

    /// The names whose values differ between this and `other`, or that only one of them has.
    pub fn names_that_differ(&self, other: &Self) -> Vec<String> {
        let names = self.values.keys().chain(other.values.keys());
        let mut differ: Vec<String> = names
            .filter(|name| self.values.get(*name) != other.values.get(*name))
            .cloned()
            .collect();
        differ.sort();
        differ.dedup();
        differ
    }

    /// The same with `name` set to a text; everything else stays as it was written.
    pub fn with(&self, name: &str, value: &Secret) -> Result<Self, SecretsError> {
        let bad = |reason: String| SecretsError::BadValue {
            name: name.to_owned(),
            reason,
        };
        check_name(name).map_err(bad)?;
        if matches!(
            self.values.get(name),
            Some(Value::Object(_) | Value::Array(_))
        ) {
            return Err(bad(
                "it is a list or a mapping: change it with `examctl secrets edit`".to_owned(),
            ));
        }
        if is_template(value.expose()) {
            return Err(bad(
                "a value with {{ or {% would be read as a reference to other variables: if that is meant, \
                 write it with `examctl secrets edit`"
                    .to_owned(),
            ));
        }
        let mut findings = Findings::default();
        check_value(&Value::from(value.expose()), &[], &mut findings);
        if let Some(finding) = findings.list.pop() {
            return Err(bad(finding.message));
        }
        self.rewritten(name, value)
            .ok_or_else(|| bad("it cannot be written as YAML".to_owned()))
    }

    /// Changes the one entry in the text and, where the text is too unusual for that, writes all
    /// of it anew. Either is only taken when it reads as what was wanted.
    fn rewritten(&self, name: &str, value: &Secret) -> Option<Self> {
        let one = Map::from_iter([(name.to_owned(), Value::from(value.expose()))]);
        let mut wanted = self.values.clone();
        wanted.extend(one.clone());
        let entry = Zeroizing::new(serde_yaml::to_string(&one).ok()?);
        let edited = Zeroizing::new(replace_entry(&self.text, name, &entry));
        let anew = Zeroizing::new(serde_yaml::to_string(&wanted).ok()?);
        [edited, anew].iter().find_map(|text| {
            let content = Self::parse(&self.document.file, text).ok()?;
            (content.values == wanted).then_some(content)
        })
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(plain)
    {
        return Err("not a name for a variable (letters, digits and _)".to_owned());
    }
    if RESERVED.contains(&name) {
        return Err(format!("'{name}' is a host fact, not a variable"));
    }
    Ok(())
}

fn check_value(value: &Value, place: &[Step], findings: &mut Findings) {
    let message = match value {
        Value::Object(map) => {
            for (key, item) in map {
                check_value(item, &below(place, Step::Key(key.clone())), findings);
            }
            return;
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_value(item, &below(place, Step::Index(index)), findings);
            }
            return;
        }
        Value::Bool(_) => return,
        Value::Null => {
            "there is no value (a text that begins with & * ! % @ ` or # needs quotes)".to_owned()
        }
        Value::Number(number) if number.to_string().len() >= SHORTEST => return,
        Value::String(text) if text.len() >= SHORTEST => {
            if !is_template(text) || is_valid_template(text) {
                return;
            }
            "a value with {{ or {% is read as a reference to other variables, and this is none: put it between \
             {% raw %} and {% endraw %}"
                .to_owned()
        }
        Value::Number(_) | Value::String(_) => {
            format!(
                "a secret of fewer than {SHORTEST} characters can be guessed, and cannot be masked"
            )
        }
    };
    findings.add(place.to_vec(), message);
}

/// `text` with the entry of `name` replaced, or added at the end.
fn replace_entry(text: &str, name: &str, entry: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let key = format!("{name}:");
    let start = lines.iter().position(|line| line.starts_with(&key));
    let start = start.unwrap_or(lines.len());
    let next = lines.iter().skip(start + 1).position(|line| {
        let first = line.chars().next();
        first.is_some_and(|first| !first.is_whitespace())
    });
    let mut end = next.map_or(lines.len(), |offset| start + 1 + offset);
    // Empty lines stand between entries and belong to neither.
    while end > start + 1 && lines[end - 1].trim().is_empty() {
        end -= 1;
    }
    let mut parts: Vec<&str> = lines[..start].to_vec();
    parts.push(entry.trim_end_matches('\n'));
    parts.extend(&lines[end..]);
    format!("{}\n", parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content::parse("secrets.age", text).unwrap()
    }

    #[test]
    fn setting_a_value_keeps_everything_else_as_it_was_written() {
        let before = "# the database\ndb_password: first\n\n# certificates\ntls:\n  key: |\n    one\n\n    two\nlast: 12345 # why\n";
        let value = Secret::new("it's: \"#odd\"");
        let after = content(before).with("db_password", &value).unwrap();
        assert_eq!(after.get("db_password"), Some(value));
        let unchanged = before.split_once("first\n").unwrap().1;
        assert!(after.text().starts_with("# the database\ndb_password: "));
        assert!(after.text().ends_with(unchanged), "{}", after.text());
        let added = after
            .with("api_token", &Secret::new("line one\nline two\n"))
            .unwrap();
        assert_eq!(added.names(), ["db_password", "tls", "last", "api_token"]);
        assert_eq!(
            added.get("api_token"),
            Some(Secret::new("line one\nline two\n"))
        );
        assert_eq!(
            content(before).names_that_differ(&added),
            ["api_token", "db_password"]
        );
    }

    #[test]
    fn any_text_comes_back_as_it_went_in() {
        let unusual = [
            "true",
            "0640",
            "1e50",
            "null",
            "~ ~ ",
            " lead",
            "trail ",
            "- item",
            "a: b",
            "&anchor",
            "*alias",
            "!tag",
            "%d%d",
            "@home",
            "`tick`",
            "'quoted'",
            "\"double\"",
            "back\\slash",
            "tab\there",
            "line\nbreak",
            "\n\nlines\n\n",
            "päßwörd",
            "\u{7}bell",
            "a\r\nb",
            "{#note#}",
            "[list",
            "{map",
            "|block",
            ">fold",
            "# hash",
        ];
        for text in unusual {
            for before in [
                "",
                "name: first\nother: second\n",
                "{name: first, other: second}",
            ] {
                let value = Secret::new(text);
                let after = content(before).with("name", &value).unwrap();
                assert!(after.get("name") == Some(value), "{text:?} in {before:?}");
                assert_eq!(after.names().len(), if before.is_empty() { 1 } else { 2 });
            }
        }
    }

    #[test]
    fn mistakes_have_a_place_and_quote_no_value() {
        let text = "9lives: hunter2\nos: hunter2\nshort: abc\npin: 123\nempty: &hunter2\nref: '{{ hunter2'\nfine: [true, {a: '{{ db }}'}]\n";
        let problems = Content::parse("secrets.age", text).unwrap_err();
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
        for text in [
            "- hunter2\n",
            "hunter2",
            "a: !hunter2 x\n",
            "a: *hunter2\n",
            "a: {hunter2\n",
            "a: \"hunter2\n",
        ] {
            let problems = Content::parse("secrets.age", text).unwrap_err();
            assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
        }
    }

    #[test]
    fn a_value_that_could_not_be_used_or_masked_is_refused() {
        let before = content("tls: {key: abcdef}\n");
        for (name, value) in [
            ("tls", "abcdef"),
            ("a", "abc"),
            ("a", ""),
            ("a", "x{{ y }}"),
            ("a-b", "abcdef"),
            ("os", "abcdef"),
        ] {
            let error = before.with(name, &Secret::new(value)).unwrap_err();
            assert!(matches!(error, SecretsError::BadValue { .. }), "{error}");
        }
    }
}
