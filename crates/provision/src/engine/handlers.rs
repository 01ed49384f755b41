//! Handlers that are due, noted on the host before the change and until they have run.
//!
//! A run that fails between a change and its restart would otherwise lose the restart: the next
//! run finds the file right already and notifies nobody.

use std::collections::BTreeSet;
use std::time::Instant;

use super::event::{Event, Failure};
use super::knowledge::Knowledge;
use super::lock::full_disk;
use super::reboot::reboot_host;
use super::run::{HostRun, elapsed_ms};
use crate::connections::{Command, quote};
use crate::facts::Facts;
use crate::ops::{Action, Op};
use crate::playbook::ReadyTask;

/// One line of the note: the playbook and the handler.
fn line(playbook: &str, handler: &str) -> String {
    format!("{playbook}\t{handler}")
}

/// Handlers of this playbook that an earlier run noted and did not run.
pub(super) fn pending_of(playbook: &str, facts: &Facts) -> BTreeSet<String> {
    let prefix = line(playbook, "");
    facts
        .pending_handlers
        .iter()
        .filter_map(|line| line.strip_prefix(&prefix))
        .map(str::to_owned)
        .collect()
}

/// Script lines that note `handlers` before whatever follows them.
pub(super) fn note_script(state_directory: &str, playbook: &str, handlers: &[String]) -> String {
    if handlers.is_empty() {
        return String::new();
    }
    let folder = quote(state_directory);
    let file = quote(&format!("{state_directory}/pending-handlers"));
    let full = quote(&full_disk(state_directory));
    let notes: Vec<String> = handlers
        .iter()
        .map(|handler| {
            let line = quote(&line(playbook, handler));
            format!("grep -qxF -- {line} {file} || printf '%s\\n' {line} >> {file} || {{ echo {full} >&2; exit 1; }}\n")
        })
        .collect();
    let notes = notes.concat();
    format!("mkdir -p {folder} && touch {file} || exit 1\n{notes}sync {file}\n")
}

/// Takes the note of a handler away.
fn cross_out_script(state_directory: &str, playbook: &str, handler: &str) -> String {
    let file = quote(&format!("{state_directory}/pending-handlers"));
    let line = quote(&line(playbook, handler));
    format!(
        "if [ -f {file} ]; then\n\
         grep -vxF -- {line} {file} > {file}.new\n\
         [ $? -le 1 ] || exit 1\n\
         mv -f {file}.new {file}\n\
         fi\n"
    )
}

/// Runs the handlers that are due, in the order they are defined. How many ran.
pub(super) fn run_handlers<'a>(
    run: &mut HostRun<'a>,
    knowledge: &mut Knowledge<'a>,
    due: &BTreeSet<String>,
) -> Result<usize, Failure> {
    let mut ran = 0;
    for (index, handler) in run.play.book.playbook.handlers.iter().enumerate() {
        let name = &handler.name;
        if !due.contains(name) {
            continue;
        }
        let started = Instant::now();
        for one in knowledge.handler(run, index)?.iter() {
            run_handler(run, one)?;
        }
        ran += 1;
        run.report.handlers += 1;
        (run.emit)(Event::HandlerRan {
            host: run.host(),
            handler: name.clone(),
            duration_ms: elapsed_ms(started),
        });
    }
    Ok(ran)
}

/// Runs a handler and takes its note away once it has succeeded: one command where the same user
/// may do both.
fn run_handler(run: &mut HostRun<'_>, one: &ReadyTask) -> Result<(), Failure> {
    let name = &one.name;
    let Some(change) = one.op().and_then(Op::handler_change) else {
        return Ok(());
    };
    let cross_out = cross_out_script(&run.checked.state_directory, run.checked.name(), name);
    let command = match change.action {
        Action::Run(command) => command,
        Action::Reboot(limit) if !one.seat.on_controller => {
            // The trigger is detached: its note is crossed out before the host goes down.
            let around = |script: &str| format!("( {script}\n) || exit $?\n{cross_out}");
            return reboot_host(run, name, &change.summary, &around, limit);
        }
        Action::Reboot(_) | Action::Put(_) | Action::PutAll(_) | Action::Remove(_) => return Ok(()),
    };
    if one.seat == run.play.seat() {
        let script = format!("( {}\n) || exit $?\n{cross_out}", command.script);
        let command = Command { script, ..command };
        return run.run_change(name, &change.summary, &command).map(drop);
    }
    run.run_change_at(one.seat, name, &change.summary, &command)?;
    run.hold(name, cross_out, command.timeout)
}
