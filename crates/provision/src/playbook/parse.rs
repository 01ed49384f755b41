//! From YAML to tasks: shape and names, before any value is looked at.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::{Playbook, Task};
use crate::fields::{Fields, Findings};
use crate::ops::OPERATIONS;
use crate::problem::{nearest, suggestion};
use crate::render::names_in;
use crate::vars::Layer;
use crate::yaml::{Document, Place, Step, below};

const PLAYBOOK_KEYS: [&str; 6] = ["name", "hosts", "vars", "secrets", "tasks", "handlers"];
const TASK_KEYS: [&str; 4] = ["name", "when", "notify", "tags"];

/// Reads a playbook; `None` only where it is not a mapping at all.
pub(crate) fn parse_playbook(
    document: &Arc<Document>,
    folder: Option<PathBuf>,
    findings: &mut Findings,
) -> Option<Playbook> {
    let mut fields = Fields::open(&document.root, &[], "a playbook", &PLAYBOOK_KEYS, findings)?;
    let name = fields.text("name").unwrap_or_default();
    let hosts = fields.text("hosts").unwrap_or_default();
    let vars = Layer {
        source: Some((Arc::clone(document), fields.place_of("vars"))),
        values: fields.mapping("vars"),
    };
    let secrets = fields.texts("secrets");
    if fields.get("tasks").is_none() {
        fields.missing("tasks");
    }
    let tasks = parse_tasks(&document.root, "tasks", findings);
    let handlers = parse_tasks(&document.root, "handlers", findings);
    let playbook = Playbook {
        name,
        hosts,
        vars,
        secrets,
        tasks,
        handlers,
        document: Arc::clone(document),
        folder,
    };
    check_handlers(&playbook, findings);
    Some(playbook)
}

fn parse_tasks(root: &Value, key: &str, findings: &mut Findings) -> Vec<Task> {
    let place = vec![Step::Key(key.to_owned())];
    match root.get(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let place = below(&place, Step::Index(index));
                parse_task(item, &place, key == "handlers", findings)
            })
            .collect(),
        Some(_) => {
            findings.add(place, format!("'{key}' is a list of tasks"));
            Vec::new()
        }
    }
}

fn parse_task(
    value: &Value,
    place: &Place,
    is_handler: bool,
    findings: &mut Findings,
) -> Option<Task> {
    let (what, own_keys) = if is_handler {
        ("a handler", &TASK_KEYS[..1])
    } else {
        ("a task", &TASK_KEYS[..])
    };
    let mut known: Vec<&str> = own_keys.iter().chain(OPERATIONS).copied().collect();
    let unknown = unknown_operation(value, &known);
    if let Some(key) = unknown {
        let place = below(place, Step::KeyName(key.to_owned()));
        findings.add(place, unknown_operation_message(key));
        known.push(key);
    }
    let mut fields = Fields::open(value, place, what, &known, findings)?;
    let name = fields.text("name");
    let when = match fields.get("when") {
        Some(Value::Bool(fixed)) => Some(fixed.to_string()),
        _ => fields.optional_text("when"),
    };
    if let Some(Err(message)) = when.as_deref().map(names_in) {
        fields.wrong("when", message);
    }
    let notify = fields.texts("notify");
    let tags = fields.texts("tags");
    let keys = value.as_object().into_iter().flat_map(|map| map.keys());
    let found: Vec<&str> = keys
        .map(String::as_str)
        .filter(|key| OPERATIONS.contains(key) && fields.get(key).is_some())
        .collect();
    let operation = match found.as_slice() {
        [one] => (*one).to_owned(),
        [] if unknown.is_some() => return None,
        [] => {
            fields.missing_one_of(OPERATIONS);
            return None;
        }
        [first, second, ..] => {
            let message = format!("{what} does one thing, this has '{first}' and '{second}'");
            let place = below(place, Step::KeyName((*second).to_owned()));
            fields.findings.add(place, message);
            return None;
        }
    };
    Some(Task {
        name: name.unwrap_or_default(),
        when,
        notify,
        tags,
        arguments: fields.get(&operation).cloned()?,
        operation,
        place: place.clone(),
    })
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
    let near = nearest(key, OPERATIONS.iter().copied())
        .map_or(String::new(), |name| format!(", did you mean '{name}'?"));
    let operations = OPERATIONS.join(", ");
    format!("unknown operation '{key}'{near} (operations: {operations})")
}

fn check_handlers(playbook: &Playbook, findings: &mut Findings) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for handler in &playbook.handlers {
        if !names.insert(&handler.name) {
            let place = below(&handler.place, Step::Key("name".to_owned()));
            findings.add(
                place,
                format!("a handler '{}' exists already", handler.name),
            );
        }
    }
    for task in &playbook.tasks {
        for name in &task.notify {
            if !names.contains(name.as_str()) {
                let hint = suggestion(name, names.iter().copied());
                let place = below(&task.place, Step::Key("notify".to_owned()));
                findings.add(place, format!("unknown handler '{name}'{hint}"));
            }
        }
    }
    for handler in &playbook.handlers {
        let used = playbook
            .tasks
            .iter()
            .any(|task| task.notify.contains(&handler.name));
        if !used {
            let place = below(&handler.place, Step::Key("name".to_owned()));
            findings.add(
                place,
                format!("no task notifies the handler '{}'", handler.name),
            );
        }
    }
}
