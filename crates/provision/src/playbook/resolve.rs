//! From tasks as written to tasks for one host: variables in, typed operations out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::sources::HostSources;
use super::{Condition, HostPlay, Playbook, ReadyTask, Task};
use crate::assets::Assets;
use crate::fields::Findings;
use crate::inventory::Host;
use crate::ops::{Op, Sources as _};
use crate::problem::Problem;
use crate::render::{Renderer, names_in};
use crate::secret::mask_all;
use crate::vars::{Layer, resolve, secrets_of};
use crate::yaml::{Place, Step, below};

/// What all hosts of a run share.
pub(crate) struct Resolver<'a> {
    pub(crate) playbook: &'a Playbook,
    pub(crate) assets: &'a Assets,
    /// Names of secret variables, of the playbook and of the inventory.
    pub(crate) secrets: &'a [String],
    pub(crate) extra_vars: &'a Map<String, Value>,
    pub(crate) state_directory: &'a str,
}

/// Checks arguments that are not rendered yet: their keys, types, and the files they name.
pub(crate) fn check_shape(playbook: &Playbook, assets: &Assets, findings: &mut Findings) {
    let sources = HostSources {
        folder: playbook.folder.as_deref(),
        assets,
        vars: None,
        secrets: &[],
        has_secrets: false,
        state_directory: "/var/lib/examctl",
    };
    findings.unrendered = true;
    for (task, is_handler) in all(playbook) {
        let op = Op::parse(
            &task.operation,
            &task.arguments,
            &place_of(task),
            &sources,
            findings,
        );
        if let Some(op) = op {
            check_role(&op, task, is_handler, findings);
        }
    }
    findings.unrendered = false;
}

fn all(playbook: &Playbook) -> impl Iterator<Item = (&Task, bool)> {
    let tasks = playbook.tasks.iter().map(|task| (task, false));
    tasks.chain(playbook.handlers.iter().map(|task| (task, true)))
}

fn place_of(task: &Task) -> Place {
    below(&task.place, Step::Key(task.operation.clone()))
}

fn check_role(op: &Op, task: &Task, is_handler: bool, findings: &mut Findings) {
    if is_handler && op.handler_change().is_none() {
        let message = "a handler restarts or reloads a service, restarts a supervisor program, or runs a command";
        findings.add(place_of(task), message);
    }
    if is_handler || !op.is_handler_only() {
        return;
    }
    let message = match op {
        Op::Command(_) => {
            "command needs 'creates' or 'unless', so that a second run changes nothing"
        }
        _ => "this state is for handlers: a task that always restarts would never be done",
    };
    findings.add(place_of(task), message);
}

impl Resolver<'_> {
    fn vars(&self, host: &Host) -> Result<Map<String, Value>, Vec<Problem>> {
        let mut layers = vec![self.playbook.vars.clone()];
        layers.extend(host.layers.iter().cloned());
        layers.push(Layer {
            source: None,
            values: self.extra_vars.clone(),
        });
        resolve(&layers)
    }

    /// A template with the variables of `host`.
    pub(crate) fn render_template(&self, name: &str, host: &Host) -> Result<String, Vec<Problem>> {
        let vars = self.vars(host)?;
        let sources = HostSources {
            folder: self.playbook.folder.as_deref(),
            assets: self.assets,
            vars: Some(&vars),
            secrets: &[],
            has_secrets: false,
            state_directory: self.state_directory,
        };
        let text = sources
            .template(name, &Map::new())
            .map_err(|message| vec![Problem::with_file(name, message)])?;
        Ok(mask_all(&text, &secrets_of(self.secrets, &vars)))
    }

    /// What the playbook means for `host`, or everything that is wrong with it there.
    pub(crate) fn resolve(&self, host: &Host) -> Result<HostPlay, Vec<Problem>> {
        let vars = Arc::new(self.vars(host)?);
        let secrets = secrets_of(self.secrets, &vars);
        let sources = HostSources {
            folder: self.playbook.folder.as_deref(),
            assets: self.assets,
            vars: Some(&vars),
            secrets: &secrets,
            has_secrets: !self.secrets.is_empty(),
            state_directory: self.state_directory,
        };
        let mut findings = Findings::default();
        let mut ready = |tasks: &[Task], is_handler| -> Vec<ReadyTask> {
            tasks
                .iter()
                .filter_map(|task| ready_task(task, is_handler, &vars, &sources, &mut findings))
                .collect()
        };
        let tasks = ready(&self.playbook.tasks, false);
        let handlers = ready(&self.playbook.handlers, true);
        if findings.list.is_empty() {
            check_owners(&self.playbook.tasks, &tasks, &mut findings);
        }
        if !findings.list.is_empty() {
            let document = &self.playbook.document;
            return Err(findings
                .list
                .into_iter()
                .map(|finding| {
                    // A message may quote the value it is about.
                    let message = mask_all(&finding.message, &secrets);
                    document.problem(&finding.place, message)
                })
                .collect());
        }
        Ok(HostPlay {
            host: host.clone(),
            tasks,
            handlers,
            secrets,
        })
    }
}

fn ready_task(
    task: &Task,
    is_handler: bool,
    vars: &Arc<Map<String, Value>>,
    sources: &HostSources<'_>,
    findings: &mut Findings,
) -> Option<ReadyTask> {
    let mut ready = ReadyTask {
        name: task.name.clone(),
        condition: None,
        notify: task.notify.clone(),
        tags: task.tags.clone(),
        op: None,
    };
    let renderer = Renderer::new(vars);
    if let Some(expression) = &task.when {
        // Any facts do: this is to see that the condition can be decided at all.
        let facts = json!({"id": "", "version": "", "codename": "", "architecture": ""});
        match renderer.condition(expression, &facts) {
            Err(message) => {
                findings.add(below(&task.place, Step::Key("when".to_owned())), message);
                return None;
            }
            Ok(_)
                if names_in(expression)
                    .is_ok_and(|names| names.iter().any(|name| name == "os")) =>
            {
                ready.condition = Some(Condition {
                    expression: expression.clone(),
                    vars: Arc::clone(vars),
                });
            }
            Ok(false) => return Some(ready),
            Ok(true) => {}
        }
    }
    let place = place_of(task);
    let before = findings.list.len();
    let arguments = renderer.value_at(&task.arguments, &place, findings);
    if findings.list.len() > before {
        return None;
    }
    let op = Op::parse(&task.operation, &arguments, &place, sources, findings)?;
    check_role(&op, task, is_handler, findings);
    ready.op = Some(op);
    Some(ready)
}

/// Two tasks that own the same path would undo each other on every run.
fn check_owners(tasks: &[Task], ready: &[ReadyTask], findings: &mut Findings) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (task, ready) in tasks.iter().zip(ready) {
        let certain = ready.condition.is_none();
        let Some(path) = ready
            .op
            .as_ref()
            .and_then(Op::managed_path)
            .filter(|_| certain)
        else {
            continue;
        };
        if let Some(other) = owners.insert(path, &task.name) {
            let message = format!("{path} is already managed by the task '{other}'");
            findings.add(place_of(task), message);
        }
    }
}
