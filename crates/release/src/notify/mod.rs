//! Who else wants to know of a deploy, and how are they told? Never in the way of the deploy itself.

mod program;
mod webhook;

use std::time::Duration;

use provision::secret::Secret;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::report::{Ending, Occasion, Report};
use crate::target::TargetError;

/// How long one notification may take before it is given up.
const LIMIT: Duration = Duration::from_secs(5);
/// What chats show of a long reason.
const REASON_MAX_CHARS: usize = 600;

/// Where notifications go. The webhook's address is a secret: whoever has it may write there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notifier {
    pub webhooks: Vec<Secret>,
    /// Programs of this machine; each gets one JSON object on standard input.
    pub programs: Vec<String>,
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    Begin,
    Success,
    /// It failed; what served before serves, or nothing was begun.
    Failure,
    NeedsAttention,
}

/// One notification, as a program gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice<'n> {
    pub moment: Moment,
    /// One to three lines for people.
    pub text: String,
    #[serde(flatten)]
    pub occasion: &'n Occasion,
    /// Everything that is known at the end.
    pub report: Option<&'n Report>,
}

impl Notifier {
    /// From the variables `notify_webhook_url` and `notify_command` of each host of a run; what several
    /// hosts have in common is told once.
    pub fn from_vars<'v>(
        hosts: impl Iterator<Item = (&'v str, &'v Map<String, Value>)>,
    ) -> Result<Self, TargetError> {
        let mut notifier = Self::default();
        for (host, vars) in hosts {
            let error = |variable: &str, problem: &str| TargetError {
                host: host.to_owned(),
                variable: variable.to_owned(),
                problem: problem.to_owned(),
            };
            let text = |name: &str| match vars.get(name) {
                None | Some(Value::Null) => Ok(None),
                // The value may be a secret: no message repeats it.
                Some(Value::String(text)) if !text.contains("{{") => Ok(Some(text.trim())),
                Some(_) => Err(error(name, "must be a line of text without a template")),
            };
            if let Some(url) = text("notify_webhook_url")? {
                let problem = notifier.add_webhook(url);
                problem.map_err(|problem| error("notify_webhook_url", &problem))?;
            }
            if let Some(program) = text("notify_command")?.filter(|program| !program.is_empty()) {
                notifier.add_program(program);
            }
        }
        Ok(notifier)
    }

    /// Adds an address; refused where it is none. The message does not repeat it.
    pub fn add_webhook(&mut self, url: &str) -> Result<(), String> {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err("must start with https:// or http://".to_owned());
        }
        let url = Secret::new(url);
        if !self.webhooks.contains(&url) {
            self.webhooks.push(url);
        }
        Ok(())
    }

    pub fn add_program(&mut self, program: &str) {
        if !self.programs.iter().any(|known| known == program) {
            self.programs.push(program.to_owned());
        }
    }

    pub fn is_empty(&self) -> bool {
        self.webhooks.is_empty() && self.programs.is_empty()
    }

    /// Tells everybody; blocks for 5 s for each of them at most. Returns what did not arrive, and why.
    pub fn send(&self, notice: &Notice<'_>) -> Vec<String> {
        let mut failures = Vec::new();
        for url in &self.webhooks {
            if let Err(reason) = webhook::post(url, &notice.text, LIMIT) {
                failures.push(format!("the webhook was not told: {reason}"));
            }
        }
        for name in &self.programs {
            let told = serde_json::to_vec(notice)
                .map_err(|error| error.to_string())
                .and_then(|json| program::tell(name, &json, LIMIT));
            if let Err(reason) = told {
                failures.push(format!("{name} was not told: {reason}"));
            }
        }
        failures
    }
}

impl<'n> Notice<'n> {
    pub fn begin(occasion: &'n Occasion) -> Self {
        let hosts: Vec<&str> = occasion
            .waves
            .iter()
            .flat_map(|wave| &wave.hosts)
            .map(String::as_str)
            .collect();
        Self {
            moment: Moment::Begin,
            text: format!(
                "{} begins {} on {}",
                occasion.who,
                occasion.name(),
                hosts.join(", ")
            ),
            occasion,
            report: None,
        }
    }

    pub fn end(report: &'n Report) -> Self {
        let moment = match report.ending {
            Ending::Done => Moment::Success,
            Ending::Refused | Ending::Undone | Ending::Mixed => Moment::Failure,
            Ending::NeedsAttention => Moment::NeedsAttention,
        };
        let mut text = format!(
            "{} by {}: {}",
            report.occasion.name(),
            report.occasion.who,
            report.ending.name()
        );
        if let Some(reason) = &report.reason {
            let reason: String = reason.chars().take(REASON_MAX_CHARS).collect();
            text = format!("{text}\n{reason}\nnext: {}", report.next);
        }
        Self {
            moment,
            text,
            occasion: &report.occasion,
            report: Some(report),
        }
    }
}

#[cfg(test)]
mod tests;
