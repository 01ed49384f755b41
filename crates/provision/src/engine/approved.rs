//! Applying exactly what was approved: plans are told apart by hashes over all that they would do.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde_json::Map;
use sha2::{Digest as _, Sha256};

use super::Checked;
use super::event::{Event, Failure, FailureKind};
use super::knowledge::Knowledge;
use super::plan::plan_tasks;
use super::run::HostRun;
use crate::facts::{FactKey, Facts, Request};
use crate::inventory::Host;
use crate::ops::Change;

/// A hash over everything that matters, secrets included: whoever has it could try guesses of them,
/// so it is never shown, and plan files hold it only sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub(super) [u8; 32]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint")
    }
}

/// Which plan was approved for which host.
#[derive(Clone, Debug, Default)]
pub struct Approved(pub(super) BTreeMap<String, Fingerprint>);

/// Takes values by what `Debug` says of them, which leaves out no field.
#[derive(Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    pub(super) fn add(&mut self, value: &dyn fmt::Debug) {
        // A hash takes everything.
        writeln!(self, "{value:?}").ok();
    }

    /// What a task would do, and what it would do it to: the lines that a change replaces are not
    /// always shown. Answers of probes may change by the minute and are left out; what follows from
    /// them is in the changes.
    pub(super) fn add_changes(
        &mut self,
        task: &str,
        changes: &[Change],
        requests: &[Request],
        facts: &Facts,
    ) {
        self.add(&(task, changes));
        for request in requests {
            match &request.key {
                FactKey::Path(name) => self.add(&facts.paths.get(name)),
                FactKey::Package(name) => self.add(&facts.packages.get(name)),
                FactKey::Service(name) => self.add(&facts.services.get(name)),
                FactKey::Program { name, .. } => self.add(&facts.programs.get(name)),
                FactKey::User(name) => self.add(&facts.users.get(name)),
                FactKey::Group(name) => self.add(&facts.groups.get(name)),
                FactKey::Probe { .. } => {}
            }
        }
    }

    pub(super) fn finish(self) -> Fingerprint {
        Fingerprint(self.0.finalize().into())
    }
}

impl fmt::Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl Checked {
    /// What goes into a run from this side: hosts, tasks, templates, files, variables, secrets.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = Hasher::default();
        hasher.add(&self.rollout);
        for play in &self.plays {
            // Where variables came from does not matter; what became of them is in the tasks.
            let host = Host {
                vars: Map::new(),
                layers: Vec::new(),
                ..play.host.clone()
            };
            hasher.add(&(host, &play.names, &play.book, &play.tasks, &play.handlers));
            for secret in &play.secrets {
                hasher.add(&secret.expose());
            }
        }
        hasher.finish()
    }
}

/// Plans quietly from the facts that are about to be acted on, and refuses another plan than the
/// approved one. Nothing has been changed on the host by then.
pub(super) fn verify_approved<'a>(
    run: &mut HostRun<'a>,
    knowledge: &Knowledge<'a>,
) -> Result<(), Failure> {
    let Some(approved) = &run.options.approved else {
        return Ok(());
    };
    let wanted = approved.0.get(&run.play.host.name).copied();
    let report = run.report.clone();
    let emit = std::mem::replace(&mut run.emit, &quiet);
    let planned = plan_tasks(run, &mut knowledge.clone());
    let found = run.report.plan;
    run.emit = emit;
    run.report = report;
    planned?;
    if wanted.is_some() && found == wanted {
        return Ok(());
    }
    let message = "the host has changed since its plan was compared with the approved one; nothing was changed";
    Err(run.failure(FailureKind::OtherPlan, None, message))
}

fn quiet(_: Event) {}
