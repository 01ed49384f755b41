//! `service`: a unit of systemd, running or not, started with the host or not.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request, ServiceState};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

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
    /// Whether nothing, not even another unit, may start it.
    pub(crate) masked: Option<bool>,
}

impl Operation for ServiceArgs {
    const SPEC: Spec = Spec {
        name: "service",
        summary: "A unit of systemd, running or not, started with the host or not.",
        fields: &[
            Field::required("name", Kind::Name, "The unit."),
            Field::optional(
                "state",
                Kind::Choice(&["started", "stopped", "restarted", "reloaded"]),
                "Whether it runs; restarted and reloaded are for handlers.",
            ),
            Field::optional("enabled", Kind::Boolean, "Whether it starts with the host."),
            Field::optional(
                "masked",
                Kind::Boolean,
                "Whether nothing may start it at all; it is stopped first.",
            ),
        ],
        example: "service: {name: nginx, state: started, enabled: true}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let choices = [
            ("started", Wanted::Started),
            ("stopped", Wanted::Stopped),
            ("restarted", Wanted::Restarted),
            ("reloaded", Wanted::Reloaded),
        ];
        let name = fields.name("name");
        let state = fields.choice("state", &choices);
        let enabled = fields.boolean("enabled");
        let masked = fields.boolean("masked");
        let keys = ["state", "enabled", "masked"];
        if keys.iter().all(|key| fields.get(key).is_none()) {
            fields.missing_one_of(&keys);
        }
        if masked == Some(true) {
            if state.is_some_and(|state| state != Wanted::Stopped) {
                fields.wrong("state", "what is masked cannot run");
            }
            if enabled == Some(true) {
                fields.wrong("enabled", "what is masked cannot start with the host");
            }
        }
        Some(ServiceArgs {
            name: name?,
            state,
            enabled,
            masked,
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![FactKey::Service(self.name.clone()).into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let name = &self.name;
        let unit = quote(name);
        let state = match facts.services.get(name) {
            None => return Err(PlanError("systemd does not answer on this host".to_owned())),
            // What is not there cannot be started, and masking keeps it so.
            Some(state) if state.load == "not-found" && self.masked != Some(true) => {
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
        let is_masked = state.load == "masked";
        if self.masked == Some(true) {
            changes.extend(self.plan_state(Some(Wanted::Stopped), state));
            if !is_masked {
                let script = format!("systemctl --quiet mask {unit}");
                changes.push(Change::run(format!("mask {name}"), script));
            }
            return Ok(changes);
        }
        if self.masked == Some(false) && is_masked && self.enabled != Some(true) {
            let script = format!("systemctl --quiet unmask {unit}");
            changes.push(Change::run(format!("unmask {name}"), script));
        }
        if self.masked.is_none()
            && is_masked
            && self.state == Some(Wanted::Started)
            && self.enabled != Some(true)
        {
            return Err(PlanError(format!(
                "{name} is masked, so that nothing may start it: say 'masked: false' if it shall run"
            )));
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
        changes.extend(self.plan_state(self.state, state));
        Ok(changes)
    }

    fn handler_change(&self) -> Option<Change> {
        let (said, verb) = match self.state? {
            Wanted::Restarted => ("restart", "restart"),
            // A service that does not run yet has nothing to reload and must not fail for it.
            Wanted::Reloaded => ("reload", "reload-or-restart"),
            Wanted::Started | Wanted::Stopped => return None,
        };
        let unit = quote(&self.name);
        // One that failed too often before refuses to be started at all.
        let script = format!("systemctl reset-failed {unit} 2>/dev/null\nsystemctl {verb} {unit}");
        Some(Change::run(format!("{said} {}", self.name), script))
    }

    fn may_change(&self, key: &FactKey) -> bool {
        match key {
            FactKey::Service(name) => *name == self.name,
            FactKey::Program { .. } => self.name.starts_with("supervisor"),
            FactKey::Probe { .. } => true,
            _ => false,
        }
    }

    fn is_handler_only(&self) -> bool {
        self.handler_change().is_some()
    }
}

impl ServiceArgs {
    fn plan_state(&self, wanted: Option<Wanted>, state: &ServiceState) -> Option<Change> {
        let running = matches!(state.active.as_str(), "active" | "reloading" | "activating");
        let verb = match wanted? {
            Wanted::Started if !running => "start",
            Wanted::Stopped if running => "stop",
            _ => return None,
        };
        let unit = quote(&self.name);
        let script = match state.active.as_str() {
            "failed" => format!("systemctl reset-failed {unit}\nsystemctl {verb} {unit}"),
            _ => format!("systemctl {verb} {unit}"),
        };
        Some(Change::run(format!("{verb} {}", self.name), script))
    }
}
