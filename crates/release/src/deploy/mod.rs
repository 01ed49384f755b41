//! Brings a release to a host. It ends with the new release serving, or with the old one as before.

mod execute;
pub mod look;
pub(crate) mod preflight;
pub mod prune;
pub(crate) mod recover;
mod recovery;
pub mod rollback;
mod stopwatch;

use std::time::Instant;

use provision::connections::Connection;
use serde::Serialize;

pub use self::recover::Recovered;
use self::recover::recover_unfinished;
use crate::artifact::Artifact;
use crate::artifact::manifest::Manifest;
use crate::backup::thin_after_deploy;
use crate::deploy::execute::execute;
use crate::deploy::preflight::examine;
use crate::deploy::prune::prune_after_deploy;
use crate::deploy::stopwatch::Stopwatch;
use crate::error::DeployError;
use crate::event::Events;
use crate::host::StepError;
use crate::host::control::ServiceStatus;
use crate::host::facts::{Facts, SlotFacts};
use crate::host::session::{Session, milliseconds};
use crate::journal::{Begin, Entry};
use crate::options::DeployOptions;
use crate::runner::RunnerState;
use crate::steps::bake::look_at_old;
use crate::steps::perform::Work;
use crate::steps::{Kind, Step, bakes, plan_steps, with_load};
use crate::target::Target;
use crate::target::layout::Slot;

/// A release that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deployed {
    pub host: String,
    pub release: String,
    /// The release that served before.
    pub previous: Option<String>,
    pub slot: Slot,
    /// `false`: the release served already, nothing was done.
    pub changed: bool,
    /// It ran in standby already and was only promoted.
    pub warm: bool,
    /// What was done first about an interrupted run.
    pub recovered: Option<Recovered>,
    pub took_ms: u64,
    /// From the first moment that students could notice (`activate`; with one slot: its stop) until
    /// the new release answered them and the old one had let go; `None` where nothing changed.
    pub cutover_ms: Option<u64>,
}

