//! After applying: reads everything again. What is still wanted then was not achieved.

use super::event::{Failure, FailureKind};
use super::run::{HostRun, Selected, requests_of};

pub(super) fn verify_host(run: &mut HostRun<'_>, tasks: &[Selected<'_>]) -> Result<(), Failure> {
    let facts = run.gather(&requests_of(tasks))?;
    for selected in tasks {
        let name = &selected.task.name;
        let still_wanted = match selected.op.plan(&facts) {
            Ok(changes) => changes.into_iter().next().map(|change| change.summary),
            Err(error) => Some(error.to_string()),
        };
        if let Some(what) = still_wanted {
            let message = format!(
                "not converged: '{name}' was applied without an error, yet this is still wanted: {what}"
            );
            return Err(run.failure(FailureKind::NotConverged, Some(name), &message));
        }
    }
    Ok(())
}
