//! How do steps talk to a host? Scripts in the release's root, as root where the runner needs it.

pub(crate) mod control;
pub(crate) mod facts;
pub(crate) mod lock;
pub(crate) mod resources;
pub(crate) mod session;

use std::time::Duration;

use provision::connections::{Command, Connection, ConnectionError, Output, quote};

use crate::error::DeployError;
use crate::host::lock::TAKEN;
use crate::runner::docker::Engine;
use crate::target::Target;

/// Enough for anything that is not an upload or a migration.
pub(crate) const USUAL: Duration = Duration::from_mins(1);

/// Why a step did not do what it should.
#[derive(Debug)]
pub(crate) enum StepError {
    Connection(ConnectionError),
    /// The host or a program said no.
    Failed(String),
    /// The new release did not prove itself.
    Gate(String),
    Interrupted,
    /// Somebody else holds the lock now: hands off.
    LockLost(String),
}

impl From<ConnectionError> for StepError {
    fn from(error: ConnectionError) -> Self {
        Self::Connection(error)
    }
}

impl StepError {
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Connection(error) => error.to_string(),
            Self::Failed(reason) | Self::Gate(reason) => reason.clone(),
            Self::Interrupted => "interrupted".to_owned(),
            Self::LockLost(owner) => format!("somebody else took over the lock: {owner}"),
        }
    }

    /// The end of a run that had changed nothing so far.
    pub(crate) fn refused(self, target: &Target) -> DeployError {
        match self {
            Self::Connection(error) => DeployError::Unreachable(error),
            Self::LockLost(owner) => DeployError::LockLost {
                host: target.host.clone(),
                step: "lock",
                owner,
            },
            error => DeployError::Refused {
                host: target.host.clone(),
                reason: error.reason(),
            },
        }
    }
}

/// One host during one deploy.
pub(crate) struct Host<'a> {
    pub(crate) connection: &'a mut dyn Connection,
    pub(crate) target: &'a Target,
    /// The deploy that the lock is held for; without it scripts run whoever holds the lock.
    pub(crate) held_for: Option<String>,
    /// The host's Docker engine, once it was spoken to.
    pub(crate) engine: Option<Engine>,
}

impl<'a> Host<'a> {
    /// A host as anybody may look at it, without its lock.
    pub(crate) fn new(connection: &'a mut dyn Connection, target: &'a Target) -> Self {
        Self {
            connection,
            target,
            held_for: None,
            engine: None,
        }
    }

    /// Runs a script in the release's root; not where the lock was lost since.
    pub(crate) fn run(
        &mut self,
        script: &str,
        input: &str,
        timeout: Duration,
    ) -> Result<Output, StepError> {
        let fence = self.held_for.as_deref().map_or(String::new(), |deploy| {
            let named = quote(&format!("\"{deploy}\""));
            format!("grep -qsF {named} lock/owner.json || {{ cat lock/owner.json 2>/dev/null; exit {TAKEN}; }}\n")
        });
        let root = quote(&self.target.exam_root);
        let script = format!("cd {root} || exit 1\n{fence}{script}");
        let output = self.run_anywhere(&script, input, timeout)?;
        if self.held_for.is_some() && output.status == TAKEN {
            return Err(StepError::LockLost(output.text()));
        }
        Ok(output)
    }

    /// Asks whether the lock is still ours: for what is not done by a script, which asks itself.
    pub(crate) fn check_held(&mut self) -> Result<(), StepError> {
        if self.held_for.is_none() {
            return Ok(());
        }
        self.must_run("read the lock", "true").map(drop)
    }

    pub(crate) fn run_anywhere(
        &mut self,
        script: &str,
        input: &str,
        timeout: Duration,
    ) -> Result<Output, ConnectionError> {
        let command = Command::new(script)
            .stdin(input.as_bytes())
            .become_root(self.target.needs_root())
            .timeout(timeout);
        self.connection.run(&command)
    }

    /// Runs a script that must succeed; `what` names it in the error.
    pub(crate) fn must_run(&mut self, what: &str, script: &str) -> Result<String, StepError> {
        let output = self.run(script, "", USUAL)?;
        if output.success() {
            return Ok(output.text());
        }
        Err(StepError::Failed(format!(
            "cannot {what}: {}",
            said(&output)
        )))
    }
}

/// What a failed program said, for an error message.
pub(crate) fn said(output: &Output) -> String {
    let texts = [output.error_text(), output.text()];
    let text = texts
        .iter()
        .filter(|text| !text.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    if text.is_empty() {
        return format!("exit status {}, no message", output.status);
    }
    format!("{} (exit status {})", last_lines(&text, 20), output.status)
}

/// The end of a long text.
pub(crate) fn last_lines(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