/// Deploys an artifact.
///
/// Refused before the host is contacted: one that is not signed as the host's `release_trusted_keys`
/// ask for. Undone or finished first: what an interrupted run left behind. Safe to interrupt, to kill and to
/// repeat at any moment.
pub fn deploy(
    connection: &mut dyn Connection,
    target: &Target,
    artifact: &Artifact,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<Deployed, DeployError> {
    artifact.check_trust(&target.trusted_keys)?;
    with_recovered_host(connection, target, options, events, |session, facts| {
        let goal = Goal {
            kind: Kind::Deploy,
            manifest: &artifact.manifest,
            artifact: Some(artifact),
        };
        release(session, &facts, &goal)
    })
}

/// Finishes or undoes what an interrupted run left behind; `None` when there was nothing.
pub fn recover(
    connection: &mut dyn Connection,
    target: &Target,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<Option<Recovered>, DeployError> {
    let (mut session, facts) = Session::open(connection, target, options, events)?;
    let result = recover_unfinished(&mut session, &facts);
    session.close();
    result
}

/// What is to serve in the end.
pub(crate) struct Goal<'g> {
    pub(crate) kind: Kind,
    pub(crate) manifest: &'g Manifest,
    pub(crate) artifact: Option<&'g Artifact>,
}

/// Locks a host, recovers it, does the work, and lets it go again however that ends.
pub(crate) fn with_recovered_host(
    connection: &mut dyn Connection,
    target: &Target,
    options: &DeployOptions,
    events: Events<'_>,
    work: impl FnOnce(&mut Session<'_>, Facts) -> Result<Deployed, DeployError>,
) -> Result<Deployed, DeployError> {
    let started = Instant::now();
    let mut stopwatch = Stopwatch::new(target.runner);
    let mut watched = |event| {
        stopwatch.observe(&event, Instant::now());
        events(event);
    };
    let (mut session, facts) = Session::open(connection, target, options, &mut watched)?;
    let result = recover_then(&mut session, facts, work);
    session.close();
    result.map(|deployed| Deployed {
        took_ms: milliseconds(started),
        cutover_ms: stopwatch.cutover_ms().filter(|_| deployed.changed),
        ..deployed
    })
}

fn recover_then(
    session: &mut Session<'_>,
    mut facts: Facts,
    work: impl FnOnce(&mut Session<'_>, Facts) -> Result<Deployed, DeployError>,
) -> Result<Deployed, DeployError> {
    let recovered = recover_unfinished(session, &facts)?;
    if recovered.is_some() {
        let target = session.host.target;
        facts = session
            .gather_facts()
            .map_err(|error| error.refused(target))?;
    }
    let deployed = work(session, facts)?;
    Ok(Deployed {
        recovered,
        ..deployed
    })
}

/// From the checks to the last step, for a deploy and a rollback alike.
pub(crate) fn release(
    session: &mut Session<'_>,
    facts: &Facts,
    goal: &Goal<'_>,
) -> Result<Deployed, DeployError> {
    let target = session.host.target;
    let plan = plan_release(target, facts, goal, session.options);
    let deployed = Deployed {
        host: target.host.clone(),
        release: plan.begin.release.clone(),
        previous: plan.begin.previous.clone(),
        slot: plan.begin.to,
        changed: true,
        warm: plan.warm,
        recovered: None,
        took_ms: 0,
        cutover_ms: None,
    };
    if plan.serves_already {
        session.note(format!("release {} serves already", deployed.release));
        let slot = plan.begin.from.unwrap_or(plan.begin.to);
        return Ok(Deployed {
            changed: false,
            slot,
            ..deployed
        });
    }
    preflight(session, facts, goal, &plan.begin)?;
    begin_and_execute(session, goal, &plan.begin)?;
    if goal.kind == Kind::Deploy {
        prune_after_deploy(session);
        thin_after_deploy(session);
    }
    Ok(deployed)
}

/// Notes what will be done, then does it or undoes it.
pub(crate) fn begin_and_execute(
    session: &mut Session<'_>,
    goal: &Goal<'_>,
    begin: &Begin,
) -> Result<(), DeployError> {
    let target = session.host.target;
    let work = Work {
        begin,
        manifest: goal.manifest,
        artifact: goal.artifact,
        interruptible: true,
        exams_first: !session.options.during_exam,
    };
    look_at_old(session, &work).map_err(|error| error.refused(target))?;
    let deploy = session.deploy_id();
    session
        .append(&deploy, Entry::Begin(Box::new(begin.clone())))
        .map_err(|error| error.refused(target))?;
    execute(session, &deploy, &work, &[], &begin.steps)
}

pub(crate) fn preflight(
    session: &mut Session<'_>,
    facts: &Facts,
    goal: &Goal<'_>,
    begin: &Begin,
) -> Result<(), DeployError> {
    let target = session.host.target;
    let options = session.options;
    let checked = session.phase("preflight", |session| {
        let findings = examine(target, facts, goal.manifest, begin, options);
        for warning in findings.warnings {
            session.note(warning);
        }
        if findings.refusals.is_empty() {
            Ok(())
        } else {
            Err(StepError::Failed(findings.refusals.join("; ")))
        }
    });
    checked.map_err(|error| DeployError::Refused {
        host: target.host.clone(),
        reason: error.reason(),
    })
}

/// What will be done, decided before anything is.
struct Plan {
    begin: Begin,
    warm: bool,
    serves_already: bool,
}

/// Whether a slot serves; one that runs and is too busy to say so is taken to.
pub(crate) fn serves_students(slot: &SlotFacts) -> bool {
    match &slot.status {
        Some(status) => status.is_serving(),
        None => slot.runner == RunnerState::Running,
    }
}

fn plan_release(target: &Target, facts: &Facts, goal: &Goal<'_>, options: &DeployOptions) -> Plan {
    let serving = facts.serving_slot();
    let from = serving.map(|serving| serving.slot);
    let status = serving.and_then(|serving| serving.status.as_ref());
    let was_serving = serving.is_some_and(serves_students);
    let release = goal.manifest.id.clone();
    let previous = serving.and_then(|serving| serving.release.clone());
    let to = if target.runner.has_colours() {
        from.map_or(Slot::Blue, Slot::other)
    } else {
        Slot::Single
    };
    let idle = facts.slot(to);
    let to_before = idle.and_then(|idle| idle.release.clone());
    let standby = idle
        .and_then(|idle| idle.status.as_ref())
        .filter(|status| status.state == "standby");
    let warm = goal.kind == Kind::Rollback
        && to_before.as_ref() == Some(&release)
        && standby.is_some_and(|status| status.difference_to(goal.manifest).is_none());
    let serves_already = status.is_some_and(ServiceStatus::is_serving)
        && previous.as_ref() == Some(&release)
        && status.is_some_and(|status| status.difference_to(goal.manifest).is_none());
    let replaces = from.is_some_and(|from| from != to);
    let mut steps = plan_steps(target.runner, goal.kind, warm, replaces);
    let load_profile = options
        .load_profile(target)
        .filter(|_| goal.kind == Kind::Deploy);
    if load_profile.is_some() {
        steps = with_load(steps, goal.kind);
    }
    let bake = options.bake.unwrap_or(target.bake.length);
    if bakes(target.runner, goal.kind, replaces, bake) {
        steps.push(Step::Bake);
    }
    let who = options.who.clone();
    let kind = goal.kind;
    let begin = Begin {
        kind,
        release,
        to,
        from,
        previous,
        to_before,
        was_serving,
        steps,
        who,
        restore: None,
        load_profile: load_profile.map(str::to_owned),
    };
    Plan {
        begin,
        warm,
        serves_already,
    }
}

#[cfg(test)]
mod tests;
