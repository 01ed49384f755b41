//! Brings a backup back into place, with a release that fits it; shows first what that loses, and can be undone.

pub(crate) mod choose;
pub(crate) mod in_place;
pub(crate) mod preview;

use provision::connections::Connection;

use self::choose::{backup_before_leaving, release_that_fits};
use self::in_place::{RestorePlan, SlotBefore, clear_aside};
use self::preview::{Confirm, RestorePreview};
use super::manifest::{Backup, differences, find};
use super::service::{Described, Scratch, describe, probe_scratch, probe_tool};
use super::{gather_backups, path_of, serving, tools};
use crate::artifact::manifest::Manifest;
use crate::deploy::recover::gather_manifest;
use crate::deploy::rollback::choose_release;
use crate::deploy::{Deployed, Goal, begin_and_execute, preflight, with_recovered_host};
use crate::error::DeployError;
use crate::event::Events;
use crate::host::StepError;
use crate::host::facts::{Facts, SlotFacts};
use crate::host::session::Session;
use crate::journal::Begin;
use crate::options::DeployOptions;
use crate::runner::RunnerState;
use crate::steps::{Kind, plan_restore_steps};
use crate::target::Target;
use crate::target::layout::Slot;

/// Rolls back to a release (the last good one, or the one that `to` names) together with the database as it was when
/// that release was left.
pub fn rollback_with_database(
    connection: &mut dyn Connection,
    target: &Target,
    to: Option<&str>,
    options: &DeployOptions,
    events: Events<'_>,
    confirm: Confirm<'_>,
) -> Result<Deployed, DeployError> {
    with_recovered_host(connection, target, options, events, |session, facts| {
        let refused = |reason| refused(target, reason);
        let release = choose_release(&facts, to).map_err(refused)?;
        let backups = gather_backups(&mut session.host).map_err(|error| error.refused(target))?;
        let backup = backup_before_leaving(&facts.journal, &backups, &release).map_err(refused)?;
        put_in_place(session, &facts, backup, &[release], confirm)
    })
}

/// Restores a backup (`latest`, or a unique beginning of its name) and starts a release that fits it: `release`, or
/// the one that serves, or the one that served when it was taken.
pub fn restore(
    connection: &mut dyn Connection,
    target: &Target,
    wanted: &str,
    release: Option<&str>,
    options: &DeployOptions,
    events: Events<'_>,
    confirm: Confirm<'_>,
) -> Result<Deployed, DeployError> {
    with_recovered_host(connection, target, options, events, |session, facts| {
        let refused = |reason| refused(target, reason);
        let backups = gather_backups(&mut session.host).map_err(|error| error.refused(target))?;
        let backup = find(&backups, wanted).map_err(refused)?;
        let candidates = if let Some(named) = release {
            vec![choose_release(&facts, Some(named)).map_err(refused)?]
        } else {
            let then = backup.manifest.serving.clone();
            let mut candidates: Vec<String> = serving(&facts).into_iter().collect();
            candidates.extend(then.filter(|id| facts.releases.contains(id)));
            candidates.dedup();
            candidates
        };
        put_in_place(session, &facts, backup, &candidates, confirm)
    })
}

