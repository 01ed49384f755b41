//! What does a running release say of itself? The client side of `exam-service control`.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use provision::connections::{Output, quote};
use serde::{Deserialize, Serialize};

use crate::artifact::manifest::Manifest;
use crate::host::{Host, StepError, said};
use crate::target::Target;
use crate::target::layout::Slot;

pub(crate) const ANSWER: Duration = Duration::from_secs(10);

/// What `control status` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// `standby`, `serving` or `draining`.
    pub state: String,
    pub version: String,
    #[serde(default)]
    pub commit: String,
    #[serde(default)]
    pub pid: Option<u64>,
    /// Exams that students are sitting right now.
    #[serde(default)]
    pub open_attempts: u64,
    /// The next exam that will begin; releases before the exam calendar do not tell.
    #[serde(default)]
    pub next_exam: Option<NextExam>,
    /// Exams that are being sat, or that somebody may still begin.
    #[serde(default)]
    pub exams_running: u64,
    /// Set while people are told to come back later.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
}

/// An exam that will begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextExam {
    pub id: String,
    pub title: String,
    pub starts_at: DateTime<Utc>,
}

/// What people are told while a service is under maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    pub since: DateTime<Utc>,
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    #[serde(default)]
    pub message: Option<String>,
}

impl fmt::Display for Maintenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = "%Y-%m-%d %H:%M UTC";
        write!(formatter, "maintenance since {}", self.since.format(form))?;
        if let Some(until) = self.until {
            write!(formatter, ", until {}", until.format(form))?;
        }
        match &self.message {
            Some(message) => write!(formatter, ": {message}"),
            None => Ok(()),
        }
    }
}

impl ServiceStatus {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text.trim()).ok()
    }

    pub fn is_serving(&self) -> bool {
        self.state == "serving"
    }

    /// Why this is not the release that the manifest describes.
    pub(crate) fn difference_to(&self, manifest: &Manifest) -> Option<String> {
        if self.version == manifest.version && self.commit == manifest.git_commit {
            return None;
        }
        Some(format!(
            "version {} ({}) answers, not {} ({})",
            self.version, self.commit, manifest.version, manifest.git_commit
        ))
    }
}

/// One call of `control` on a slot, by that slot's own binary, ended after `seconds` at the latest.
pub(crate) fn control_script(target: &Target, slot: Slot, verb: &str, limit: Duration) -> String {
    format!(
        "timeout {} {}/exam-service control --admin {} {verb}",
        limit.as_secs(),
        quote(&target.layout().link(slot)),
        quote(&target.admin_address(slot)),
    )
}

impl Host<'_> {
    fn control(&mut self, slot: Slot, verb: &str, limit: Duration) -> Result<Output, StepError> {
        let script = control_script(self.target, slot, verb, limit);
        self.run(&script, "", limit + Duration::from_secs(10))
    }

    /// What the slot says of itself, or why it says nothing.
    pub(crate) fn probe_status(
        &mut self,
        slot: Slot,
    ) -> Result<Result<ServiceStatus, String>, StepError> {
        let output = self.control(slot, "status", ANSWER)?;
        if !output.success() {
            return Ok(Err(said(&output)));
        }
        let text = output.text();
        Ok(ServiceStatus::parse(&text).ok_or_else(|| format!("`control status` printed `{text}`")))
    }

    /// Asks for something that must succeed within `limit`; how it went is the inner result.
    pub(crate) fn apply_control(
        &mut self,
        slot: Slot,
        verb: &str,
        limit: Duration,
    ) -> Result<String, StepError> {
        let output = self.control(slot, verb, limit)?;
        if output.success() {
            return Ok(output.text());
        }
        Err(StepError::Failed(format!(
            "`control {verb}` on {slot}: {}",
            said(&output)
        )))
    }
}
