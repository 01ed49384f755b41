//! What planning and applying share on one host: its connection, its events, its facts.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::event::{Event, Failure, FailureKind, HostReport, ShownChange};
use super::kept::Kept;
use super::lock::Lock;
use super::{Checked, RunOptions};
use crate::connections::{Command, Connection, ConnectionError, Local, Output};
use crate::facts::gather::{GatherError, gather_facts};
use crate::facts::{Facts, Request};
use crate::ops::{Change, Op, PlanError};
use crate::playbook::{HostPlay, Seat, longest_first};
use crate::secret::{Secret, mask_all};

/// At most this much of a failed command's output is shown, its end.
const ERROR_LIMIT: usize = 4000;

/// Seen by nobody but [`super::apply`], which begins again.
const OUTDATED: &str = "another run changed the host while its facts were read";

/// How long giving back the lock of a host may take.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) struct HostRun<'a> {
    pub(super) checked: &'a Checked,
    pub(super) play: &'a HostPlay,
    pub(super) options: &'a RunOptions,
    pub(super) connection: Box<dyn Connection>,
    /// This machine, for tasks that are delegated to it.
    pub(super) controller: Local,
    pub(super) emit: &'a dyn Fn(Event),
    pub(super) report: HostReport,
    pub(super) lock: Lock,
    pub(super) kept: Kept,
    /// Every secret that is known so far.
    pub(super) secrets: Vec<Secret>,
    /// A failure is not reported as the task's: another attempt follows.
    pub(super) quiet: bool,
}

