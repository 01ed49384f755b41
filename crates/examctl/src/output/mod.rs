//! What is printed: data on standard output, progress and errors on standard error.

mod human;
mod json;

use std::io::IsTerminal as _;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::{Format, Global};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) use human::Paint;

/// How a command ended well enough to report figures.
pub(crate) struct Outcome {
    pub(crate) code: ExitCode,
    /// Further keys of the summary line, for instance `changed`.
    pub(crate) fields: Map<String, Value>,
}

impl Outcome {
    pub(crate) fn done() -> Self {
        Self::with(ExitCode::Done)
    }

    pub(crate) fn with(code: ExitCode) -> Self {
        Self {
            code,
            fields: Map::new(),
        }
    }

    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

/// The one place through which a command speaks.
pub(crate) struct Printer {
    format: Format,
    verbose: u8,
    paint: Paint,
}

impl Printer {
    pub(crate) fn new(global: &Global) -> Self {
        let colour = !global.no_color
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::io::stderr().is_terminal()
            && std::io::stdout().is_terminal();
        Self {
            format: global.format,
            verbose: global.verbose,
            paint: Paint::new(colour),
        }
    }

    pub(crate) fn paint(&self) -> &Paint {
        &self.paint
    }

    pub(crate) fn is_human(&self) -> bool {
        self.format == Format::Human
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose > 0
    }

    /// A line of the result, for people; JSON readers get the same through [`Self::record`].
    pub(crate) fn data(&self, text: &str) {
        if self.is_human() {
            write_line(&mut std::io::stdout().lock(), text);
        }
    }

    /// A line about what is going on, for people.
    pub(crate) fn progress(&self, text: &str) {
        if self.is_human() {
            write_line(&mut std::io::stderr().lock(), text);
        }
    }

    /// One JSON object with a `type`, for machines.
    pub(crate) fn record(&self, kind: &str, value: &impl Serialize) {
        if !self.is_human() {
            write_line(&mut std::io::stdout().lock(), &json::line(kind, value));
        }
    }

    /// Says how the command ended and returns its exit code.
    pub(crate) fn finish(&self, command: &str, result: Result<Outcome, Failure>) -> ExitCode {
        let outcome = result.unwrap_or_else(|failure| {
            if self.is_human() {
                let text = human::failure(&failure, &self.paint);
                write_line(&mut std::io::stderr().lock(), &text);
            } else {
                self.record("error", &json::failure(&failure));
            }
            Outcome {
                code: failure.code,
                fields: *failure.fields,
            }
        });
        self.record("summary", &json::summary(command, &outcome));
        outcome.code
    }
}

/// Prints what clap has to say (help, version or a usage error) where it belongs.
pub(crate) fn usage(error: &clap::Error) -> std::process::ExitCode {
    // A closed pipe is the reader's choice and nothing to report.
    error.print().ok();
    match error.exit_code() {
        0 => ExitCode::Done.into(),
        _ => ExitCode::Invalid.into(),
    }
}

fn write_line(stream: &mut dyn std::io::Write, text: &str) {
    // A closed pipe is the reader's choice and nothing to report.
    writeln!(stream, "{text}").ok();
}
