//! `command`: a script for what no other operation does, with a guard that says when it is done.

use std::time::Duration;

use crate::connections::Command;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources, effects};

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
pub(super) const MAX_TIMEOUT_SECONDS: u64 = 86_400;
const DEFAULT_TIMEOUT_SECONDS: u64 = 300;

impl Operation for CommandArgs {
    const SPEC: Spec = Spec {
        name: "command",
        summary: "A script for what no other operation does, with a guard that says when it is done.",
        fields: &[
            Field::required("run", Kind::Text, "The script, for /bin/sh."),
            Field::optional(
                "stdin",
                Kind::Text,
                "Its standard input; the place for secrets.",
            ),
            Field::optional("creates", Kind::Path, "It is done where this path exists."),
            Field::optional(
                "unless",
                Kind::Text,
                "It is done where this script ends with status 0.",
            ),
            Field::optional(
                "timeout_seconds",
                Kind::Number(MAX_TIMEOUT_SECONDS),
                "Default: 300.",
            ),
        ],
        example: "command: {run: ldconfig, unless: \"ldconfig -p | grep -q libexam\"}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let run = fields.text("run");
        let stdin = fields.optional_text("stdin").unwrap_or_default();
        if let Some(run) = &run {
            refuse_secret(&mut fields, sources, "run", run);
        }
        let guard = parse_guard(&mut fields, sources);
        let timeout = parse_timeout(&mut fields);
        Some(CommandArgs {
            run: run?,
            stdin,
            guard,
            timeout,
        })
    }

    fn requests(&self) -> Vec<Request> {
        self.guard.iter().map(Guard::request).collect()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        plan_guarded(self.guard.as_ref(), facts, || self.change())
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.guard
            .as_ref()
            .is_none_or(|guard| guard.may_change(key))
    }

    fn handler_change(&self) -> Option<Change> {
        Some(self.change())
    }

    fn is_handler_only(&self) -> bool {
        self.guard.is_none()
    }
}

/// The change, unless its guard says that it is made.
pub(super) fn plan_guarded(
    guard: Option<&Guard>,
    facts: &Facts,
    change: impl FnOnce() -> Change,
) -> Result<Vec<Change>, PlanError> {
    let done = match guard {
        Some(guard) => guard.is_done(facts)?,
        None => false,
    };
    Ok(if done { Vec::new() } else { vec![change()] })
}

/// `creates` or `unless`; `None` where there is neither.
pub(super) fn parse_guard(fields: &mut Fields<'_>, sources: &dyn Sources) -> Option<Guard> {
    let creates = fields.optional_path("creates");
    let unless = fields.optional_text("unless");
    if creates.is_some() && unless.is_some() {
        let message = format!("{} takes 'creates' or 'unless', not both", fields.what());
        fields.wrong("unless", message);
    }
    if let Some(unless) = &unless {
        refuse_secret(fields, sources, "unless", unless);
    }
    creates.map(Guard::Creates).or(unless.map(Guard::Unless))
}

/// Arguments are visible to every user of the host.
pub(super) fn refuse_secret(fields: &mut Fields<'_>, sources: &dyn Sources, key: &str, text: &str) {
    if sources.holds_secret(text.as_bytes()) {
        let message =
            format!("a secret in '{key}' would show in process arguments: pass it through 'stdin'");
        fields.wrong(key, message);
    }
}

pub(super) fn parse_timeout(fields: &mut Fields<'_>) -> Duration {
    let seconds = fields.number("timeout_seconds", MAX_TIMEOUT_SECONDS);
    Duration::from_secs(seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS))
}

impl Guard {
    pub(super) fn request(&self) -> Request {
        match self {
            Self::Creates(path) => FactKey::Path(path.clone()).into(),
            // What it looks at is unknown: any change may change its answer.
            Self::Unless(script) => FactKey::Probe {
                name: guard_name(script),
                script: script.clone(),
                reads: vec!["/".to_owned()],
            }
            .into(),
        }
    }

    fn is_done(&self, facts: &Facts) -> Result<bool, PlanError> {
        match self {
            Self::Creates(path) => Ok(facts.paths.contains_key(path)),
            Self::Unless(script) => match facts.probes.get(&guard_name(script)) {
                Some(probed) => Ok(probed.status == 0),
                None => Err(PlanError("the guard of the command did not run".to_owned())),
            },
        }
    }

    pub(super) fn may_change(&self, key: &FactKey) -> bool {
        match self {
            Self::Creates(path) => effects::below(key, path) || effects::on_file(key, path),
            Self::Unless(_) => true,
        }
    }
}

fn guard_name(script: &str) -> String {
    format!("guard {script}")
}

impl CommandArgs {
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
