//! `examctl plan --out` and `examctl apply --plan`: somebody approves exactly what is then done.

use std::path::Path;

use provision::engine::{
    self, Checked, FailureKind, PlanFile, PlanFileError, PlannedRun, Recap, RunOptions, Steps,
};

use crate::cli::{Hosts, PlaybookRun};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Printer;

use super::check;

/// Keeps a plan in a file.
pub(super) fn keep(
    path: &Path,
    arguments: &PlaybookRun,
    checked: &Checked,
    recap: &Recap,
    steps: Steps,
    printer: &Printer,
) -> Result<(), Failure> {
    let run = PlannedRun {
        playbook: check::playbook(arguments.playbook.as_deref()),
        inventory: arguments.hosts.inventory.clone(),
        limit: arguments.hosts.limit.clone(),
        tags: arguments.tags.clone(),
    };
    PlanFile::new(run, checked, recap, steps)
        .and_then(|file| file.write(path))
        .map_err(|error| failed(&error))?;
    printer.progress(&format!(
        "next: examctl apply --plan {} (with the same -e, from the same folder)",
        path.display()
    ));
    Ok(())
}

/// The run that a file holds the plan of, if that is still the plan of every host.
pub(super) fn load(path: &Path, arguments: &PlaybookRun) -> Result<(Checked, RunOptions), Failure> {
    let file = PlanFile::read(path).map_err(|error| failed(&error))?;
    let recorded = &file.run;
    let arguments = PlaybookRun {
        playbook: Some(recorded.playbook.clone()),
        hosts: Hosts {
            inventory: recorded.inventory.clone(),
            limit: recorded.limit.clone(),
            ..arguments.hosts.clone()
        },
        tags: recorded.tags.clone(),
        ..arguments.clone()
    };
    let options = check::options(&arguments)?;
    let checked = check::checked(&arguments, &options)?;
    file.check_inputs(&checked)
        .map_err(|error| failed(&error))?;
    let mut now = Steps::default();
    let recap = engine::plan(&checked, &options, &mut |event| now.note(&event));
    let approved = file.approve(&recap, &now).map_err(|error| failed(&error))?;
    let options = RunOptions {
        approved: Some(approved.into()),
        ..options
    };
    Ok((checked, options))
}

fn failed(error: &PlanFileError) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error {
        PlanFileError::OtherInputs
        | PlanFileError::OtherPlan(_)
        | PlanFileError::Unknown { .. } => {
            failure.hint("look at what would be done now: examctl plan --out FILE, and apply that")
        }
        PlanFileError::Incomplete { failure: host, .. }
            if host.kind == FailureKind::Unreachable =>
        {
            Failure::new(ExitCode::Unreachable, error.to_string())
        }
        _ => failure,
    }
}
