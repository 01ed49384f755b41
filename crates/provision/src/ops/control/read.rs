//! `read`: asks a host something, for later tasks to decide by.

use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadArgs {
    pub(crate) run: String,
}

impl Operation for ReadArgs {
    const SPEC: Spec = Spec {
        name: "read",
        summary: "Asks the host something without changing it; `register` gives the answer a name.",
        fields: &[Field::required(
            "run",
            Kind::Text,
            "A quick script for /bin/sh that changes nothing. `plan` runs it too, with the other facts; \
             any exit status is an answer.",
        )],
        example: "read: {run: stat -fc %T /sys/fs/cgroup}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let run = fields.text("run")?;
        if sources.holds_secret(run.as_bytes()) {
            fields.wrong("run", "a secret in 'run' would show in process arguments");
        }
        Some(Self { run })
    }

    fn requests(&self) -> Vec<Request> {
        // What it looks at is unknown: any change may change the answer.
        vec![Request::from(FactKey::Probe {
            name: self.name(),
            script: self.run.clone(),
            reads: vec!["/".to_owned()],
        })]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        match self.answer(facts) {
            Some(_) => Ok(Vec::new()),
            None => Err(PlanError("the host gave no answer".to_owned())),
        }
    }

    fn may_change(&self, _: &FactKey) -> bool {
        false
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl ReadArgs {
    fn name(&self) -> String {
        format!("read {}", self.run)
    }

    /// The exit status and what was printed.
    pub(crate) fn answer(&self, facts: &Facts) -> Option<(i32, String)> {
        let probed = facts.probes.get(&self.name())?;
        Some((probed.status, probed.stdout.clone()))
    }
}
