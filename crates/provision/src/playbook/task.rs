//! One entry of a list of tasks: its keys, and the one thing it does.

use serde_json::Value;

use super::Retries;
use crate::fields::{Fields, Findings, is_template};
use crate::ops::OPERATIONS;
use crate::problem::nearest;
use crate::render::names_in;
use crate::yaml::{Place, Step, below};

pub(crate) const TASK_KEYS: [&str; 11] = [
    "name", "when", "notify", "tags", "loop", "register", "retries", "delegate", "become",
    "include", "role",
];
pub(crate) const INCLUDE_KEYS: [&str; 4] = ["name", "when", "tags", "vars"];
pub(crate) const HANDLER_KEYS: [&str; 2] = ["name", "become"];

/// Which list an entry stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Task,
    Handler,
}

/// An entry as written.
pub(super) enum Entry {
    Task(Box<Written>),
    Include(Inclusion),
}

/// A task without its surroundings.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) when: Option<String>,
    pub(super) notify: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) items: Option<Value>,
    pub(super) register: Option<String>,
    pub(super) retries: Option<Retries>,
    pub(super) on_controller: bool,
    pub(super) become_root: Option<bool>,
    pub(super) operation: String,
    pub(super) arguments: Value,
}

/// Other tasks that belong here.
pub(super) struct Inclusion {
    /// `include` or `role`.
    pub(super) key: &'static str,
    /// The file, or the role's name.
    pub(super) target: String,
    pub(super) when: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) vars: serde_json::Map<String, Value>,
}

pub(super) fn parse_entry(
    value: &Value,
    place: &Place,
    kind: Kind,
    findings: &mut Findings,
) -> Option<Entry> {
    for key in ["include", "role"] {
        if kind == Kind::Task && value.get(key).is_some_and(|value| !value.is_null()) {
            return inclusion(value, place, key, findings).map(Entry::Include);
        }
    }
    written(value, place, kind, findings).map(|task| Entry::Task(Box::new(task)))
}

fn inclusion(
    value: &Value,
    place: &Place,
    key: &'static str,
    findings: &mut Findings,
) -> Option<Inclusion> {
    let what = match key {
        "include" => "an include",
        _ => "a role",
    };
    let known: Vec<&str> = [key].into_iter().chain(INCLUDE_KEYS).collect();
    let mut fields = Fields::open(value, place, what, &known, findings)?;
    let target = fields.text(key)?;
    if is_template(&target) {
        let message = format!("'{key}' is the same for every host: it cannot be a template");
        fields.wrong(key, message);
        return None;
    }
    fields.optional_text("name");
    Some(Inclusion {
        key,
        target,
        when: when(&mut fields),
        tags: fields.texts("tags"),
        vars: fields.mapping("vars"),
    })
}

fn written(value: &Value, place: &Place, kind: Kind, findings: &mut Findings) -> Option<Written> {
    let (what, own_keys) = match kind {
        Kind::Handler => ("a handler", &HANDLER_KEYS[..]),
        Kind::Task => ("a task", &TASK_KEYS[..]),
    };
    let mut known: Vec<&str> = own_keys.iter().chain(OPERATIONS).copied().collect();
    let unknown = unknown_operation(value, &known);
    if let Some(key) = unknown {
        let place = below(place, Step::KeyName(key.to_owned()));
        findings.add(place, unknown_operation_message(key));
        known.push(key);
    }
    let mut fields = Fields::open(value, place, what, &known, findings)?;
    let name = fields.text("name").unwrap_or_default();
    let when = when(&mut fields);
    let notify = fields.texts("notify");
    let tags = fields.texts("tags");
    let items = items(&mut fields);
    let register = fields.optional_text("register");
    let on_controller = fields.choice("delegate", &[("controller", true)]).is_some();
    let become_root = fields.boolean("become");
    if on_controller && become_root == Some(true) {
        let message = "on the controller a task acts as the user who runs examctl";
        fields.wrong("become", message);
    }
    let retries = retries(&mut fields, place);
    let operation = operation(value, &mut fields, what, unknown.is_some())?;
    if operation == "read" && retries.is_some() {
        let message =
            "'read' takes any exit status for an answer, so it is never tried again: use wait_for";
        fields.wrong("retries", message);
    }
    Some(Written {
        name,
        when,
        notify,
        tags,
        items,
        register,
        retries,
        on_controller,
        become_root,
        arguments: fields.get(&operation).cloned()?,
        operation,
    })
}

fn when(fields: &mut Fields<'_>) -> Option<String> {
    let when = match fields.get("when") {
        Some(Value::Bool(fixed)) => Some(fixed.to_string()),
        _ => fields.optional_text("when"),
    };
    if let Some(Err(message)) = when.as_deref().map(names_in) {
        fields.wrong("when", message);
        return None;
    }
    when
}

fn items(fields: &mut Fields<'_>) -> Option<Value> {
    match fields.get("loop")? {
        Value::String(text) if is_template(text) => Some(Value::from(text.as_str())),
        list @ Value::Array(_) => Some(list.clone()),
        other => {
            let message = format!(
                "'loop' is a list or a template that becomes one, not {}",
                crate::fields::shape(other)
            );
            fields.wrong("loop", message);
            None
        }
    }
}

fn retries(fields: &mut Fields<'_>, place: &Place) -> Option<Retries> {
    let value = fields.get("retries")?;
    let place = below(place, Step::Key("retries".to_owned()));
    let mut inner = Fields::open(value, &place, "retries", &Retries::KEYS, fields.findings)?;
    Retries::parse(&mut inner)
}

/// The key of the one operation.
fn operation(
    value: &Value,
    fields: &mut Fields<'_>,
    what: &str,
    has_unknown: bool,
) -> Option<String> {
    let keys = value.as_object().into_iter().flat_map(|map| map.keys());
    let found: Vec<&str> = keys
        .map(String::as_str)
        .filter(|key| OPERATIONS.contains(key) && fields.get(key).is_some())
        .collect();
    match found.as_slice() {
        [one] => Some((*one).to_owned()),
        [] if has_unknown => None,
        [] => {
            let message = format!("{what} needs an operation, such as file, package or service");
            fields.incomplete(message);
            None
        }
        [first, second, ..] => {
            let message = format!("{what} does one thing, this has '{first}' and '{second}'");
            let place = below(&fields.place, Step::KeyName((*second).to_owned()));
            fields.findings.add(place, message);
            None
        }
    }
}

/// The key that was meant as the operation, in a task that has none: one like an operation's name,
/// else one that holds a mapping, as arguments are.
fn unknown_operation<'a>(value: &'a Value, known: &[&str]) -> Option<&'a str> {
    let task = value.as_object()?;
    if task.keys().any(|key| OPERATIONS.contains(&key.as_str())) {
        return None;
    }
    let unknown: Vec<&str> = task
        .keys()
        .map(String::as_str)
        .filter(|key| !known.contains(key))
        .collect();
    let like_an_operation = |key: &&str| {
        let near = nearest(key, known.iter().copied());
        near.is_some_and(|name| OPERATIONS.contains(&name))
    };
    let found = unknown.iter().copied().find(like_an_operation);
    found.or_else(|| unknown.into_iter().find(|key| task[*key].is_object()))
}

fn unknown_operation_message(key: &str) -> String {
    match nearest(key, OPERATIONS.iter().copied()) {
        Some(name) => format!("unknown operation '{key}', did you mean '{name}'?"),
        None => format!("unknown operation '{key}' (the reference of operations lists all)"),
    }
}
