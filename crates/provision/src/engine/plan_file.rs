//! A plan in a file, for somebody to approve: what would be done, readable and without secrets, and
//! sealed hashes by which the same plan is known again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Checked;
use super::approved::{Approved, Fingerprint};
use super::event::{Event, Failure, Recap};

/// Only files of the same format and the same program are compared: another one may plan otherwise.
const FORMAT: u32 = 1;
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Cost of one try at guessing a secret from a sealed hash: 16 MiB and some 40 ms.
const COST_LOG2: u8 = 14;

/// What a plan was made of; applying it uses the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    pub playbook: PathBuf,
    pub inventory: PathBuf,
    pub limit: Option<String>,
    pub tags: Vec<String>,
}

/// What would be done on each host, as events show it: secrets are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps(BTreeMap<String, Vec<Value>>);

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    format: u32,
    examctl: String,
    #[serde(flatten)]
    pub run: PlannedRun,
    salt: String,
    /// Over playbook, templates, files, variables and secrets.
    inputs: String,
    /// Over each host's exact changes.
    plans: BTreeMap<String, String>,
    steps: Steps,
}

/// Why a plan cannot be kept or applied. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    #[error("cannot write {}: {source}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is not a plan of this version of examctl: {reason}", path.display())]
    Unknown { path: PathBuf, reason: String },
    #[error("{host} could not be planned: {}", failure.message)]
    Incomplete { host: String, failure: Failure },
    #[error(
        "the playbook, a template, a file, a variable, a secret or the inventory has changed since the plan was made \
         (or -e differs); nothing was changed"
    )]
    OtherInputs,
    #[error("the approved plan is not what would be done now; nothing was changed\n  {}", .0.join("\n  "))]
    OtherPlan(Vec<String>),
    #[error("the plan cannot be sealed: {0}")]
    Seal(String),
}

impl Steps {
    /// Notes an event if it says what would be done.
    pub fn note(&mut self, event: &Event) {
        let (Event::TaskPlanned { host, .. }
        | Event::TaskUndecided { host, .. }
        | Event::HandlerPlanned { host, .. }) = event
        else {
            return;
        };
        let step = serde_json::to_value(event).unwrap_or_default();
        self.0.entry(host.clone()).or_default().push(step);
    }

    /// One line for each step of a host that only one side has, or that differs.
    fn differences(&self, now: &Self, host: &str) -> Vec<String> {
        let steps = |steps: &Self| -> BTreeMap<String, Vec<Value>> {
            let mut by_name: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for step in steps.0.get(host).into_iter().flatten() {
                let name = step.get("task").or(step.get("handler"));
                let name = name.and_then(Value::as_str).unwrap_or_default();
                by_name
                    .entry(name.to_owned())
                    .or_default()
                    .push(step.clone());
            }
            by_name
        };
        let (approved, now) = (steps(self), steps(now));
        let names: std::collections::BTreeSet<&String> =
            approved.keys().chain(now.keys()).collect();
        let says = |name: &String| match (approved.get(name), now.get(name)) {
            (Some(_), None) => Some("approved, and not needed now"),
            (None, Some(_)) => Some("needed now, and not approved"),
            (before, after) if before != after => Some("would do something else now"),
            _ => None,
        };
        let lines = names
            .into_iter()
            .filter_map(|name| Some((name, says(name)?)));
        lines
            .map(|(name, what)| format!("{host}: {name}: {what}"))
            .collect()
    }
}

impl PlanFile {
    /// Keeps a plan of which every host was planned.
    pub fn new(
        run: PlannedRun,
        checked: &Checked,
        recap: &Recap,
        steps: Steps,
    ) -> Result<Self, PlanFileError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| PlanFileError::Seal(error.to_string()))?;
        let salt = BASE64_STANDARD.encode(bytes);
        let mut plans = BTreeMap::new();
        for (host, plan) in exact_plans(recap)?.0 {
            plans.insert(host, seal(&salt, plan)?);
        }
        Ok(Self {
            format: FORMAT,
            examctl: VERSION.to_owned(),
            run,
            inputs: seal(&salt, checked.fingerprint())?,
            plans,
            salt,
            steps,
        })
    }

    pub fn write(&self, path: &Path) -> Result<(), PlanFileError> {
        let failed = |source| PlanFileError::Write {
            path: path.to_owned(),
            source,
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        std::fs::write(path, text + "\n").map_err(failed)
    }

    pub fn read(path: &Path) -> Result<Self, PlanFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| PlanFileError::Read {
            path: path.to_owned(),
            source,
        })?;
        let unknown = |reason: String| PlanFileError::Unknown {
            path: path.to_owned(),
            reason,
        };
        let file: Value =
            serde_json::from_str(&text).map_err(|error| unknown(error.to_string()))?;
        let of = (file["format"].as_u64(), file["examctl"].as_str());
        if of != (Some(FORMAT.into()), Some(VERSION)) {
            let by = file["examctl"].as_str().unwrap_or("another program");
            return Err(unknown(format!("it was made by {by}, this is {VERSION}")));
        }
        serde_json::from_value(file).map_err(|error| unknown(error.to_string()))
    }

    /// Refuses where anything that goes into the run has changed; no host needs to be asked for that.
    pub fn check_inputs(&self, checked: &Checked) -> Result<(), PlanFileError> {
        if seal(&self.salt, checked.fingerprint())? == self.inputs {
            return Ok(());
        }
        Err(PlanFileError::OtherInputs)
    }

    /// Compares every host's plan of now with the file's; what is returned lets exactly that be
    /// applied.
    pub fn approve(&self, recap: &Recap, now: &Steps) -> Result<Approved, PlanFileError> {
        let plans = exact_plans(recap)?;
        let hosts: std::collections::BTreeSet<&String> =
            self.plans.keys().chain(plans.0.keys()).collect();
        let mut different = Vec::new();
        for host in hosts {
            let sealed = plans.0.get(host).map(|plan| seal(&self.salt, *plan));
            let sealed = sealed.transpose()?;
            let shown = self.steps.differences(now, host);
            // The readable part is what was approved: a file that shows something else is refused too.
            if sealed.as_ref() != self.plans.get(host) && shown.is_empty() {
                different.push(format!(
                    "{host}: something that is not shown would be done otherwise"
                ));
            }
            different.extend(shown);
        }
        if different.is_empty() {
            return Ok(plans);
        }
        Err(PlanFileError::OtherPlan(different))
    }
}

fn exact_plans(recap: &Recap) -> Result<Approved, PlanFileError> {
    let plans = recap.hosts.iter().filter_map(|host| match &host.failure {
        Some(failure) => Some(Err(PlanFileError::Incomplete {
            host: host.host.clone(),
            failure: failure.clone(),
        })),
        None => Some(Ok((host.host.clone(), host.plan?))),
    });
    Ok(Approved(plans.collect::<Result<_, _>>()?))
}

/// A hash of a hash that takes long to make, so that secrets cannot be guessed by it.
fn seal(salt: &str, fingerprint: Fingerprint) -> Result<String, PlanFileError> {
    let mut sealed = [0; 32];
    let cost = scrypt::Params::new(COST_LOG2, 8, 1, sealed.len())
        .map_err(|error| PlanFileError::Seal(error.to_string()))?;
    scrypt::scrypt(&fingerprint.0, salt.as_bytes(), &cost, &mut sealed)
        .map_err(|error| PlanFileError::Seal(error.to_string()))?;
    Ok(BASE64_STANDARD.encode(sealed))
}
