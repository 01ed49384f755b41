//! Applying one host: task by task, reading again what a change may have touched.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::approved::verify_approved;
use super::attempts::with_retries;
use super::dead_man::DeadMan;
use super::event::{Event, Failure, FailureKind};
use super::handlers::{note_script, pending_of, run_handlers};
use super::knowledge::Knowledge;
use super::reboot::reboot_host;
use super::run::{HostRun, elapsed_ms};
use super::verify::verify_host;
use crate::connections::write::{Incoming, write_all_script, write_script};
use crate::connections::{Command, Output, quote};
use crate::facts::Facts;
use crate::ops::{Action, Change, Op, PutAll, PutFile};
use crate::playbook::late::Outcome;
use crate::playbook::{ReadyTask, State};

/// How often a run begins again because another one changed the host while it read the facts.
const BEGINNINGS: usize = 3;

/// Facts that another run has made untrue are found out before the first change, where the lock is
/// taken; the run then begins again.
pub(super) fn apply_host(run: &mut HostRun<'_>) -> Result<(), Failure> {
    let fresh = run.report.clone();
    for _ in 1..BEGINNINGS {
        match apply_once(run) {
            Err(failure) if failure.kind == FailureKind::Outdated => run.report = fresh.clone(),
            outcome => return outcome,
        }
    }
    apply_once(run)
}

fn apply_once(run: &mut HostRun<'_>) -> Result<(), Failure> {
    let mut knowledge = Knowledge::begin(run)?;
    let facts = knowledge.facts(run.play.seat());
    run.lock.facts_read_at(facts.apply_count);
    let mut due = pending_of(run.checked.name(), facts);
    verify_approved(run, &knowledge)?;
    let mut done: Vec<Arc<[ReadyTask]>> = Vec::new();
    for index in 0..run.play.tasks.len() {
        let task = knowledge.task(index);
        if !knowledge.takes_part(index) {
            run.skipped(&task.name, "its tags are not asked for");
            knowledge.register(index, &[Outcome::skipped()]);
            continue;
        }
        let ready = knowledge.prepare(run, index)?;
        let mut outcomes = Vec::new();
        for one in ready.iter() {
            let outcome = apply_one(run, &mut knowledge, index, one)?;
            if outcome.changed == Some(true) {
                due.extend(one.notify.iter().cloned());
            }
            outcomes.push(outcome);
        }
        knowledge.register(index, &outcomes);
        done.push(ready);
    }
    let ran = run_handlers(run, &mut knowledge, &due)?;
    if run.report.changed + ran > 0 {
        verify_host(run, &done)?;
    }
    Ok(())
}

/// Does one ready task, as often as it may be tried.
fn apply_one<'a>(
    run: &mut HostRun<'a>,
    knowledge: &mut Knowledge<'a>,
    index: usize,
    one: &ReadyTask,
) -> Result<Outcome, Failure> {
    run.check_interrupt(&one.name)?;
    let op = match &one.state {
        State::Do(op) => op,
        State::Skip(because) => {
            run.skipped(&one.name, because);
            return Ok(Outcome::skipped());
        }
    };
    let started = Instant::now();
    let made = with_retries(run, one, |run, attempt| {
        if attempt > 1 {
            knowledge.forget(one);
        }
        knowledge.refresh(run, index, one)?;
        let facts = knowledge.facts(one.seat);
        if attempt == 1 {
            run.warn(&one.name, op, facts);
        }
        let changes = op
            .plan(facts)
            .map_err(|error| run.not_planned(&one.name, &error))?;
        if changes.is_empty() {
            return Ok(None);
        }
        let output = make_changes(run, one, op, &changes, facts);
        // A change that failed may have done half of its work.
        knowledge.touch(op);
        output.map(|output| Some((changes, output)))
    })?;
    let Some((changes, output)) = made else {
        run.unchanged(&one.name);
        return Ok(knowledge.unchanged(one));
    };
    run.report.changed += 1;
    (run.emit)(Event::TaskApplied {
        host: run.host(),
        task: one.name.clone(),
        changes: run.shown(&changes),
        duration_ms: elapsed_ms(started),
    });
    Ok(Outcome {
        changed: Some(true),
        output: output.map(|output| (output.status, output.text())),
    })
}

