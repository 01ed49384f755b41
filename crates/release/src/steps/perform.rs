//! How is each step done? Every one may be done twice: a crash can lie between doing and noting.

use std::time::Duration;

use provision::connections::{Output, quote};

use crate::artifact::Artifact;
use crate::artifact::manifest::Manifest;
use crate::backup::apply_backup;
use crate::backup::restore::in_place::{apply_close, apply_keep, apply_restore};
use crate::deploy::preflight::exams::check_status;
use crate::host::StepError;
use crate::host::session::Session;
use crate::journal::Begin;
use crate::runner::runner_of;
use crate::steps::Step;
use crate::steps::bake::{bake, look_before_cutover};
use crate::steps::load::load;
use crate::steps::migrate::migrate;
use crate::steps::prove::{smoke, verify, verify_own_port, wait_at_gate};
use crate::steps::settings::check_settings;
use crate::steps::upload::apply_upload;
use crate::target::Target;
use crate::target::layout::Slot;

pub(crate) const PROMOTE: Duration = Duration::from_secs(15);

/// What the steps of one release work on.
pub(crate) struct Work<'w> {
    pub(crate) begin: &'w Begin,
    pub(crate) manifest: &'w Manifest,
    /// Present where there is something to upload.
    pub(crate) artifact: Option<&'w Artifact>,
    /// Whether an interruption ends a wait.
    pub(crate) interruptible: bool,
    /// Whether open exams hold up the cutover; not that of a recovery, which may lie behind it.
    pub(crate) exams_first: bool,
}

/// Does one step.
pub(crate) fn apply_step(
    session: &mut Session<'_>,
    work: &Work<'_>,
    step: Step,
) -> Result<(), StepError> {
    let to = work.begin.to;
    let runner = runner_of(session.host.target);
    match step {
        Step::Upload => upload(session, work),
        Step::CheckSettings => check_settings(session, work),
        Step::Backup => apply_backup(session, work),
        Step::Migrate => migrate(session, work),
        Step::Close => {
            check_exams(session, work)?;
            apply_close(session, work)
        }
        Step::Keep => apply_keep(session, work),
        Step::Restore => apply_restore(session, work),
        Step::Stop => {
            if to == Slot::Single {
                check_exams(session, work)?;
            }
            runner.stop(&mut session.host, to)
        }
        Step::Link => apply_link(session, to, Some(&work.begin.release)),
        Step::Start => runner.start(&mut session.host, to),
        Step::Gate => wait_at_gate(session, work),
        Step::Smoke => smoke(session, work),
        Step::Load => load(session, work),
        Step::Activate if to == Slot::Single => Ok(()),
        Step::Activate => {
            // Whatever is open in a database that was just restored, nobody is at work on.
            if work.begin.restore.is_none() {
                check_exams(session, work)?;
            }
            apply_active(session, Some(to))
        }
        Step::Promote => promote(session, work),
        Step::Retire => retire(session, work),
        Step::Verify => verify(session, work),
        Step::Bake => bake(session, work),
    }
}

fn upload(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(artifact) = work.artifact else {
        return Err(StepError::Failed(
            "there is no artifact to upload".to_owned(),
        ));
    };
    let release = Some(&work.begin.release);
    let in_use =
        work.begin.previous.as_ref() == release || work.begin.to_before.as_ref() == release;
    apply_upload(session, artifact, in_use)
}

/// Runs the release's own binary as the account that it will run as.
pub(crate) fn run_binary(
    session: &mut Session<'_>,
    work: &Work<'_>,
    verb: &str,
    limit: Duration,
) -> Result<Output, StepError> {
    let script = binary_script(session.host.target, &work.begin.release, verb);
    session.host.run(&script, "", limit)
}

/// Runs one verb of a release that lies on the host, as the account that it will run as.
pub(crate) fn binary_script(target: &Target, release: &str, verb: &str) -> String {
    format!(
        "umask 077; {}{} --env-file {} {verb}",
        as_service(target),
        quote(&target.layout().binary(release)),
        quote(&target.exam_env_file)
    )
}

