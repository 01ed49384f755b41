//! What planning and applying share on one host: its connection, its events, its facts.

use std::time::{Duration, Instant};

use super::event::{Event, Failure, FailureKind, HostReport, ShownChange};
use super::lock::Lock;
use super::{Checked, RunOptions};
use crate::connections::{Command, Connection, ConnectionError, Output};
use crate::facts::gather::{GatherError, gather_facts};
use crate::facts::{Facts, Request};
use crate::ops::{Change, Op, PlanError};
use crate::playbook::{HostPlay, ReadyTask};
use crate::render::Renderer;
use crate::secret::mask_all;

/// At most this much of a failed command's output is shown, its end.
const ERROR_LIMIT: usize = 4000;

/// How long giving back the lock of a host may take.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) struct HostRun<'a> {
    pub(super) checked: &'a Checked,
    pub(super) play: &'a HostPlay,
    pub(super) options: &'a RunOptions,
    pub(super) connection: Box<dyn Connection>,
    pub(super) emit: &'a dyn Fn(Event),
    pub(super) report: HostReport,
    pub(super) lock: Lock,
}

/// A task that takes part in this run.
pub(super) struct Selected<'a> {
    pub(super) task: &'a ReadyTask,
    pub(super) op: &'a Op,
}

pub(super) fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl<'a> HostRun<'a> {
    pub(super) fn host(&self) -> String {
        self.play.host.name.clone()
    }

    pub(super) fn mask(&self, text: &str) -> String {
        mask_all(text, &self.play.secrets)
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

    pub(super) fn failure(&self, kind: FailureKind, task: Option<&str>, message: &str) -> Failure {
        Failure {
            kind,
            task: task.map(str::to_owned),
            message: self.mask(message),
        }
    }

    pub(super) fn lost(&self, error: &ConnectionError) -> Failure {
        self.failure(FailureKind::Unreachable, None, &error.to_string())
    }

    /// Reports a task's failure.
    pub(super) fn task_failed(&self, task: &str, message: &str) -> Failure {
        let failure = self.failure(FailureKind::TaskFailed, Some(task), message);
        (self.emit)(Event::TaskFailed {
            host: self.host(),
            task: task.to_owned(),
            error: failure.message.clone(),
        });
        failure
    }

    pub(super) fn not_planned(&self, task: &str, error: &PlanError) -> Failure {
        self.task_failed(task, &error.to_string())
    }

    /// Reads facts in one command.
    pub(super) fn gather(&mut self, requests: &[Request]) -> Result<Facts, Failure> {
        let become_root = self.play.host.become_root;
        let state_directory = &self.checked.state_directory;
        gather_facts(
            self.connection.as_mut(),
            become_root,
            state_directory,
            requests,
        )
        .map_err(|error| match &error {
            GatherError::Connection(error) => self.lost(error),
            GatherError::Output { .. } => {
                self.failure(FailureKind::TaskFailed, None, &error.to_string())
            }
        })
    }

    /// Tasks that their tags and variables let take part, before anything is known of the host.
    pub(super) fn candidates(&self) -> Vec<Selected<'a>> {
        let tags = &self.options.tags;
        let tagged =
            |task: &ReadyTask| tags.is_empty() || task.tags.iter().any(|tag| tags.contains(tag));
        self.play
            .tasks
            .iter()
            .filter(|task| tagged(task))
            .filter_map(|task| {
                Some(Selected {
                    task,
                    op: task.op.as_ref()?,
                })
            })
            .collect()
    }

    /// The tasks that take part, in order; the others are reported as skipped.
    pub(super) fn select(&mut self, facts: &Facts) -> Result<Vec<Selected<'a>>, Failure> {
        let mut selected = Vec::new();
        let candidates = self.candidates();
        for task in &self.play.tasks {
            let candidate = candidates
                .iter()
                .find(|other| std::ptr::eq(other.task, task));
            let because = match (candidate, &task.condition) {
                (None, _) if task.op.is_none() => "its condition is false",
                (None, _) => "its tags are not asked for",
                (Some(found), None) => {
                    selected.push(Selected { task, op: found.op });
                    continue;
                }
                (Some(found), Some(condition)) => {
                    let renderer = Renderer::new(&condition.vars);
                    let os = facts.host.as_value();
                    match renderer.condition(&condition.expression, &os) {
                        Err(message) => return Err(self.task_failed(&task.name, &message)),
                        Ok(true) => {
                            selected.push(Selected { task, op: found.op });
                            continue;
                        }
                        Ok(false) => "its condition is false on this host",
                    }
                }
            };
            self.report.skipped += 1;
            (self.emit)(Event::TaskSkipped {
                host: self.host(),
                task: task.name.clone(),
                because: because.to_owned(),
            });
        }
        Ok(selected)
    }

    /// Runs a command that must succeed, with the lock of the host; `what` says for which change.
    pub(super) fn run_change(
        &mut self,
        task: &str,
        what: &str,
        command: &Command,
    ) -> Result<(), Failure> {
        let mut command = command.clone().become_root(self.play.host.become_root);
        command.secrets.clone_from(&self.play.secrets);
        let script = command.script.clone();
        loop {
            command.script = format!("{}{script}", self.lock.take_script(command.timeout));
            self.lock.taken = true;
            let output = match self.connection.run(&command) {
                Ok(output) => output,
                Err(ConnectionError::TimedOut { limit, .. }) => {
                    let message = format!("{what}: took longer than {limit:?} and was given up");
                    return Err(self.task_failed(task, &message));
                }
                Err(ConnectionError::TooMuchOutput { limit_bytes, .. }) => {
                    let limit = limit_bytes >> 20;
                    let message = format!("{what}: printed more than {limit} MiB and was given up");
                    return Err(self.task_failed(task, &message));
                }
                Err(error) => return Err(self.lost(&error)),
            };
            if output.success() {
                return Ok(());
            }
            let said = output.text();
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

    /// Gives the host back to others, where this run took it.
    pub(super) fn release_lock(&mut self) {
        if !self.lock.taken {
            return;
        }
        let command = Command::new(self.lock.release_script())
            .become_root(self.play.host.become_root)
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

pub(super) fn requests_of(tasks: &[Selected<'_>]) -> Vec<Request> {
    tasks.iter().flat_map(|task| task.op.requests()).collect()
}

fn end_of(text: &str) -> &str {
    let mut start = text.len().saturating_sub(ERROR_LIMIT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
