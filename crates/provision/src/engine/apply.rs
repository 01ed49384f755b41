//! Applying one host: task by task, reading again what a change may have touched.

use std::collections::BTreeSet;
use std::time::Instant;

use super::event::{Event, Failure};
use super::handlers::{note_script, pending_of, run_handlers};
use super::run::{HostRun, Selected, elapsed_ms, requests_of};
use super::verify::verify_host;
use crate::connections::Command;
use crate::connections::write::{Incoming, write_script};
use crate::facts::{FactKey, Facts, Request};
use crate::ops::effects::Moment;
use crate::ops::{Action, Change, PutFile};

pub(super) fn apply_host(run: &mut HostRun<'_>) -> Result<(), Failure> {
    let requests = requests_of(&run.candidates());
    let mut facts = run.gather(&requests)?;
    let tasks = run.select(&facts)?;
    let mut due = pending_of(run.checked.name(), &facts);
    let mut stale: BTreeSet<FactKey> = BTreeSet::new();
    for (index, selected) in tasks.iter().enumerate() {
        refresh(run, &tasks[index..], &mut stale, &mut facts)?;
        if !apply_task(run, selected, &facts)? {
            continue;
        }
        due.extend(selected.task.notify.iter().cloned());
        let touched = requests_of(&tasks)
            .into_iter()
            .map(|request| request.key)
            .filter(|key| selected.op.may_change(key, Moment::Applying));
        stale.extend(touched);
    }
    let ran = run_handlers(run, &due)?;
    if run.report.changed + ran > 0 {
        verify_host(run, &tasks)?;
    }
    Ok(())
}

/// Reads again what the next task needs and an earlier change may have touched; and, as the way
/// to the host is the costly part, with it all that the tasks after it need.
fn refresh(
    run: &mut HostRun<'_>,
    remaining: &[Selected<'_>],
    stale: &mut BTreeSet<FactKey>,
    facts: &mut Facts,
) -> Result<(), Failure> {
    let is_stale = |request: &Request| stale.contains(&request.key);
    let needed = requests_of(&remaining[..1]);
    if !needed.iter().any(is_stale) {
        return Ok(());
    }
    let requests: Vec<Request> = requests_of(remaining)
        .into_iter()
        .filter(is_stale)
        .collect();
    let newer = run.gather(&requests)?;
    facts.replace(&requests, &newer);
    stale.clear();
    Ok(())
}

/// Whether the task changed the host.
fn apply_task(
    run: &mut HostRun<'_>,
    selected: &Selected<'_>,
    facts: &Facts,
) -> Result<bool, Failure> {
    let name = &selected.task.name;
    let started = Instant::now();
    let changes = selected
        .op
        .plan(facts)
        .map_err(|error| run.not_planned(name, &error))?;
    if changes.is_empty() {
        run.report.unchanged += 1;
        (run.emit)(Event::TaskUnchanged {
            host: run.host(),
            task: name.clone(),
        });
        return Ok(false);
    }
    let state_directory = &run.checked.state_directory;
    let mut note = note_script(state_directory, run.checked.name(), &selected.task.notify);
    for change in &changes {
        let command = command_for(change, &std::mem::take(&mut note));
        run.run_change(name, &change.summary, &command)?;
    }
    run.report.changed += 1;
    (run.emit)(Event::TaskApplied {
        host: run.host(),
        task: name.clone(),
        changes: run.shown(&changes),
        duration_ms: elapsed_ms(started),
    });
    Ok(true)
}

/// The command that makes a change, after noting the handlers it notifies: one round trip.
fn command_for(change: &Change, note: &str) -> Command {
    match &change.action {
        Action::Run(command) => Command {
            script: format!("{note}{}", command.script),
            ..command.clone()
        },
        Action::Put(file) => put_command(file, note),
    }
}

fn put_command(file: &PutFile, note: &str) -> Command {
    let script = write_script(&Incoming {
        path: &file.path,
        size: file.content.len() as u64,
        mode: file.mode,
        owner: file.owner.as_deref(),
        validate: file.validate.as_deref(),
    });
    Command::new(format!("{note}{script}")).stdin(file.content.clone())
}
