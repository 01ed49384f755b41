//! Handlers and those who notify them: every name is known once, and every handler is used.

use std::collections::BTreeSet;

use super::{Playbook, Task};
use crate::problem::{Problem, suggestion};
use crate::render::names::used_in_value;

pub(super) fn check(playbook: &Playbook, problems: &mut Vec<Problem>) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut say = |task: &Task, key: &str, message: String| {
        problems.push(task.document.problem(&task.place_of(key), message));
    };
    for handler in &playbook.handlers {
        if !names.insert(&handler.name) {
            let message = format!("a handler '{}' exists already", handler.name);
            say(handler, "name", message);
        }
    }
    for task in &playbook.tasks {
        for name in &task.notify {
            if !names.contains(name.as_str()) {
                let hint = suggestion(name, names.iter().copied());
                say(task, "notify", format!("unknown handler '{name}'{hint}"));
            }
        }
    }
    for handler in &playbook.handlers {
        let notifies = |task: &Task| task.notify.contains(&handler.name);
        if !playbook.tasks.iter().any(notifies) {
            let message = format!("no task notifies the handler '{}'", handler.name);
            say(handler, "name", message);
        }
    }
}

/// Why a role's handler cannot be shared by two uses of the role.
pub(super) fn differs(known: &Task, again: &Task) -> Option<String> {
    let value = |task: &Task, name: &str| {
        let mut layers = task.scope.vars.iter().rev();
        layers.find_map(|layer| layer.values.get(name)).cloned()
    };
    let names = used_in_value(&known.arguments);
    let name = names
        .iter()
        .find(|used| value(known, &used.name) != value(again, &used.name))?;
    Some(format!(
        "this role is used before with another '{}', so its handler '{}' would mean two things: \
         make it a variable that both uses share",
        name.name, known.name
    ))
}
