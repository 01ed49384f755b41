//! Are students told to come back later, since when, and how is that begun and ended?

use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeZone, Utc};
use provision::connections::{Connection, quote};
use serde::Serialize;

use crate::error::DeployError;
use crate::event::Events;
use crate::host::StepError;
use crate::host::control::{Maintenance, ServiceStatus};
use crate::host::facts::Facts;
use crate::host::session::Session;
use crate::options::DeployOptions;
use crate::target::Target;
use crate::target::layout::Slot;

const CONTROL: Duration = Duration::from_secs(15);
/// Longer than anything that fits on a page for people who wait.
const MESSAGE_MAX_CHARS: usize = 500;

/// What is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    On {
        /// When people may come back.
        until: Option<DateTime<Utc>>,
        /// What they read.
        message: Option<String>,
    },
    Off,
}

/// How it is on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceState {
    pub host: String,
    /// `None`: students are served.
    pub maintenance: Option<Maintenance>,
    /// Whether this run changed it.
    pub changed: bool,
}

/// Begins or ends maintenance through the release that serves; safe to repeat.
///
/// It outlives restarts and deploys, and holds for both colours. Answers in flight are taken all the
/// while. What was done is written into the host's journal.
///
/// # Errors
/// Where no release serves that could be told, where it is older than maintenance, or where somebody
/// else is at work on the host.
pub fn switch_maintenance(
    connection: &mut dyn Connection,
    target: &Target,
    switch: &Switch,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<MaintenanceState, DeployError> {
    let verb = control_verb(switch).map_err(|reason| DeployError::Refused {
        host: target.host.clone(),
        reason,
    })?;
    let (mut session, facts) = Session::open(connection, target, options, events)?;
    let result = apply(&mut session, &facts, switch, &verb);
    session.close();
    result.map_err(|error| error.refused(target))
}

fn apply(
    session: &mut Session<'_>,
    facts: &Facts,
    switch: &Switch,
    verb: &str,
) -> Result<MaintenanceState, StepError> {
    let (slot, before) = serving(facts).map_err(StepError::Failed)?;
    if *switch != Switch::Off || before.is_some() {
        let told = session.host.apply_control(slot, verb, CONTROL);
        told.map_err(explain_old_release)?;
        session.record_note(note(switch).0, &note(switch).1)?;
    }
    let status = session
        .host
        .probe_status(slot)?
        .map_err(StepError::Failed)?;
    let is_as_asked = status.maintenance.is_some() == (*switch != Switch::Off);
    if !is_as_asked {
        return Err(StepError::Failed(format!(
            "the release on {slot} was told, but does not say so: look at `examctl logs`"
        )));
    }
    Ok(MaintenanceState {
        host: session.host.target.host.clone(),
        changed: status.maintenance != before,
        maintenance: status.maintenance,
    })
}

/// The slot that can be told, and how it is there.
fn serving(facts: &Facts) -> Result<(Slot, Option<Maintenance>), String> {
    let serving = facts.serving_slot();
    let status = serving.and_then(|slot| Some((slot.slot, slot.status.as_ref()?)));
    match status.filter(|(_, status)| ServiceStatus::is_serving(status)) {
        Some((slot, status)) => Ok((slot, status.maintenance.clone())),
        None => Err(
            "no release serves here, so there is none to be told: look at `examctl status`"
                .to_owned(),
        ),
    }
}

fn control_verb(switch: &Switch) -> Result<String, String> {
    let Switch::On { until, message } = switch else {
        return Ok("maintenance off".to_owned());
    };
    let mut verb = "maintenance on".to_owned();
    if let Some(until) = until {
        verb = format!("{verb} --until {}", stamp(*until));
    }
    if let Some(message) = message {
        let length = message.chars().count();
        if length > MESSAGE_MAX_CHARS || message.trim().is_empty() || message.contains('\0') {
            return Err(format!(
                "a message has 1 to {MESSAGE_MAX_CHARS} characters, this one has {length}"
            ));
        }
        verb = format!("{verb} --message {}", quote(message));
    }
    Ok(verb)
}

/// What the journal keeps.
fn note(switch: &Switch) -> (&'static str, String) {
    match switch {
        Switch::Off => ("maintenance off", String::new()),
        Switch::On { until, message } => {
            let until = until.map(|until| format!("until {}", stamp(until)));
            let parts: Vec<String> = until.into_iter().chain(message.clone()).collect();
            ("maintenance on", parts.join(": "))
        }
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Releases from before maintenance do not know the word.
fn explain_old_release(error: StepError) -> StepError {
    match error {
        StepError::Failed(reason) if reason.contains("invalid value 'maintenance'") => {
            StepError::Failed(
                "the release that serves is older than maintenance: deploy a newer one first"
                    .to_owned(),
            )
        }
        other => other,
    }
}

/// Reads a time of the day (the next one that comes, where `now` is) or a whole date.
///
/// # Errors
/// Where it is neither, or over already.
pub fn parse_until<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Result<DateTime<Utc>, String> {
    let unreadable = || {
        format!("`{text}` is no time: write 14:30, or a whole date like 2026-01-31T14:30:00+01:00")
    };
    let until = match NaiveTime::parse_from_str(text, "%H:%M") {
        Ok(time) => {
            let today = now.with_time(time).latest().ok_or_else(unreadable)?;
            if today > *now {
                today.to_utc()
            } else {
                let tomorrow = now.clone().checked_add_days(Days::new(1));
                let tomorrow = tomorrow.and_then(|day| day.with_time(time).latest());
                tomorrow.ok_or_else(unreadable)?.to_utc()
            }
        }
        Err(_) => DateTime::parse_from_rfc3339(text)
            .map_err(|_| unreadable())?
            .to_utc(),
    };
    if until <= now.to_utc() {
        return Err(format!("{text} is over already"));
    }
    Ok(until)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};

    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-01-31T12:00:00+01:00").unwrap()
    }

    #[test]
    fn a_time_is_the_next_one_of_that_name_or_a_whole_date() {
        for (text, expected) in [
            ("14:30", "2026-01-31T13:30:00Z"),
            ("12:00", "2026-02-01T11:00:00Z"),
            ("9:05", "2026-02-01T08:05:00Z"),
            ("2026-03-01T08:00:00+01:00", "2026-03-01T07:00:00Z"),
            (
                "2026-01-31T10:59:00Z",
                "2026-01-31T10:59:00Z is over already",
            ),
            ("25:00", "`25:00` is no time"),
            ("soon", "`soon` is no time"),
        ] {
            let until = parse_until(text, &now());
            let said = until.map_or_else(|error| error, stamp);
            assert!(said.starts_with(expected), "{text}: {said}");
        }
    }

    #[test]
    fn the_service_is_told_in_one_line_that_a_shell_can_read() {
        let on = |message: &str| {
            control_verb(&Switch::On {
                until: Some(now().to_utc()),
                message: Some(message.to_owned()),
            })
        };
        assert_eq!(
            on("back at noon; it's lunch").unwrap(),
            r"maintenance on --until 2026-01-31T11:00:00Z --message 'back at noon; it'\''s lunch'"
        );
        assert!(on(" ").is_err());
        assert!(on(&"x".repeat(501)).is_err());
        assert_eq!(control_verb(&Switch::Off).unwrap(), "maintenance off");
    }

    #[test]
    fn only_a_release_that_serves_can_be_told() {
        let of = |host: &str| serving(&facts_of(host));
        assert_eq!(of(HOST), Ok((Slot::Blue, None)));
        assert!(of(&HOST.replace("\"serving\"", "\"standby\"")).is_err());
        assert!(of(&HOST.replace("status blue {", "status blue ")).is_err());
        let under = HOST.replace(
            "\"pid\":7",
            r#""maintenance":{"since":"2026-01-31T10:00:00Z","message":"x"}"#,
        );
        assert_eq!(of(&under).unwrap().1.unwrap().message.as_deref(), Some("x"));
    }
}