pub(super) fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl HostRun<'_> {
    pub(super) fn host(&self) -> String {
        self.play.host.name.clone()
    }

    pub(super) fn mask(&self, text: &str) -> String {
        mask_all(text, &self.secrets)
    }

    pub(super) fn shown(&self, changes: &[Change]) -> Vec<ShownChange> {
        changes
            .iter()
            .map(|change| ShownChange {
                summary: self.mask(&change.summary),
                diff: change.diff.as_deref().map(|diff| self.mask(diff)),
            })
            .collect()
    }

    /// Says what a person should know although the task changes nothing for it.
    pub(super) fn warn(&self, task: &str, op: &Op, facts: &Facts) {
        if let Some(warning) = op.warning(facts) {
            (self.emit)(Event::TaskWarned {
                host: self.host(),
                task: task.to_owned(),
                warning: self.mask(&warning),
            });
        }
    }

    pub(super) fn failure(&self, kind: FailureKind, task: Option<&str>, message: &str) -> Failure {
        Failure {
            kind,
            task: task.map(str::to_owned),
            message: self.mask(message),
        }
    }

    /// The host cannot be reached, or not any more.
    pub(super) fn lost(&self, error: &ConnectionError) -> Failure {
        let kind = if self.lock.taken {
            FailureKind::Lost
        } else {
            FailureKind::Unreachable
        };
        self.failure(kind, None, &error.to_string())
    }

    /// Whether the user asked to stop; what comes next is not begun then.
    pub(super) fn check_interrupt(&self, next: &str) -> Result<(), Failure> {
        if !self.options.interrupt.load(Ordering::Relaxed) {
            return Ok(());
        }
        let message = format!("interrupted before '{next}'");
        Err(self.failure(FailureKind::Interrupted, None, &message))
    }

    /// Secrets that came to light while the host was asked.
    pub(super) fn add_secrets(&mut self, found: Vec<Secret>) {
        if found.iter().any(|secret| !self.secrets.contains(secret)) {
            self.secrets.extend(found);
            self.secrets = longest_first(std::mem::take(&mut self.secrets));
        }
    }

    /// Reports a task's failure.
    pub(super) fn task_failed(&self, task: &str, message: &str) -> Failure {
        let failure = self.failure(FailureKind::TaskFailed, Some(task), message);
        self.say_failed(&failure);
        failure
    }

    /// Reports the failure of a task, unless another attempt follows.
    pub(super) fn say_failed(&self, failure: &Failure) {
        if let (Some(task), false) = (&failure.task, self.quiet) {
            (self.emit)(Event::TaskFailed {
                host: self.host(),
                task: task.clone(),
                error: failure.message.clone(),
            });
        }
    }

    pub(super) fn not_planned(&self, task: &str, error: &PlanError) -> Failure {
        self.task_failed(task, &error.to_string())
    }

    pub(super) fn skipped(&mut self, task: &str, because: &str) {
        self.report.skipped += 1;
        (self.emit)(Event::TaskSkipped {
            host: self.host(),
            task: task.to_owned(),
            because: because.to_owned(),
        });
    }

    pub(super) fn unchanged(&mut self, task: &str) {
        self.report.unchanged += 1;
        (self.emit)(Event::TaskUnchanged {
            host: self.host(),
            task: task.to_owned(),
        });
    }

    /// Reads facts in one command.
    pub(super) fn gather(&mut self, seat: Seat, requests: &[Request]) -> Result<Facts, Failure> {
        let state_directory = &self.checked.state_directory;
        let connection: &mut dyn Connection = if seat.on_controller {
            &mut self.controller
        } else {
            self.connection.as_mut()
        };
        gather_facts(connection, seat.become_root, state_directory, requests).map_err(|error| {
            match &error {
                GatherError::Connection(error) => self.lost(error),
                GatherError::Output { .. } => {
                    self.failure(FailureKind::TaskFailed, None, &error.to_string())
                }
            }
        })
    }

    /// Runs a command that must succeed, with the lock of the host; `what` says for which change.
    pub(super) fn run_change(
        &mut self,
        task: &str,
        what: &str,
        command: &Command,
    ) -> Result<Output, Failure> {
        let mut locked = command.clone();
        loop {
            let lock = self.lock.take_script(command.timeout);
            locked.script = format!("{lock}{}", command.script);
            self.lock.taken = true;
            let output = self.run_at(self.play.seat(), task, what, &locked)?;
            if output.success() {
                return Ok(output);
            }
            let said = output.text();
            if self.lock.facts_are_outdated(&said) {
                return Err(self.failure(FailureKind::Outdated, Some(task), OUTDATED));
            }
            match self.lock.held_by(&said) {
                None => return Err(self.change_failed(task, what, &output)),
                // Each of them is passed over once, and then the lock is this run's or a live one's.
                Some(held) if held.gone => self.lock.pass_over(&held),
                Some(held) => {
                    let failure = self.task_failed(task, &held.to_string());
                    return Err(Failure {
                        kind: FailureKind::Locked,
                        ..failure
                    });
                }
            }
        }
    }

    /// As [`Self::run_change`], where and as whom `seat` says. The lock is taken before, by those
    /// who may.
    pub(super) fn run_change_at(
        &mut self,
        seat: Seat,
        task: &str,
        what: &str,
        command: &Command,
    ) -> Result<Output, Failure> {
        if seat == self.play.seat() {
            return self.run_change(task, what, command);
        }
        if !seat.on_controller {
            self.hold(task, String::new(), command.timeout)?;
        }
        let output = self.run_at(seat, task, what, command)?;
        if output.success() {
            Ok(output)
        } else {
            Err(self.change_failed(task, what, &output))
        }
    }

    /// Takes or renews the lock for as long as a change elsewhere takes, and runs `script` with it.
    pub(super) fn hold(
        &mut self,
        task: &str,
        script: String,
        timeout: Duration,
    ) -> Result<(), Failure> {
        let command = Command::new(script).timeout(timeout);
        self.run_change(task, "prepare the change", &command)
            .map(drop)
    }

    /// Runs a command, whatever its exit status.
    fn run_at(
        &mut self,
        seat: Seat,
        task: &str,
        what: &str,
        command: &Command,
    ) -> Result<Output, Failure> {
        let mut command = command.clone().become_root(seat.become_root);
        command.secrets.clone_from(&self.secrets);
        let outcome = if seat.on_controller {
            self.controller.run(&command)
        } else {
            self.connection.run(&command)
        };
        match outcome {
            Ok(output) => Ok(output),
            Err(ConnectionError::TimedOut { limit, outcome, .. }) => {
                let message = format!("{what}: took longer than {limit:?}{outcome}");
                Err(self.task_failed(task, &message))
            }
            Err(ConnectionError::TooMuchOutput {
                limit_bytes,
                outcome,
                ..
            }) => {
                let limit = limit_bytes >> 20;
                let message =
                    format!("{what}: printed more than {limit} MiB and was given up{outcome}");
                Err(self.task_failed(task, &message))
            }
            Err(error @ ConnectionError::Lost { .. }) => {
                let message = format!("{what}: {error}; how far it came is not known");
                let failure = self.failure(FailureKind::Lost, Some(task), &message);
                self.say_failed(&failure);
                Err(failure)
            }
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// Gives the host back to others, where this run took it.
    pub(super) fn release_lock(&mut self) {
        if !self.lock.taken {
            return;
        }
        let command = Command::new(self.lock.release_script())
            .become_root(self.play.seat().become_root)
            .timeout(RELEASE_TIMEOUT);
        // What cannot be given back ends with its lease.
        self.connection.run(&command).ok();
    }

    fn change_failed(&self, task: &str, what: &str, output: &Output) -> Failure {
        let said = match output.error_text() {
            text if text.is_empty() => output.text(),
            text => text,
        };
        let message = format!("{what}: exit status {}: {}", output.status, end_of(&said));
        self.task_failed(task, &message)
    }
}

fn end_of(text: &str) -> &str {
    let mut start = text.len().saturating_sub(ERROR_LIMIT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
