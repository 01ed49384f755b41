//! One process below one directory: no root, no proxy. Stop, switch, start.
//!
//! `examctl supervise --root DIR` keeps it running and ends with it; see `supervise.rs`.

use std::path::Path;
use std::time::Duration;

use provision::connections::quote;

use super::follow::{Place, file_script};
use super::pid_file::{ALIVE_SCRIPT, gather_alive};
pub use super::supervise::{SuperviseError, supervise};
use super::{Runner, RunnerState};
use crate::host::{Host, StepError, USUAL, last_lines, said};
use crate::target::Target;
use crate::target::layout::Slot;

/// Whether a supervisor of this root is alive on this machine.
pub fn is_running(root: &Path) -> bool {
    gather_alive(&root.join("run/supervisor.pid")).is_some()
}

/// Longer than the supervisor waits before it kills.
const STOP_SECONDS: u64 = 60;

pub(super) struct Process;

impl Runner for Process {
    fn start(&self, host: &mut Host<'_>, _slot: Slot) -> Result<(), StepError> {
        let script = start_script(host.target);
        let output = host.run(&script, "", USUAL)?;
        if output.success() {
            return Ok(());
        }
        Err(StepError::Failed(format!(
            "`{} supervise` does not stay up: {}",
            quote(&host.target.examctl_binary),
            said(&output)
        )))
    }

    fn stop(&self, host: &mut Host<'_>, _slot: Slot) -> Result<(), StepError> {
        let limit = Duration::from_secs(STOP_SECONDS * 2 + 10);
        let output = host.run(&stop_script(), "", limit)?;
        if output.success() {
            return Ok(());
        }
        Err(StepError::Failed(format!(
            "the service does not stop: {}",
            said(&output)
        )))
    }

    fn start_script(&self, target: &Target, _slot: Slot) -> Option<String> {
        Some(start_script(target))
    }

    fn stop_script(&self, _target: &Target, _slot: Slot) -> Option<String> {
        Some(stop_script())
    }

    fn states(&self, host: &mut Host<'_>, slots: &[Slot]) -> Result<Vec<RunnerState>, StepError> {
        let script = format!(
            "{ALIVE_SCRIPT}\nif alive run/supervisor.pid; then\n\
             if alive run/exam-service.pid; then echo running; else echo starting; fi\n\
             else echo stopped; fi"
        );
        let output = host.run(&script, "", USUAL)?;
        let state = match last_lines(&output.text(), 1).as_str() {
            "running" => RunnerState::Running,
            "starting" => RunnerState::Starting,
            _ => RunnerState::Stopped("no `examctl supervise` runs there".to_owned()),
        };
        Ok(vec![state; slots.len()])
    }

    fn follow_script(&self, _target: &Target, _slot: Slot, place: &Place) -> String {
        file_script("log/exam-service.log", place)
    }

    fn log(&self, host: &mut Host<'_>, _slot: Slot, lines: usize) -> Result<String, StepError> {
        let script =
            format!("tail -q -n {lines} log/supervise.log log/exam-service.log 2>/dev/null; true");
        Ok(host.run(&script, "", USUAL)?.text())
    }
}

fn start_script(target: &Target) -> String {
    let examctl = quote(&target.examctl_binary);
    let root = quote(&target.exam_root);
    // Its own session: neither Ctrl-C nor the end of this terminal reaches the service.
    format!(
        "{ALIVE_SCRIPT}\n\
         umask 077; mkdir -p run log && chmod 700 run log || exit 1\n\
         alive run/supervisor.pid && exit 0\n\
         setsid {examctl} supervise --root {root} </dev/null >log/supervise.log 2>&1 &\n\
         child=$!; tries=0\n\
         until alive run/supervisor.pid; do\n\
         tries=$((tries + 1))\n\
         if ! kill -0 $child 2>/dev/null || [ $tries -gt 100 ]; then tail -n 5 log/supervise.log >&2; exit 1; fi\n\
         sleep 0.1\n\
         done"
    )
}

/// A service whose supervisor was killed would answer in place of the next release: it ends too.
fn stop_script() -> String {
    format!(
        "{ALIVE_SCRIPT}\n\
         end() {{\n\
         tries=0; signalled=\n\
         while alive \"$1\"; do\n\
         [ -n \"$signalled\" ] || kill -TERM $pid || return 1\n\
         signalled=yes; tries=$((tries + 1))\n\
         [ $tries -le {} ] || {{ echo \"process $pid does not end\" >&2; return 1; }}\n\
         sleep 0.05\n\
         done\n\
         }}\n\
         end run/supervisor.pid && end run/exam-service.pid",
        STOP_SECONDS * 20
    )
}
