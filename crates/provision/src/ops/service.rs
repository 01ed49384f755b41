//! `service`: a unit of systemd, running or not, started with the host or not.

use serde_json::Value;

use super::{Change, PlanError, Sources};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request, ServiceState};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Started,
    Stopped,
    /// Handlers only.
    Restarted,
    /// Handlers only.
    Reloaded,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceArgs {
    pub(crate) name: String,
    pub(crate) state: Option<Wanted>,
    pub(crate) enabled: Option<bool>,
}

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    _: &dyn Sources,
    findings: &mut Findings,
) -> Option<ServiceArgs> {
    let mut fields = Fields::open(
        value,
        place,
        "service",
        &["name", "state", "enabled"],
        findings,
    )?;
    let choices = [
        ("started", Wanted::Started),
        ("stopped", Wanted::Stopped),
        ("restarted", Wanted::Restarted),
        ("reloaded", Wanted::Reloaded),
    ];
    let name = fields.name("name");
    let state = fields.choice("state", &choices);
    let enabled = fields.boolean("enabled");
    if fields.get("state").is_none() && fields.get("enabled").is_none() {
        fields.missing_one_of(&["state", "enabled"]);
    }
    Some(ServiceArgs {
        name: name?,
        state,
        enabled,
    })
}

impl ServiceArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        vec![FactKey::Service(self.name.clone()).into()]
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let name = &self.name;
        let unit = quote(name);
        let state = match facts.services.get(name) {
            None => return Err(PlanError("systemd does not answer on this host".to_owned())),
            Some(state) if state.load == "not-found" => {
                let hint = "install its package in an earlier task, or correct the name";
                return Err(PlanError(format!("there is no service {name}: {hint}")));
            }
            Some(state) => state,
        };
        let mut changes = Vec::new();
        if state.needs_daemon_reload {
            changes.push(Change::run(
                format!("reload systemd's configuration for {name}"),
                "systemctl daemon-reload",
            ));
        }
        if self.enabled == Some(true) && matches!(state.unit_file.as_str(), "disabled" | "masked") {
            let unmask = if state.unit_file == "masked" {
                format!("systemctl unmask {unit} && ")
            } else {
                String::new()
            };
            let script = format!("{unmask}systemctl --quiet enable {unit}");
            changes.push(Change::run(format!("enable {name}"), script));
        }
        if self.enabled == Some(false) && state.unit_file.starts_with("enabled") {
            let script = format!("systemctl --quiet disable {unit}");
            changes.push(Change::run(format!("disable {name}"), script));
        }
        changes.extend(self.plan_state(state));
        Ok(changes)
    }

    fn plan_state(&self, state: &ServiceState) -> Option<Change> {
        let running = matches!(state.active.as_str(), "active" | "reloading" | "activating");
        let verb = match self.state? {
            Wanted::Started if !running => "start",
            Wanted::Stopped if running => "stop",
            _ => return None,
        };
        let script = format!("systemctl {verb} {}", quote(&self.name));
        Some(Change::run(format!("{verb} {}", self.name), script))
    }

    pub(super) fn handler_change(&self) -> Option<Change> {
        let (said, verb) = match self.state? {
            Wanted::Restarted => ("restart", "restart"),
            // A service that does not run yet has nothing to reload and must not fail for it.
            Wanted::Reloaded => ("reload", "reload-or-restart"),
            Wanted::Started | Wanted::Stopped => return None,
        };
        let script = format!("systemctl {verb} {}", quote(&self.name));
        Some(Change::run(format!("{said} {}", self.name), script))
    }
}
