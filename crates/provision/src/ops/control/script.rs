//! `script`: a file beside the playbook, run on the host.

use std::time::Duration;

use super::command::{
    Guard, MAX_TIMEOUT_SECONDS, parse_guard, parse_timeout, plan_guarded, refuse_secret,
};
use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptArgs {
    source: String,
    content: Vec<u8>,
    arguments: Vec<String>,
    stdin: String,
    /// `None` only for handlers.
    guard: Option<Guard>,
    timeout: Duration,
    state_directory: String,
}

impl Operation for ScriptArgs {
    const SPEC: Spec = Spec {
        name: "script",
        summary: "A file beside the playbook, run on the host, with a guard that says when it is done.",
        fields: &[
            Field::required(
                "source",
                Kind::Text,
                "The file; its first line may name a program as #! does, else /bin/sh runs it.",
            ),
            Field::optional("arguments", Kind::Texts, "What it is called with."),
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
        example: "script: {source: files/make-keys, arguments: [/etc/exam], creates: /etc/exam/key}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let source = fields.text("source");
        let arguments = fields.texts("arguments");
        for argument in &arguments {
            refuse_secret(&mut fields, sources, "arguments", argument);
        }
        let stdin = fields.optional_text("stdin").unwrap_or_default();
        let guard = parse_guard(&mut fields, sources);
        let timeout = parse_timeout(&mut fields);
        let source = source?;
        let content = if fields.findings.unrendered && is_template(&source) {
            Vec::new()
        } else {
            match sources.file(&source) {
                Ok(content) => content,
                Err(message) => {
                    fields.wrong("source", message);
                    return None;
                }
            }
        };
        Some(Self {
            source,
            content,
            arguments,
            stdin,
            guard,
            timeout,
            state_directory: sources.state_directory().to_owned(),
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

impl ScriptArgs {
    /// The file arrives before its own input on one stream. It runs from the state directory:
    /// `/tmp` of a hardened host runs nothing.
    fn change(&self) -> Change {
        let words: Vec<String> = self.arguments.iter().map(|it| quote(it)).collect();
        let words = words.join(" ");
        let run = if self.content.starts_with(b"#!") {
            format!("\"$t\" {words}")
        } else {
            format!("/bin/sh \"$t\" {words}")
        };
        let script = format!(
            "d={state}/scripts\n\
             mkdir -p \"$d\" && chmod 0700 \"$d\" && t=$(mktemp \"$d/XXXXXX\") || exit 1\n\
             trap 'rm -f \"$t\"' EXIT\n\
             head -c {size} > \"$t\"\n\
             [ \"$(wc -c < \"$t\")\" -eq {size} ] && chmod 0700 \"$t\" || exit 1\n\
             {run}\n",
            state = quote(&self.state_directory),
            size = self.content.len(),
        );
        let words: Vec<&str> = std::iter::once(self.source.as_str())
            .chain(self.arguments.iter().map(String::as_str))
            .collect();
        let to = match &self.guard {
            Some(Guard::Creates(path)) => format!(" to create {path}"),
            _ => String::new(),
        };
        let stdin = [self.content.as_slice(), self.stdin.as_bytes()].concat();
        Change {
            summary: format!("run `{}`{to}", words.join(" ")),
            diff: None,
            action: Action::Run(Command::new(script).stdin(stdin).timeout(self.timeout)),
        }
    }
}
