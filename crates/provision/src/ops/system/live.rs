//! Whether a setting is also made true of the running host, and what keeps a container from it.

use serde_json::Value;

use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, is_template, shape};
use crate::ops::PlanError;
use crate::ops::spec::{Field, Kind};

/// What is asked of the running host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Live {
    Yes,
    /// The next boot is soon enough.
    No,
    /// Where the host refuses, as a container does, the next boot is soon enough.
    WhenPossible,
}

pub(super) const LIVE_FIELD: Field = Field::optional(
    "live",
    Kind::Choice(&["true", "false", "when_possible"]),
    "Whether the running host is changed too, not only what it does at the next boot. Default: true; when_possible passes over containers.",
);

pub(super) fn parse_live(fields: &mut Fields<'_>) -> Live {
    match fields.get("live") {
        None | Some(Value::Bool(true)) => Live::Yes,
        Some(Value::Bool(false)) => Live::No,
        Some(Value::String(text)) => match text.as_str() {
            "true" => Live::Yes,
            "false" => Live::No,
            "when_possible" => Live::WhenPossible,
            other if fields.findings.unrendered && is_template(other) => Live::Yes,
            other => {
                let message = format!("'live' is true, false or when_possible, not '{other}'");
                fields.wrong("live", message);
                Live::Yes
            }
        },
        Some(other) => {
            let message = format!(
                "'live' is true, false or when_possible, not {}",
                shape(other)
            );
            fields.wrong("live", message);
            Live::Yes
        }
    }
}

impl Live {
    /// Whether the running host is changed, where `hindrance` says what forbids it, if anything.
    pub(super) fn decide(self, hindrance: Option<&str>) -> Result<bool, PlanError> {
        match (self, hindrance) {
            (Self::No, _) | (Self::WhenPossible, Some(_)) => Ok(false),
            (_, None) => Ok(true),
            (Self::Yes, Some(reason)) => Err(PlanError(format!(
                "{reason}; `live: when_possible` leaves it to the next boot"
            ))),
        }
    }
}

const CONTAINER: &str = "container";

/// Asks whether the host is a container.
pub(super) fn container_request() -> Request {
    FactKey::Probe {
        name: CONTAINER.to_owned(),
        script: "cat /run/systemd/container 2>/dev/null || { [ -e /.dockerenv ] && echo docker; }"
            .to_owned(),
        reads: Vec::new(),
    }
    .into()
}

pub(super) fn is_container(facts: &Facts) -> bool {
    let probed = facts.probes.get(CONTAINER);
    probed.is_some_and(|probed| !probed.stdout.is_empty())
}