fn put_in_place(
    session: &mut Session<'_>,
    facts: &Facts,
    backup: &Backup,
    candidates: &[String],
    confirm: Confirm<'_>,
) -> Result<Deployed, DeployError> {
    let target = session.host.target;
    let asked = session.phase("compare", |session| {
        look(session, facts, backup, candidates)
    });
    let (preview, described, tool) = asked.map_err(|error| error.refused(target))?;
    let manifest = gather_manifest(&mut session.host, &preview.release)
        .map_err(|error| error.refused(target))?;
    let deploy = session.deploy_id();
    let plan = RestorePlan {
        deploy,
        backup: backup.manifest.name.clone(),
        sha256: backup.manifest.sha256.clone(),
        database: described.database.path().to_owned(),
        had_database: described.contents.is_some() || described.problem.is_some(),
        was_readable: described.problem.is_none(),
        tool,
        slots: facts.slots.iter().map(slot_before).collect(),
    };
    let begin = plan_begin(target, facts, &manifest, plan, &session.options.who);
    let goal = Goal {
        kind: Kind::Rollback,
        manifest: &manifest,
        artifact: None,
    };
    preflight(session, facts, &goal, &begin)?;
    if !confirm(&preview) {
        return Err(refused(target, "it was not confirmed".to_owned()));
    }
    let deployed = Deployed {
        host: target.host.clone(),
        release: begin.release.clone(),
        previous: begin.previous.clone(),
        slot: begin.to,
        changed: true,
        warm: false,
        recovered: None,
        took_ms: 0,
        cutover_ms: None,
    };
    begin_and_execute(session, &goal, &begin)?;
    if let Some(plan) = &begin.restore {
        clear_aside(session, plan);
    }
    Ok(deployed)
}

/// Restores the backup into a scratch database and holds it against everything it has to match.
fn look(
    session: &mut Session<'_>,
    facts: &Facts,
    backup: &Backup,
    candidates: &[String],
) -> Result<(RestorePreview, Described, String), StepError> {
    let name = &backup.manifest.name;
    let worthless =
        |reason: String| StepError::Failed(format!("backup {name} does not count: {reason}"));
    if let Some(problem) = &backup.problem {
        return Err(worthless(problem.clone()));
    }
    let tool = probe_tool(session, &tools(facts, candidates))?;
    let described = describe(session, &tool)?;
    let scratch = Scratch {
        copy: &path_of(session.host.target, &backup.manifest),
        directory: described.database.directory(),
        tool: &tool,
        releases: candidates,
        compare: true,
    };
    let read = probe_scratch(session, &scratch)?;
    let reasons = differences(&backup.manifest, &read.restored);
    if !reasons.is_empty() {
        return Err(worthless(reasons.join("; ")));
    }
    let release = release_that_fits(&read.fits, &backup.manifest.contents.schema)
        .map_err(StepError::Failed)?;
    let status = facts.serving_slot().and_then(|slot| slot.status.as_ref());
    let preview = RestorePreview {
        host: session.host.target.host.clone(),
        backup: backup.manifest.clone(),
        release,
        serving: serving(facts),
        open_attempts: status.map_or(0, |status| status.open_attempts),
        now: read.compared.now,
        now_problem: described.problem.clone().or(read.compared.now_problem),
        lost: read.compared.lost,
    };
    Ok((preview, described, tool))
}

fn slot_before(facts: &SlotFacts) -> SlotBefore {
    SlotBefore {
        slot: facts.slot,
        release: facts.release.clone(),
        ran: matches!(facts.runner, RunnerState::Running | RunnerState::Starting),
    }
}

/// The colour that does not serve takes the restored release: what served keeps its place for the way back.
fn plan_begin(
    target: &Target,
    facts: &Facts,
    manifest: &Manifest,
    plan: RestorePlan,
    who: &str,
) -> Begin {
    let serving = facts.serving_slot();
    let from = serving.map(|serving| serving.slot);
    let to = if target.runner.has_colours() {
        from.map_or(Slot::Blue, Slot::other)
    } else {
        Slot::Single
    };
    Begin {
        kind: Kind::Rollback,
        release: manifest.id.clone(),
        to,
        from,
        previous: serving.and_then(|serving| serving.release.clone()),
        // By the time it is linked, no slot names a release.
        to_before: None,
        was_serving: serving.is_some_and(crate::deploy::serves_students),
        steps: plan_restore_steps(target.runner),
        who: who.to_owned(),
        restore: Some(Box::new(plan)),
        load_profile: None,
    }
}

fn refused(target: &Target, reason: String) -> DeployError {
    DeployError::Refused {
        host: target.host.clone(),
        reason,
    }
}