/// Makes the changes of one task; those that could lock examctl out, under a timer. What the last
/// of them printed.
fn make_changes(
    run: &mut HostRun<'_>,
    task: &ReadyTask,
    op: &Op,
    changes: &[Change],
    facts: &Facts,
) -> Result<Option<Output>, Failure> {
    let name = &task.name;
    let on_host = !task.seat.on_controller;
    let dead_man = match op.revert(facts).filter(|_| on_host) {
        Some(revert) => Some(DeadMan::arm(run, name, &revert)?),
        None => None,
    };
    let state_directory = &run.checked.state_directory;
    let mut note = note_script(state_directory, run.checked.name(), &task.notify);
    let mut printed = None;
    for change in changes {
        let replaced = replaced_by(change).into_iter();
        for path in replaced.filter(|path| on_host && facts.paths.contains_key(*path)) {
            note.push_str(&run.kept.keep_script(path));
            run.report.restore_script = Some(run.kept.restore_script());
        }
        match make_change(run, task, change, std::mem::take(&mut note)) {
            Ok(output) => printed = Some(output),
            Err(failure) => {
                if let Some(dead_man) = dead_man {
                    dead_man.take_back(run);
                }
                return Err(failure);
            }
        }
    }
    if let Some(dead_man) = dead_man {
        dead_man.confirm(run, name)?;
    }
    Ok(printed)
}

/// Makes one change after `note`, which is about the host and written by those who may: one round
/// trip where that is who makes the change.
fn make_change(
    run: &mut HostRun<'_>,
    task: &ReadyTask,
    change: &Change,
    note: String,
) -> Result<Output, Failure> {
    let (name, summary, seat) = (&task.name, &change.summary, task.seat);
    let Some(command) = command_for(change) else {
        return reboot(run, task, change, &note);
    };
    if seat == run.play.seat() {
        let script = format!("{note}{}", command.script);
        return run.run_change(name, summary, &Command { script, ..command });
    }
    if !note.is_empty() {
        run.hold(name, note, command.timeout)?;
    }
    run.run_change_at(seat, name, summary, &command)
}

fn reboot(
    run: &mut HostRun<'_>,
    task: &ReadyTask,
    change: &Change,
    note: &str,
) -> Result<Output, Failure> {
    let Action::Reboot(limit) = change.action else {
        return Ok(Output::default());
    };
    if task.seat.on_controller {
        let message = "the controller is not rebooted in the middle of its own run";
        return Err(run.task_failed(&task.name, message));
    }
    let around = |script: &str| format!("{note}{script}");
    reboot_host(run, &task.name, &change.summary, &around, limit)?;
    Ok(Output::default())
}

/// The files whose old content is gone after the change.
fn replaced_by(change: &Change) -> Vec<&str> {
    match &change.action {
        Action::Put(file) => vec![&file.path],
        Action::PutAll(all) => all.files.iter().map(|file| file.path.as_str()).collect(),
        Action::Remove(path) => vec![path],
        Action::Run(_) | Action::Reboot(_) => Vec::new(),
    }
}

/// The command that makes a change; a reboot is more than one.
fn command_for(change: &Change) -> Option<Command> {
    Some(match &change.action {
        Action::Run(command) => command.clone(),
        Action::Put(file) => {
            Command::new(write_script(&incoming(file))).stdin(file.content.clone())
        }
        Action::PutAll(all) => put_all_command(all),
        Action::Remove(path) => Command::new(format!("rm -f -- {}", quote(path))),
        Action::Reboot(_) => return None,
    })
}

fn incoming(file: &PutFile) -> Incoming<'_> {
    Incoming {
        path: &file.path,
        size: file.content.len() as u64,
        mode: file.mode,
        owner: file.owner.as_deref(),
        validate: file.validate.as_deref(),
    }
}

fn put_all_command(all: &PutAll) -> Command {
    let incoming: Vec<Incoming<'_>> = all.files.iter().map(incoming).collect();
    let script = write_all_script(&incoming, &all.judge, &all.finish);
    let contents = all
        .files
        .iter()
        .map(|file| STANDARD.encode(&file.content) + "\n");
    Command::new(script).stdin(contents.collect::<String>())
}
