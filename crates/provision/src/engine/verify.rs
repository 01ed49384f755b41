//! After applying: reads everything again. What is still wanted then was not achieved.

use std::sync::Arc;

use super::answers::{Questions, collect};
use super::event::{Failure, FailureKind};
use super::run::HostRun;
use crate::playbook::ReadyTask;

pub(super) fn verify_host(run: &mut HostRun<'_>, done: &[Arc<[ReadyTask]>]) -> Result<(), Failure> {
    let mut questions = Questions::new();
    for ready in done {
        collect(ready, &mut questions);
    }
    for (seat, requests) in questions {
        let facts = run.gather(seat, &requests)?;
        let here = done
            .iter()
            .flat_map(|ready| ready.iter())
            .filter(|one| one.seat == seat);
        for one in here {
            let Some(op) = one.op() else { continue };
            let still_wanted = match op.plan(&facts) {
                Ok(changes) => changes.into_iter().next().map(|change| change.summary),
                Err(error) => Some(error.to_string()),
            };
            if let Some(what) = still_wanted {
                let name = &one.name;
                let message = format!(
                    "not converged: '{name}' was applied without an error, yet this is still wanted: {what}"
                );
                return Err(run.failure(FailureKind::NotConverged, Some(name), &message));
            }
        }
    }
    Ok(())
}
