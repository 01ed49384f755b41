//! Turns templates and values into text; an undefined variable is always an error.

pub mod exam_service;
pub mod nginx;
mod shipped;
pub mod supervisor;

use serde_json::{Map, Value};
use tera::{Context, ErrorKind, Tera};

use crate::facts::os::OS_NAMES;
use crate::fields::{Findings, is_template};
use crate::problem::suggestion;
use crate::yaml::{Place, Step, below};

pub(crate) use shipped::render_shipped;

/// Renders texts with one set of variables.
pub(crate) struct Renderer<'a> {
    vars: &'a Map<String, Value>,
    context: Context,
}

/// Why a template did not render: the line in it (from 1) and what is wrong there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RenderError {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(vars: &'a Map<String, Value>) -> Self {
        let mut context = Context::new();
        for (name, value) in vars {
            context.insert(name.clone(), value);
        }
        Self { vars, context }
    }

    /// `template` as text.
    pub(crate) fn text(&self, template: &str) -> Result<String, RenderError> {
        render(template, &self.context)
    }

    /// `value` with every text in it rendered. A text that is nothing but `{{ name }}` becomes
    /// the variable's own value and type: a list stays a list.
    pub(crate) fn value(&self, value: &Value) -> Result<Value, String> {
        let mut findings = Findings::default();
        let rendered = self.value_at(value, &Place::new(), &mut findings);
        match findings.list.into_iter().next() {
            None => Ok(rendered),
            Some(finding) => Err(finding.message),
        }
    }

    /// As [`Renderer::value`], with every failure collected at its place.
    pub(crate) fn value_at(&self, value: &Value, place: &[Step], findings: &mut Findings) -> Value {
        match value {
            Value::String(text) if is_template(text) => {
                if let Some(known) = only_a_name(text).and_then(|name| self.vars.get(name)) {
                    return known.clone();
                }
                match self.text(text) {
                    Ok(text) => Value::String(text),
                    Err(error) => {
                        findings.add(place.to_vec(), error.message);
                        Value::Null
                    }
                }
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    self.value_at(item, &below(place, Step::Index(index)), findings)
                })
                .collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, item)| {
                    let place = below(place, Step::Key(key.clone()));
                    (key.clone(), self.value_at(item, &place, findings))
                })
                .collect::<Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    /// Whether a condition holds. It must be true or false and name only what is defined.
    pub(crate) fn condition(&self, expression: &str, facts: &Value) -> Result<bool, String> {
        let mut context = self.context.clone();
        context.insert("os", facts);
        for name in names_in(expression)? {
            if !context.contains_key(&name) {
                return Err(format!("variable '{name}' is not defined"));
            }
        }
        check_os_names(expression)?;
        let rendered = render(&format!("{{{{ {expression} }}}}"), &context)
            .map_err(|error| format!("in condition '{expression}': {}", error.message))?;
        match rendered.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!(
                "condition '{expression}' is '{other}', not true or false"
            )),
        }
    }
}

/// A comparison with an undefined field would be false without a word.
fn check_os_names(expression: &str) -> Result<(), String> {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (start, _) in expression.match_indices("os.") {
        if expression[..start].ends_with(|c| part_of_name(c) || c == '.') {
            continue;
        }
        let rest = &expression[start + 3..];
        let field = rest.split(|c| !part_of_name(c)).next().unwrap_or_default();
        if !OS_NAMES.contains(&field) {
            let hint = suggestion(field, OS_NAMES);
            return Err(format!("unknown fact 'os.{field}'{hint}"));
        }
    }
    Ok(())
}

/// The variables a condition names.
pub(crate) fn names_in(expression: &str) -> Result<Vec<String>, String> {
    let mut tera = Tera::default();
    tera.add_raw_template("condition", &format!("{{{{ {expression} }}}}"))
        .map_err(|error| format!("in condition '{expression}': {}", describe(&error).message))?;
    let names = tera
        .get_template_variables("condition")
        .map_err(|error| describe(&error).message)?;
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn render(template: &str, context: &Context) -> Result<String, RenderError> {
    Tera::one_off(template, context, false).map_err(|error| describe(&error))
}

fn only_a_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!inner.is_empty() && inner.chars().all(plain)).then_some(inner)
}

fn describe(error: &tera::Error) -> RenderError {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => RenderError {
            line: report.span().start_line,
            message: plain_message(report.message()),
        },
        other => RenderError {
            line: 0,
            message: other.to_string(),
        },
    }
}

/// The engine lists every variable there is; a person needs the one that was meant.
fn plain_message(message: &str) -> String {
    let mut parts = message.splitn(2, " Available ");
    let first = parts.next().unwrap_or_default();
    let quoted = first.split('`').nth(1);
    let (Some(name), true) = (quoted, first.ends_with("is not defined.")) else {
        return first.to_owned();
    };
    let kind = if first.starts_with("Field") {
        "field"
    } else {
        "variable"
    };
    let available = parts.next().and_then(|rest| rest.split_once(": "));
    let known: Vec<&str> = available
        .map(|(_, names)| names.split(", ").collect())
        .unwrap_or_default();
    let hint = suggestion(name, known)
        .split(" (known")
        .next()
        .unwrap_or_default()
        .to_owned();
    format!("{kind} '{name}' is not defined{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vars() -> Map<String, Value> {
        let Value::Object(map) = json!({"port": 80, "names": ["a", "b"], "tls": false}) else {
            unreachable!()
        };
        map
    }

    #[test]
    fn an_undefined_variable_is_an_error_with_its_line() {
        let error = Renderer::new(&vars()).text("a\nb {{ nme }}\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.message.contains("nme"), "{}", error.message);
    }

    #[test]
    fn a_lone_reference_keeps_the_type_of_the_variable() {
        let value = Renderer::new(&vars())
            .value(&json!([
                "{{ names }}",
                "{{ port }}",
                ":{{ port }}",
                "{{ port }}\n"
            ]))
            .unwrap();
        assert_eq!(value, json!([["a", "b"], 80, ":80", "80\n"]));
    }

    #[test]
    fn conditions_are_strict() {
        let vars = vars();
        let renderer = Renderer::new(&vars);
        let os = json!({"id": "debian", "version": "12"});
        assert_eq!(
            renderer.condition("os.id == 'debian' and not tls", &os),
            Ok(true)
        );
        assert_eq!(renderer.condition("tls", &os), Ok(false));
        for wrong in ["port", "tsl", "os.name == 'x'", "tls and"] {
            assert!(renderer.condition(wrong, &os).is_err(), "{wrong}");
        }
    }
}
