//! `command`: a script for what no other operation does, with a guard that says when it is done.

use std::time::Duration;

use serde_json::Value;

use super::{Action, Change, PlanError, Sources};
use crate::connections::Command;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

/// How a command is known to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// This path exists. It is also all that the command changes, as far as plans go.
    Creates(String),
    /// This script ends with status 0.
    Unless(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandArgs {
    pub(crate) run: String,
    pub(crate) stdin: String,
    /// `None` only for handlers.
    pub(crate) guard: Option<Guard>,
    pub(crate) timeout: Duration,
}

/// The longest a command may be given, in seconds.
const MAX_TIMEOUT_SECONDS: u64 = 86_400;
const DEFAULT_TIMEOUT_SECONDS: u64 = 300;

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    sources: &dyn Sources,
    findings: &mut Findings,
) -> Option<CommandArgs> {
    let known = ["run", "stdin", "creates", "unless", "timeout_seconds"];
    let mut fields = Fields::open(value, place, "command", &known, findings)?;
    let run = fields.text("run");
    let stdin = fields.optional_text("stdin").unwrap_or_default();
    let creates = fields.optional_path("creates");
    let unless = fields.optional_text("unless");
    if creates.is_some() && unless.is_some() {
        fields.wrong("unless", "command takes 'creates' or 'unless', not both");
    }
    for (key, script) in [("run", run.as_ref()), ("unless", unless.as_ref())] {
        if script.is_some_and(|script| sources.holds_secret(script.as_bytes())) {
            let message = format!(
                "a secret in '{key}' would show in process arguments: pass it through 'stdin'"
            );
            fields.wrong(key, message);
        }
    }
    let seconds = fields
        .number("timeout_seconds", MAX_TIMEOUT_SECONDS)
        .unwrap_or(DEFAULT_TIMEOUT_SECONDS);
    Some(CommandArgs {
        run: run?,
        stdin,
        guard: creates.map(Guard::Creates).or(unless.map(Guard::Unless)),
        timeout: Duration::from_secs(seconds),
    })
}

impl CommandArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        match &self.guard {
            Some(Guard::Creates(path)) => vec![FactKey::Path(path.clone()).into()],
            Some(Guard::Unless(script)) => vec![FactKey::Guard(script.clone()).into()],
            None => Vec::new(),
        }
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let done = match &self.guard {
            Some(Guard::Creates(path)) => facts.paths.contains_key(path),
            Some(Guard::Unless(script)) => match facts.guards.get(script) {
                Some(status) => *status == 0,
                None => return Err(PlanError("the guard of the command did not run".to_owned())),
            },
            None => false,
        };
        Ok(if done {
            Vec::new()
        } else {
            vec![self.change()]
        })
    }

    pub(super) fn change(&self) -> Change {
        let telling = |line: &&str| !line.trim().is_empty() && !line.starts_with("set -");
        let mut lines = self.run.lines().filter(telling);
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { " ..." } else { "" };
        let summary = match &self.guard {
            Some(Guard::Creates(path)) => format!("run `{first}`{more} to create {path}"),
            _ => format!("run `{first}`{more}"),
        };
        Change {
            summary,
            diff: None,
            action: Action::Run(
                Command::new(self.run.clone())
                    .stdin(self.stdin.clone())
                    .timeout(self.timeout),
            ),
        }
    }
}
