//! Finishes or undoes what an earlier run left half done.

use provision::connections::quote;
use serde::Serialize;

use crate::artifact::manifest::{MANIFEST_NAME, Manifest};
use crate::deploy::execute::{execute, undo_unfinished};
use crate::deploy::recovery::{Recovery, plan_recovery};
use crate::error::DeployError;
use crate::host::facts::Facts;
use crate::host::session::Session;
use crate::host::{Host, StepError, USUAL, said};
use crate::steps::perform::Work;

const MANIFEST_MAX_BYTES: u32 = 1 << 20;

/// What became of an interrupted deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Recovered {
    /// It was all but done: its release serves.
    Finished { release: String },
    /// The release before it serves.
    Undone { release: String },
}

/// Recovers what the journal says is unfinished; `None` when nothing is.
pub(crate) fn recover_unfinished(
    session: &mut Session<'_>,
    facts: &Facts,
) -> Result<Option<Recovered>, DeployError> {
    let Some(unfinished) = facts.journal.unfinished() else {
        return Ok(None);
    };
    let Some(begin) = unfinished.begin.as_deref() else {
        return Ok(None);
    };
    let release = begin.release.clone();
    let last = unfinished
        .last_step
        .map_or("its beginning", |step| step.name());
    let deploy = &unfinished.deploy;
    match plan_recovery(&unfinished, begin) {
        Recovery::Undo { steps } => {
            session.note(format!(
                "release {release} was interrupted at {last}: undoing it"
            ));
            let undo_is_noted = unfinished.reason.is_some();
            undo_unfinished(session, deploy, begin, &steps, undo_is_noted)?;
            Ok(Some(Recovered::Undone { release }))
        }
        Recovery::Finish { done, steps } => {
            session.note(format!("release {release} was interrupted at {last}, past the point of no return: finishing it"));
            let target = session.host.target;
            let manifest = gather_manifest(&mut session.host, &release)
                .map_err(|error| error.refused(target))?;
            let work = Work {
                begin,
                manifest: &manifest,
                artifact: None,
                interruptible: false,
                exams_first: false,
            };
            match execute(session, deploy, &work, &done, &steps) {
                Ok(()) => Ok(Some(Recovered::Finished { release })),
                // It failed in the end, and is undone: which is an end as well.
                Err(
                    DeployError::GateFailed { reason, .. } | DeployError::StepFailed { reason, .. },
                ) => {
                    session.note(format!(
                        "release {release} could not be finished and is undone: {reason}"
                    ));
                    Ok(Some(Recovered::Undone { release }))
                }
                Err(error) => Err(error),
            }
        }
    }
}

/// The manifest of a release that lies on the host.
pub(crate) fn gather_manifest(host: &mut Host<'_>, release: &str) -> Result<Manifest, StepError> {
    let path = format!("{}/{MANIFEST_NAME}", host.target.layout().release(release));
    let unreadable = |reason: String| StepError::Failed(format!("{path}: {reason}"));
    // Not `get`: the release may be readable to root alone.
    let script = format!("head -c {MANIFEST_MAX_BYTES} {}", quote(&path));
    let output = host.run(&script, "", USUAL)?;
    if !output.success() {
        return Err(unreadable(said(&output)));
    }
    Manifest::parse(&output.stdout).map_err(|error| unreadable(error.to_string()))
}
