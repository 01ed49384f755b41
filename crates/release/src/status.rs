//! What is on a host: what serves, what could, who works on it, what was done? Reads only.

use provision::connections::Connection;
use serde::Serialize;

use crate::error::DeployError;
use crate::host::Host;
use crate::host::control::ServiceStatus;
use crate::host::facts::{Facts, SlotFacts, gather_facts};
use crate::host::lock::LockOwner;
use crate::journal::{Mark, Outcome, Past, PastDeploy};
use crate::runner::RunnerState;
use crate::target::Target;
use crate::target::layout::Slot;

/// A host as it is right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostStatus {
    pub host: String,
    /// Whether `exam_root` exists.
    pub prepared: bool,
    /// Whether a release answers students right now.
    pub healthy: bool,
    /// The slot that serves, or should.
    pub active: Option<Slot>,
    /// When the release of that slot was last put into service (RFC 3339), and by whom.
    pub since: Option<String>,
    pub by: Option<String>,
    pub slots: Vec<SlotStatus>,
    pub releases: Vec<ReleaseStatus>,
    /// A deploy that the next run will finish or undo.
    pub unfinished: Option<PastDeploy>,
    /// Who holds the lock.
    pub lock: Option<LockOwner>,
    pub last: Option<PastDeploy>,
}

impl HostStatus {
    /// What the active slot says of itself.
    pub fn service(&self) -> Option<&ServiceStatus> {
        let mut slots = self.slots.iter();
        let active = slots.find(|slot| Some(slot.slot) == self.active)?;
        active.service.as_ref()
    }

    /// The release that answers students right now.
    pub fn serving(&self) -> Option<&str> {
        let active = self
            .slots
            .iter()
            .find(|slot| Some(slot.slot) == self.active)?;
        let serves = active
            .service
            .as_ref()
            .is_some_and(ServiceStatus::is_serving);
        active.release.as_deref().filter(|_| serves)
    }
}

/// One slot of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotStatus {
    pub slot: Slot,
    pub release: Option<String>,
    /// Whether its runner says that it runs.
    pub running: bool,
    /// What it says of itself; `None` when it does not answer.
    pub service: Option<ServiceStatus>,
}

/// One release that lies on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseStatus {
    pub id: String,
    pub mark: Mark,
    /// Named by the active slot.
    pub active: bool,
}

/// Looks at a host; takes no lock and changes nothing.
pub fn status(connection: &mut dyn Connection, target: &Target) -> Result<HostStatus, DeployError> {
    let facts =
        gather_facts(&mut Host::new(connection, target)).map_err(|error| error.refused(target))?;
    Ok(describe(target, &facts))
}

/// The last `limit` deploys, rollbacks and notes, the newest first.
pub fn history(
    connection: &mut dyn Connection,
    target: &Target,
    limit: usize,
) -> Result<Vec<Past>, DeployError> {
    let facts =
        gather_facts(&mut Host::new(connection, target)).map_err(|error| error.refused(target))?;
    Ok(facts.journal.past(limit))
}

fn describe(target: &Target, facts: &Facts) -> HostStatus {
    let active = facts.serving_slot();
    let active_release = active.and_then(|slot| slot.release.clone());
    let marks = facts.journal.marks();
    let deploys = facts.journal.deploys();
    let begun = deploys.iter().rev().find(|deploy| {
        deploy.outcome == Some(Outcome::Good) && Some(&deploy.release) == active_release.as_ref()
    });
    let serves = |slot: &SlotFacts| slot.status.as_ref().is_some_and(ServiceStatus::is_serving);
    HostStatus {
        host: target.host.clone(),
        prepared: facts.has_root,
        healthy: active.is_some_and(serves),
        since: begun.and_then(|deploy| deploy.ended.clone()),
        by: begun.map(|deploy| deploy.who.clone()),
        active: active.map(|slot| slot.slot),
        slots: facts
            .slots
            .iter()
            .map(|slot| SlotStatus {
                slot: slot.slot,
                release: slot.release.clone(),
                running: matches!(slot.runner, RunnerState::Running | RunnerState::Starting),
                service: slot.status.clone(),
            })
            .collect(),
        releases: facts
            .releases
            .iter()
            .map(|id| ReleaseStatus {
                id: id.clone(),
                mark: marks.get(id).copied().unwrap_or(Mark::Untried),
                active: active_release.as_ref() == Some(id),
            })
            .collect(),
        unfinished: facts.journal.unfinished(),
        lock: facts
            .lock
            .as_deref()
            .and_then(|owner| serde_json::from_str(owner).ok()),
        last: deploys.last().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};
    use crate::journal::tests::written;

    #[test]
    fn a_status_says_what_serves_and_what_every_release_is_worth() {
        let target = Target::from_vars("exam-1", &serde_json::Map::new()).unwrap();
        let text = format!(
            "{HOST}{}",
            written(&["a: good", "b: gate undo! undone", "c: upload"])
        );
        let status = describe(&target, &facts_of(&text));
        assert_eq!(
            (status.active, status.serving()),
            (Some(Slot::Blue), Some("a"))
        );
        let releases: Vec<_> = status
            .releases
            .iter()
            .map(|r| (r.id.as_str(), r.mark, r.active))
            .collect();
        assert_eq!(releases, [("a", Mark::Good, true), ("b", Mark::Bad, false)]);
        assert!(status.healthy);
        assert_eq!(status.since.as_deref(), Some("2026-01-02T03:04:05.678Z"));
        assert_eq!(status.by.as_deref(), Some("me@here"));
        assert_eq!(status.unfinished.unwrap().release, "c");
    }
}
