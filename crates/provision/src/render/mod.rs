//! Turns templates and values into text; an undefined variable is always an error.

pub mod apt;
mod checks;
pub mod chrony;
pub mod exam_service;
pub mod facts;
pub mod fail2ban;
mod functions;
pub mod logrotate;
pub mod mysql;
pub(crate) mod names;
pub mod nginx;
pub mod postgresql;
pub mod prometheus;
pub mod redis;
mod shipped;
pub mod sizing;
pub mod sshd;
pub mod supervisor;
pub mod system;
pub mod systemd;
pub mod version;

use std::sync::LazyLock;

use serde_json::{Map, Value};
use tera::{Context, ErrorKind, Tera};

use crate::fields::{Findings, is_template};
use crate::problem::{nearest, suggestion};
use crate::yaml::{Place, Step, below};

pub(crate) use shipped::{context_names, render_shipped};

/// The filter that shows a value as JSON, for taking its type back out of the engine.
const AS_JSON: &str = "examctl_as_json";

static ENGINE: LazyLock<Tera> = LazyLock::new(functions::engine);

/// Names under which stands what only the host knows.
pub(crate) const NAMESPACES: [&str; 3] = ["os", "host", "versions"];

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

    /// `value` with every text in it rendered. A text that is nothing but one `{{ expression }}`
    /// becomes the expression's own value and type: a list stays a list, a sum is a number.
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
                if let Some(known) = only_a_path(text).and_then(|path| self.at(path)) {
                    return known.clone();
                }
                match self.lone_or_text(text) {
                    Ok(value) => value,
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

    /// The variable or field at `path`.
    fn at(&self, path: &str) -> Option<&'a Value> {
        let mut parts = path.split('.');
        let first = self.vars.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_object()?.get(part))
    }

    fn lone_or_text(&self, text: &str) -> Result<Value, RenderError> {
        let Some(expression) = lone_expression(text) else {
            return self.text(text).map(Value::String);
        };
        // As text first: only there an undefined variable is refused, and by its name.
        let plain = self
            .text(text)
            .map_err(|error| match self.undefined_in(text) {
                Some(message) => RenderError { message, ..error },
                None => error,
            })?;
        let json = self.text(&format!("{{{{ ({expression}) | {AS_JSON} }}}}"));
        let typed = json.ok().and_then(|json| serde_json::from_str(&json).ok());
        Ok(typed.unwrap_or(Value::String(plain)))
    }

    /// The first variable in a template that failed which is not there.
    fn undefined_in(&self, text: &str) -> Option<String> {
        let mut used = names::used_in_template(text).into_iter();
        let missing = used.find(|used| {
            let word = ["and", "or", "not", "is", "in", "if", "else"].contains(&used.name.as_str());
            !word && !self.vars.contains_key(&used.name)
        })?;
        let hint = nearest(&missing.name, self.vars.keys().map(String::as_str));
        let hint = hint.map_or(String::new(), |name| format!(", did you mean '{name}'?"));
        Some(format!("variable '{}' is not defined{hint}", missing.name))
    }

    /// Whether a condition holds. It must be true or false and name only what is defined.
    /// Of a name that `is_strict` every field is known.
    pub(crate) fn condition(
        &self,
        expression: &str,
        is_strict: impl Fn(&str) -> bool,
    ) -> Result<bool, String> {
        for name in names_in(expression)? {
            if !self.context.contains_key(&name) {
                return Err(format!("variable '{name}' is not defined"));
            }
        }
        self.check_fields(expression, is_strict)?;
        let rendered = render(&format!("{{{{ {expression} }}}}"), &self.context)
            .map_err(|error| format!("in condition '{expression}': {}", error.message))?;
        match rendered.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!(
                "condition '{expression}' is '{other}', not true or false"
            )),
        }
    }

    /// A comparison with an undefined field would be false without a word.
    fn check_fields(
        &self,
        expression: &str,
        is_strict: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        for used in names::used_in_expression(expression) {
            let Some(field) = &used.field else { continue };
            let known = match self.vars.get(&used.name) {
                Some(Value::Object(known)) if is_strict(&used.name) => known,
                _ => continue,
            };
            if !known.contains_key(field) {
                let hint = suggestion(field, known.keys().map(String::as_str));
                return Err(match used.name.as_str() {
                    "versions" if known.is_empty() => format!(
                        "unknown version '{used}': the playbook names no packages under 'versions'"
                    ),
                    "versions" => format!("unknown version '{used}'{hint}"),
                    name if NAMESPACES.contains(&name) => format!("unknown fact '{used}'{hint}"),
                    name => format!("'{name}' has no '{field}'{hint}"),
                });
            }
        }
        Ok(())
    }
}

/// The variables a condition names.
pub(crate) fn names_in(expression: &str) -> Result<Vec<String>, String> {
    let mut tera = ENGINE.clone();
    tera.add_raw_template("condition", &format!("{{{{ {expression} }}}}"))
        .map_err(|error| format!("in condition '{expression}': {}", describe(&error).message))?;
    let names = tera
        .get_template_variables("condition")
        .map_err(|error| describe(&error).message)?;
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// Whether a text with references can be read at all, whatever they refer to.
pub(crate) fn is_valid_template(text: &str) -> bool {
    ENGINE.clone().add_raw_template("text", text).is_ok()
}

fn render(template: &str, context: &Context) -> Result<String, RenderError> {
    ENGINE
        .render_str(template, context, false)
        .map_err(|error| describe(&error))
}

fn only_a_path(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    (!inner.is_empty() && inner.chars().all(plain)).then_some(inner)
}

/// The expression of a text that is one `{{ expression }}` and nothing else.
fn lone_expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    let marks = ["{{", "}}", "{%", "{#"];
    let trims = inner.starts_with('-') || inner.ends_with('-');
    (!trims && !marks.iter().any(|mark| inner.contains(mark))).then_some(inner)
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
        let Value::Object(map) = json!({
            "port": 80, "names": ["a", "b"], "tls": false,
            "os": {"id": "debian", "version": "12"}, "versions": {},
        }) else {
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
                "{{ port }}\n",
                "{{ port + 1 }}",
                "{{ not tls }}",
                "{{ names[0] }}",
                "{{ port }}{{ port }}",
                "{{- port -}}",
            ]))
            .unwrap();
        let expected = json!([["a", "b"], 80, ":80", "80\n", 81, true, "a", "8080", "80"]);
        assert_eq!(value, expected);
        let error = Renderer::new(&vars()).value(&json!("{{ prt + 1 }}"));
        assert_eq!(
            error.unwrap_err(),
            "variable 'prt' is not defined, did you mean 'port'?"
        );
    }

    #[test]
    fn conditions_are_strict() {
        let vars = vars();
        let renderer = Renderer::new(&vars);
        let strict = |name: &str| NAMESPACES.contains(&name);
        assert_eq!(
            renderer.condition("os.id == 'debian' and not tls", strict),
            Ok(true)
        );
        assert_eq!(renderer.condition("tls", strict), Ok(false));
        for wrong in [
            "port",
            "tsl",
            "os.name == 'x'",
            "versions.db == ''",
            "tls and",
        ] {
            assert!(renderer.condition(wrong, strict).is_err(), "{wrong}");
        }
    }
}
