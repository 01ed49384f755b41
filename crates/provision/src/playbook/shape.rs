//! What can be seen of a task before its values are rendered.

use super::sources::HostSources;
use super::{Playbook, Task};
use crate::assets::Assets;
use crate::fields::Findings;
use crate::ops::Op;
use crate::problem::Problem;

/// Checks arguments that are not rendered yet: their keys, types, and the files they name.
pub(crate) fn check_shape(playbook: &Playbook, assets: &Assets, problems: &mut Vec<Problem>) {
    let tasks = playbook.tasks.iter().map(|task| (task, false));
    for (task, is_handler) in tasks.chain(playbook.handlers.iter().map(|task| (task, true))) {
        let sources = HostSources::unrendered(&task.scope.folders, assets);
        let mut findings = Findings {
            unrendered: true,
            ..Findings::default()
        };
        let op = Op::parse(
            &task.operation,
            &task.arguments,
            &task.operation_place(),
            &sources,
            &mut findings,
        );
        if let Some(op) = op {
            check_role(&op, task, is_handler, &mut findings);
        }
        problems.extend(task.document.problems(findings.list));
    }
}

/// What is for handlers only, and what cannot be one.
pub(super) fn check_role(op: &Op, task: &Task, is_handler: bool, findings: &mut Findings) {
    if is_handler && op.handler_change().is_none() {
        let message = "a handler restarts or reloads a service, restarts a supervisor program, or runs a command";
        findings.add(task.operation_place(), message);
    }
    if is_handler || !op.is_handler_only() {
        return;
    }
    let message = match op {
        Op::Command(_) => {
            "command needs 'creates' or 'unless', so that a second run changes nothing"
        }
        Op::Script(_) => "script needs 'creates' or 'unless', so that a second run changes nothing",
        _ => "this state is for handlers: a task that always restarts would never be done",
    };
    findings.add(task.operation_place(), message);
}
