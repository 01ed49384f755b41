//! Could this host take the release now, and how would it go? Reads only: no lock, nothing changes.

use provision::connections::Connection;
use serde::Serialize;

use crate::artifact::Artifact;
use crate::artifact::manifest::Manifest;
use crate::deploy::preflight::{Findings, examine};
use crate::deploy::recover::gather_manifest;
use crate::deploy::rollback::choose_release;
use crate::deploy::{Goal, Plan, plan_release};
use crate::error::DeployError;
use crate::host::Host;
use crate::host::facts::{Facts, gather_facts};
use crate::host::lock::{Judgement, LockOwner, gather_controller, judge, probe_alive};
use crate::options::DeployOptions;
use crate::steps::Kind;
use crate::steps::describe::{Described, describe};
use crate::target::Target;
use crate::target::layout::Slot;

/// What is wanted of a host.
#[derive(Clone, Copy, Debug)]
pub enum Wish<'w> {
    Deploy(&'w Artifact),
    /// To the release whose id this is or begins; without it to the last good one.
    Rollback {
        to: Option<&'w str>,
    },
}

impl Wish<'_> {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Deploy(_) => Kind::Deploy,
            Self::Rollback { .. } => Kind::Rollback,
        }
    }
}

/// What a deploy or a rollback would find and do on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    pub host: String,
    pub kind: Kind,
    pub release: String,
    pub slot: Slot,
    /// The slot that serves now.
    pub from: Option<Slot>,
    /// The release that serves now.
    pub previous: Option<String>,
    /// It waits in standby, and would only be promoted.
    pub warm: bool,
    /// There would be nothing to do.
    pub serves_already: bool,
    /// Who is at work there now.
    pub locked: Option<LockOwner>,
    /// An interrupted deploy of this release would be finished or undone first.
    pub unfinished: Option<String>,
    /// Why it would be refused; empty where it would not.
    pub reasons: Vec<String>,
    /// What somebody should look at soon; no reason to refuse.
    pub warnings: Vec<String>,
    /// Where the scripts of the steps are run.
    pub directory: String,
    pub as_root: bool,
    pub steps: Vec<Described>,
}

/// Looks at a host before anything is done there.
pub fn look(
    connection: &mut dyn Connection,
    target: &Target,
    wish: Wish<'_>,
    options: &DeployOptions,
) -> Result<Look, DeployError> {
    let mut host = Host::new(connection, target);
    let facts = gather_facts(&mut host).map_err(|error| error.refused(target))?;
    if !facts.has_root && target.runner.has_colours() {
        return Err(DeployError::Refused {
            host: target.host.clone(),
            reason: target.unprepared(),
        });
    }
    match wish {
        Wish::Deploy(artifact) => {
            artifact.check_trust(&target.trusted_keys)?;
            let goal = Goal {
                kind: Kind::Deploy,
                manifest: &artifact.manifest,
                artifact: Some(artifact),
            };
            Ok(look_at(target, &facts, &goal, options))
        }
        Wish::Rollback { to } => {
            let id = choose_release(&facts, to).map_err(|reason| DeployError::Refused {
                host: target.host.clone(),
                reason,
            })?;
            let manifest: Manifest =
                gather_manifest(&mut host, &id).map_err(|error| error.refused(target))?;
            let goal = Goal {
                kind: Kind::Rollback,
                manifest: &manifest,
                artifact: None,
            };
            Ok(look_at(target, &facts, &goal, options))
        }
    }
}

/// The same, as an error where the host would not take the release.
pub fn preflight(
    connection: &mut dyn Connection,
    target: &Target,
    wish: Wish<'_>,
    options: &DeployOptions,
) -> Result<Look, DeployError> {
    let look = look(connection, target, wish, options)?;
    let host = target.host.clone();
    if let Some(owner) = look.locked {
        return Err(DeployError::Locked {
            host,
            owner: Box::new(owner),
        });
    }
    if !look.reasons.is_empty() {
        let reason = look.reasons.join("; ");
        return Err(DeployError::Refused { host, reason });
    }
    Ok(look)
}

fn look_at(target: &Target, facts: &Facts, goal: &Goal<'_>, options: &DeployOptions) -> Look {
    let Plan {
        begin,
        warm,
        serves_already,
    } = plan_release(target, facts, goal, options);
    let lock = facts.lock.as_deref();
    let locked = match judge(lock, &gather_controller(), facts.host_now, probe_alive) {
        Judgement::Held(owner) => Some(*owner),
        Judgement::Free | Judgement::Stale { .. } => None,
    };
    let unfinished = facts.journal.unfinished().map(|deploy| deploy.release);
    // What an interrupted run leaves behind may look like anything until it is finished or undone.
    let findings = if serves_already || unfinished.is_some() {
        Findings::default()
    } else {
        examine(target, facts, goal.manifest, &begin, options)
    };
    let steps = if serves_already {
        Vec::new()
    } else {
        describe(target, &begin)
    };
    Look {
        host: target.host.clone(),
        kind: goal.kind,
        slot: begin.to,
        from: begin.from,
        warm,
        serves_already,
        locked,
        reasons: findings.refusals,
        warnings: findings.warnings,
        unfinished,
        directory: target.exam_root.clone(),
        as_root: target.needs_root(),
        steps,
        release: begin.release,
        previous: begin.previous,
    }
}