/// What stands before a command that the service's account runs.
pub(crate) fn as_service(target: &Target) -> String {
    target.exam_user.as_ref().map_or(String::new(), |user| {
        format!("runuser -u {} -- ", quote(user))
    })
}

/// Exams may have begun since the preflight.
fn check_exams(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(from) = work.begin.from.filter(|_| work.begin.was_serving) else {
        return Ok(());
    };
    if !work.exams_first {
        return Ok(());
    }
    let mut status = session.host.probe_status(from)?;
    if status.is_err() && work.begin.to != from {
        // It waits in standby, on the same database.
        status = session.host.probe_status(work.begin.to)?;
    }
    let quiet = session.host.target.limits.quiet;
    let reasons = check_status(&status, session.host_now(), quiet);
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(StepError::Failed(reasons.join("; ")))
    }
}

/// Makes a slot name a release, or none.
pub(crate) fn apply_link(
    session: &mut Session<'_>,
    slot: Slot,
    release: Option<&str>,
) -> Result<(), StepError> {
    let target = session.host.target;
    let link = target.layout().link(slot);
    let script = link_script(target, slot, release);
    session.host.must_run(&format!("switch {link}"), &script)?;
    Ok(())
}

pub(crate) fn link_script(target: &Target, slot: Slot, release: Option<&str>) -> String {
    let layout = target.layout();
    let link = layout.link(slot);
    match release {
        None => format!("rm -f {}", quote(&link)),
        Some(release) => format!(
            "umask 022; mkdir -p \"$(dirname {link})\" && ln -sfn {to} {new} && mv -fT {new} {link} && sync \"$(dirname {link})\"",
            to = quote(&layout.link_target(slot, release)),
            new = quote(&format!("{link}.new")),
            link = quote(&link),
        ),
    }
}

/// Says which colour serves, or that none does.
pub(crate) fn apply_active(session: &mut Session<'_>, slot: Option<Slot>) -> Result<(), StepError> {
    let script = active_script(slot);
    session.host.must_run("write `active`", &script)?;
    Ok(())
}

pub(crate) fn active_script(slot: Option<Slot>) -> String {
    match slot {
        None => "rm -f active && sync .".to_owned(),
        Some(slot) => format!(
            "umask 022; echo {slot} > active.new && sync active.new && mv -fT active.new active && sync ."
        ),
    }
}

fn promote(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let to = work.begin.to;
    look_before_cutover(session, work)?;
    session
        .host
        .apply_control(to, "promote", PROMOTE)
        .map_err(as_gate)?;
    let status = session.host.probe_status(to)?.map_err(StepError::Gate)?;
    if status.is_serving() {
        return verify_own_port(session, work);
    }
    Err(StepError::Gate(format!(
        "it was promoted, but is {}",
        status.state
    )))
}

/// The old release finishes what it holds. One that does not answer is restarted: it comes up in
/// standby, since `active` names the other.
fn retire(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(from) = work.begin.from else {
        return Ok(());
    };
    let target = session.host.target;
    let error = match session
        .host
        .apply_control(from, "standby", target.drain_limit())
    {
        Ok(_) => return Ok(()),
        Err(StepError::Failed(reason)) => reason,
        Err(error) => return Err(error),
    };
    let runner = runner_of(target);
    session.note(format!(
        "the old release did not go into standby, it is restarted: {error}"
    ));
    runner.stop(&mut session.host, from)?;
    if work.begin.was_serving {
        // Serving goes on without it; a warm way back is all that would be missing.
        if let Err(error) = runner.start(&mut session.host, from) {
            session.note(format!(
                "the old release does not start again: {}",
                error.reason()
            ));
        }
    }
    Ok(())
}

/// What failed was asked of the new release itself.
pub(crate) fn as_gate(error: StepError) -> StepError {
    match error {
        StepError::Failed(reason) => StepError::Gate(reason),
        other => other,
    }
}
