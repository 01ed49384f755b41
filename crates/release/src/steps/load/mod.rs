//! Does the new release bear a hall of students, before the first real one reaches it?
//!
//! | question | file |
//! |---|---|
//! | what makes the load, and can this host run it? | `generator` |
//! | what is run on the host? | `script` |
//! | what does its outcome say of the release? | `outcome` |

pub(crate) mod generator;
mod outcome;
pub(crate) mod script;

use std::time::Duration;

use self::generator::apply_generator;
use self::outcome::Said;
use self::script::{LIMIT, LoadRun, load_script, purge_script};
use crate::event::DeployEvent;
use crate::host::session::Session;
use crate::host::{StepError, said};
use crate::journal::Begin;
use crate::steps::Step;
use crate::steps::perform::Work;

/// What ending everything at its limit may take.
const SLACK: Duration = Duration::from_secs(30);

/// Runs the load profile of this deploy against the new release, which no student reaches yet (but for a host with
/// one slot).
pub(crate) fn load(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(profile) = &work.begin.load_profile else {
        return Ok(());
    };
    let Some(generator) = session.options.generator.clone() else {
        return Err(StepError::Failed(
            "there is no load generator to send: deploy without this gate (`--load-gate off`)"
                .to_owned(),
        ));
    };
    apply_generator(session, &generator)?;
    let target = session.host.target;
    let script = load_script(&LoadRun {
        target,
        release: &work.begin.release,
        to: work.begin.to,
        profile,
        generator: &generator.path(target),
    });
    session.renew(LIMIT + SLACK)?;
    let output = session.host.run(&script, "", LIMIT + SLACK)?;
    // The steps that follow do not ask any more.
    session.pause(Duration::ZERO, work.interruptible)?;
    if !output.success() {
        let said = said(&output);
        return Err(StepError::Failed(format!(
            "the load `{profile}` could not be prepared: {said}"
        )));
    }
    let said = Said::parse(&String::from_utf8_lossy(&output.stdout));
    for figure in said.figures(profile) {
        let step = Step::Load.name().to_owned();
        session.emit(DeployEvent::Gate { step, figure });
    }
    said.judge(profile)
}

/// Takes away the accounts that a load left which was killed.
pub(crate) fn undo_load(session: &mut Session<'_>, begin: &Begin) -> Result<(), StepError> {
    let script = purge_script(session.host.target, &begin.release);
    let output = session.host.run(&script, "", LIMIT)?;
    if output.success() {
        return Ok(());
    }
    Err(StepError::Failed(format!(
        "the accounts of the load are still in the database: {}",
        said(&output)
    )))
}
