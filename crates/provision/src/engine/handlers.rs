//! Handlers that are due, noted on the host before the change and until they have run.
//!
//! A run that fails between a change and its restart would otherwise lose the restart: the next
//! run finds the file right already and notifies nobody.

use std::collections::BTreeSet;
use std::time::Instant;

use super::event::{Event, Failure};
use super::run::{HostRun, elapsed_ms};
use crate::connections::{Command, quote};
use crate::facts::Facts;
use crate::ops::Action;

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
    let notes: Vec<String> = handlers
        .iter()
        .map(|handler| {
            let line = quote(&line(playbook, handler));
            format!("grep -qxF -- {line} {file} || printf '%s\\n' {line} >> {file} || exit 1\n")
        })
        .collect();
    let notes = notes.concat();
    format!("mkdir -p {folder} && touch {file} || exit 1\n{notes}sync {file}\n")
}

/// Runs `script` and takes the note away once it has succeeded.
fn handler_script(state_directory: &str, playbook: &str, handler: &str, script: &str) -> String {
    let file = quote(&format!("{state_directory}/pending-handlers"));
    let line = quote(&line(playbook, handler));
    format!(
        "( {script}\n) || exit $?\n\
         if [ -f {file} ]; then\n\
         grep -vxF -- {line} {file} > {file}.new\n\
         mv -f {file}.new {file}\n\
         fi\n"
    )
}

/// Runs the handlers that are due, in the order they are defined. How many ran.
pub(super) fn run_handlers(
    run: &mut HostRun<'_>,
    due: &BTreeSet<String>,
) -> Result<usize, Failure> {
    let mut ran = 0;
    for handler in &run.play.handlers {
        let name = &handler.name;
        let change = handler.op.as_ref().and_then(crate::ops::Op::handler_change);
        let Some(change) = change.filter(|_| due.contains(name)) else {
            continue;
        };
        let Action::Run(command) = change.action else {
            continue;
        };
        let started = Instant::now();
        let state_directory = &run.checked.state_directory;
        let script = handler_script(state_directory, run.checked.name(), name, &command.script);
        let command = Command { script, ..command };
        run.run_change(name, &change.summary, &command)?;
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
