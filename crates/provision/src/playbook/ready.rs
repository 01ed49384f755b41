//! From a task as written to what it means for one host: one ready task, or one for each item.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::loops::{items_of, label};
use super::sources::HostSources;
use super::{Condition, Retries, Seat, Task, shape};
use crate::fields::Findings;
use crate::ops::Op;
use crate::problem::Problem;
use crate::render::Renderer;
use crate::render::names::{Used, used_in_expression};
use crate::secret::mask_all;

/// A task ready to be planned.
#[derive(Clone, Debug)]
pub(crate) struct ReadyTask {
    pub(crate) name: String,
    pub(crate) notify: Vec<String>,
    pub(crate) retries: Option<Retries>,
    pub(crate) seat: Seat,
    pub(crate) state: State,
}

/// Whether it is done, and what it does.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Do(Box<Op>),
    /// Why not.
    Skip(&'static str),
}

impl ReadyTask {
    pub(crate) fn op(&self) -> Option<&Op> {
        match &self.state {
            State::Do(op) => Some(op),
            State::Skip(_) => None,
        }
    }
}

/// A task and what it is expanded with.
pub(super) struct Expansion<'a> {
    pub(super) task: &'a Task,
    pub(super) is_handler: bool,
    pub(super) vars: &'a Map<String, Value>,
    pub(super) sources: &'a HostSources<'a>,
    /// Whether become root where the task does not say.
    pub(super) become_root: bool,
    /// Names of late values; their fields are all known.
    pub(super) late_names: &'a BTreeSet<&'a str>,
    /// Whether a condition depends on late values. Such a condition is taken to hold, once it is
    /// seen that it can be decided at all.
    pub(super) holds: &'a dyn Fn(&BTreeSet<Used>) -> bool,
}

impl Expansion<'_> {
    pub(super) fn ready(&self) -> Result<Vec<ReadyTask>, Vec<Problem>> {
        let renderer = Renderer::new(self.vars);
        let all = self.task.conditions.iter();
        let (of_items, of_all): (Vec<_>, Vec<_>) = all.partition(|when| names_item(when));
        if !self.holds_for(&of_all, &renderer)? {
            return Ok(vec![self.skipped(&self.task.name)]);
        }
        let Some(written) = &self.task.items else {
            return if self.holds_for(&of_items, &renderer)? {
                self.one(&renderer, self.sources, None).map(|one| vec![one])
            } else {
                Ok(vec![self.skipped(&self.task.name)])
            };
        };
        let mut findings = Findings::default();
        let items = items_of(self.task, written, &renderer, &mut findings);
        let items = items.ok_or_else(|| self.problems(findings))?;
        let mut ready = Vec::new();
        let mut problems = Vec::new();
        for item in items {
            match self.for_item(item, &of_items) {
                Ok(one) => ready.push(one),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(ready)
        } else {
            Err(problems)
        }
    }

    fn for_item(&self, item: Value, conditions: &[&Condition]) -> Result<ReadyTask, Vec<Problem>> {
        let label = label(&item);
        let mut vars = self.vars.clone();
        vars.insert("item".to_owned(), item);
        let renderer = Renderer::new(&vars);
        if !self.holds_for(conditions, &renderer)? {
            return Ok(self.skipped(&format!("{} ({label})", self.task.name)));
        }
        let sources = self.sources.with_vars(&vars);
        let one = self.one(&renderer, &sources, Some(&label));
        self.sources.add_used(&sources);
        one
    }

    fn one(
        &self,
        renderer: &Renderer<'_>,
        sources: &HostSources<'_>,
        label: Option<&str>,
    ) -> Result<ReadyTask, Vec<Problem>> {
        let task = self.task;
        let mut findings = Findings::default();
        let mut name = Value::from(task.name.as_str());
        // Those who notify a handler know it by the name as it is written.
        if !self.is_handler {
            name = renderer.value_at(&name, &task.place_of("name"), &mut findings);
        }
        let place = task.operation_place();
        let arguments = renderer.value_at(&task.arguments, &place, &mut findings);
        if !findings.list.is_empty() {
            return Err(self.problems(findings));
        }
        let op = Op::parse(&task.operation, &arguments, &place, sources, &mut findings);
        if let Some(op) = &op {
            shape::check_role(op, task, self.is_handler, &mut findings);
        }
        match op {
            Some(op) if findings.list.is_empty() => {
                let name = match name {
                    Value::String(name) => name,
                    other => other.to_string(),
                };
                Ok(self.named(&shown_name(name, label), State::Do(Box::new(op))))
            }
            _ => Err(self.problems(findings)),
        }
    }

    fn skipped(&self, name: &str) -> ReadyTask {
        self.named(name, State::Skip("its condition is false"))
    }

    fn named(&self, name: &str, state: State) -> ReadyTask {
        let on_controller = self.task.on_controller;
        ReadyTask {
            name: mask_all(name, self.sources.secrets),
            notify: self.task.notify.clone(),
            retries: self.task.retries,
            seat: Seat {
                on_controller,
                become_root: !on_controller && self.task.become_root.unwrap_or(self.become_root),
            },
            state,
        }
    }

    fn holds_for(
        &self,
        conditions: &[&Condition],
        renderer: &Renderer<'_>,
    ) -> Result<bool, Vec<Problem>> {
        let mut problems = Vec::new();
        for when in conditions {
            let is_strict = |name: &str| self.late_names.contains(name);
            match renderer.condition(&when.expression, is_strict) {
                Err(message) => {
                    let message = mask_all(&message, self.sources.secrets);
                    problems.push(when.document.problem(&when.place, message));
                }
                Ok(true) => {}
                Ok(false) if (self.holds)(&used_in_expression(&when.expression)) => {}
                Ok(false) if problems.is_empty() => return Ok(false),
                Ok(false) => break,
            }
        }
        if problems.is_empty() {
            Ok(true)
        } else {
            Err(problems)
        }
    }

    /// A message may quote the value it is about.
    fn problems(&self, findings: Findings) -> Vec<Problem> {
        let mut problems = self.task.document.problems(findings.list);
        for problem in &mut problems {
            problem.message = mask_all(&problem.message, self.sources.secrets);
        }
        problems
    }
}

fn names_item(when: &Condition) -> bool {
    let used = used_in_expression(&when.expression);
    used.iter().any(|used| used.name == "item")
}

fn shown_name(name: String, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("{name} ({label})"),
        None => name,
    }
}
