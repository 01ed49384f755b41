//! Why a command did not do what it was asked to, ready to be shown.

use serde_json::{Map, Value};

use crate::exit_code::ExitCode;

/// An expected failure: the world's or the input's fault, never a bug of ours.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    /// What failed, where and why. May have several lines.
    pub(crate) message: String,
    /// What to do next, if there is something to say that the message does not.
    pub(crate) hint: Option<String>,
    /// Further keys of the summary line, for instance `hosts`.
    pub(crate) fields: Box<Map<String, Value>>,
}

impl Failure {
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            fields: Box::default(),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Invalid, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Failed, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The message of an error with those of its sources, outermost first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        source = error.source();
    }
    text
}
