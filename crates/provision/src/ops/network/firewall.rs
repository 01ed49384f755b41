//! `firewall`: what may come in; everything else is dropped. One of two managers makes it so.

use super::nftables::Nftables;
use super::rules::{RULE, Rule, check_admission, read_rule};
use super::ufw::Ufw;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::owned::parse_present;
use crate::ops::session::{session, session_request};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Revert, Sources};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FirewallArgs {
    /// `None`: everything comes in.
    rules: Option<Vec<Rule>>,
    backend: Backend,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Backend {
    Nftables(Box<Nftables>),
    Ufw(Ufw),
}

impl Operation for FirewallArgs {
    const SPEC: Spec = Spec {
        name: "firewall",
        summary: "What may come in; everything else is dropped. Loopback, answers and the ICMP that networks need always pass; the host takes the rules back by itself where they lock examctl out.",
        fields: &[
            Field::optional(
                "backend",
                Kind::Choice(&["nftables", "ufw"]),
                "Who keeps the rules: a table of its own in nftables, or all of ufw. Default: nftables.",
            ),
            Field::optional(
                "rules",
                Kind::Items(RULE),
                "All that may come in. Needed unless absent.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "absent lets everything in. Default: present.",
            ),
        ],
        example: "firewall: {rules: [{allow: tcp, ports: 22, from: 10.0.0.0/8, comment: operators}, {allow: tcp, ports: [80, 443]}]}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let use_ufw = fields
            .choice("backend", &[("nftables", false), ("ufw", true)])
            .unwrap_or(false);
        let present = parse_present(&mut fields);
        if present && fields.get("rules").is_none() {
            fields.missing("rules");
        }
        let known: Vec<&str> = RULE.iter().map(|field| field.name).collect();
        let rules = fields.items("rules", &known, read_rule);
        let rules = present.then_some(rules);
        let backend = if use_ufw {
            Backend::Ufw(Ufw::new(rules.as_deref()))
        } else {
            Backend::Nftables(Box::new(Nftables::new(
                rules.as_deref(),
                sources.state_directory(),
            )))
        };
        Some(Self { rules, backend })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = match &self.backend {
            Backend::Nftables(backend) => backend.requests(),
            Backend::Ufw(_) => Ufw::requests(),
        };
        requests.push(session_request());
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        if let (Some(rules), Some(session)) = (&self.rules, session(facts)) {
            check_admission(rules, &session)?;
        }
        match &self.backend {
            Backend::Nftables(backend) => backend.plan(facts),
            Backend::Ufw(backend) => backend.plan(facts),
        }
    }

    fn may_change(&self, key: &FactKey) -> bool {
        match &self.backend {
            Backend::Nftables(backend) => backend.may_change(key),
            Backend::Ufw(_) => Ufw::may_change(key),
        }
    }

    fn managed_path(&self) -> Option<&str> {
        match &self.backend {
            Backend::Nftables(backend) => Some(backend.path()),
            Backend::Ufw(_) => None,
        }
    }

    fn revert(&self, _: &Facts) -> Option<Revert> {
        Some(match &self.backend {
            Backend::Nftables(backend) => backend.revert(),
            Backend::Ufw(_) => Ufw::revert(),
        })
    }
}
