//! Which steps does a deploy or a rollback take, in which order, and what does each one undo?
//!
//! Pure: the doing is in `perform.rs`, the undoing in `undo.rs`.

pub(crate) mod bake;
pub mod describe;
pub(crate) mod gate;
pub(crate) mod load;
pub(crate) mod migrate;
pub(crate) mod perform;
pub(crate) mod prove;
pub(crate) mod schema;
pub(crate) mod settings;
pub(crate) mod undo;
pub(crate) mod upload;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::target::RunnerKind;

/// One thing that changes or proves something on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The files of the release arrive. Undo: what is incomplete goes; a complete one may stay.
    Upload,
    /// The new binary reads the host's settings. Changes nothing.
    CheckSettings,
    /// The database is copied, and the copy read back, where the next step will change its schema. Kept.
    Backup,
    /// The database gains what the new release needs. Never undone: harmless to the old release.
    Migrate,
    /// Everything stops and no slot names a release: nobody has the database open. Undo: all as before.
    Close,
    /// What a restore will take away is backed up. Kept.
    Keep,
    /// A backup takes the place of the database. Undo: the database comes back.
    Restore,
    /// What runs in the slot stops. Undo: it is started again.
    Stop,
    /// The slot names the new release. Undo: it names the old one.
    Link,
    /// The new release starts. Undo: it stops.
    Start,
    /// The new release must say that it is ready, several times in a row. Changes nothing.
    Gate,
    /// The new release must be the one that was sent. Changes nothing.
    Smoke,
    /// The new release must bear the load of a small exam. Undo: the accounts that sat it go.
    Load,
    /// `active` names the new slot: the point of no return. Undo: it names the old one.
    Activate,
    /// The new release opens its public port. Undo: it goes back into standby.
    Promote,
    /// The old release finishes what it holds and goes into standby. Undo: it is promoted.
    Retire,
    /// The new release must answer where students reach it. Changes nothing.
    Verify,
    /// The new release must do as well as its limits say and the old one did, for a while. Changes nothing.
    Bake,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::CheckSettings => "check-settings",
            Self::Backup => "backup",
            Self::Migrate => "migrate",
            Self::Close => "close",
            Self::Keep => "keep",
            Self::Restore => "restore",
            Self::Stop => "stop",
            Self::Link => "link",
            Self::Start => "start",
            Self::Gate => "gate",
            Self::Smoke => "smoke",
            Self::Load => "load",
            Self::Activate => "activate",
            Self::Promote => "promote",
            Self::Retire => "retire",
            Self::Verify => "verify",
            Self::Bake => "bake",
        }
    }

    /// From here on an interrupted deploy is finished, before it is undone.
    pub fn is_past_no_return(self) -> bool {
        matches!(
            self,
            Self::Activate | Self::Promote | Self::Retire | Self::Verify | Self::Bake
        )
    }

    /// Whether Ctrl-C ends it, and undoes the deploy. While it bakes a release is in service, but the
    /// old one is warm.
    pub(crate) fn is_interruptible(self) -> bool {
        !self.is_past_no_return() || self == Self::Bake
    }

    /// Whether there is anything to take back.
    pub(crate) fn has_undo(self) -> bool {
        !matches!(
            self,
            Self::CheckSettings
                | Self::Backup
                | Self::Migrate
                | Self::Keep
                | Self::Gate
                | Self::Smoke
                | Self::Verify
                | Self::Bake
        )
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What the steps lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Deploy,
    Rollback,
}

/// The steps of a release, in order.
///
/// `warm`: the slot runs the release already, in standby. `replaces`: another slot serves.
pub(crate) fn plan_steps(runner: RunnerKind, kind: Kind, warm: bool, replaces: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    if kind == Kind::Deploy {
        steps.extend([
            Step::Upload,
            Step::CheckSettings,
            Step::Backup,
            Step::Migrate,
        ]);
    } else if !warm {
        steps.push(Step::CheckSettings);
    }
    if !warm {
        steps.extend([Step::Stop, Step::Link, Step::Start]);
    }
    steps.extend([Step::Gate, Step::Smoke, Step::Activate]);
    if runner.has_colours() {
        steps.push(Step::Promote);
        if replaces {
            steps.push(Step::Retire);
        }
        steps.push(Step::Verify);
    }
    steps
}

/// The steps of a release that is started on a backup: nothing may run meanwhile, so no other colour is left warm.
pub(crate) fn plan_restore_steps(runner: RunnerKind) -> Vec<Step> {
    let mut steps = vec![
        Step::CheckSettings,
        Step::Close,
        Step::Keep,
        Step::Restore,
        Step::Link,
        Step::Start,
        Step::Gate,
        Step::Smoke,
        Step::Activate,
    ];
    if runner.has_colours() {
        steps.extend([Step::Promote, Step::Verify]);
    }
    steps
}

/// The same with the load that a release must bear before it is activated. Only a new one must: going back is a
/// way out of trouble.
pub(crate) fn with_load(mut steps: Vec<Step>, kind: Kind) -> Vec<Step> {
    let smoke = steps.iter().position(|step| *step == Step::Smoke);
    if let Some(smoke) = smoke.filter(|_| kind == Kind::Deploy) {
        steps.insert(smoke + 1, Step::Load);
    }
    steps
}

/// Whether a release is watched after its cutover: only where there is another one to go back to,
/// and never one that was gone back to.
pub(crate) fn bakes(runner: RunnerKind, kind: Kind, replaces: bool, bake: Duration) -> bool {
    runner.has_colours() && kind == Kind::Deploy && replaces && !bake.is_zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_release_with_an_old_one_beside_it_is_watched() {
        let minute = Duration::from_mins(1);
        let bakes_as = |runner, kind, replaces| bakes(runner, kind, replaces, minute);
        assert!(bakes_as(RunnerKind::Systemd, Kind::Deploy, true));
        assert!(!bakes_as(RunnerKind::Systemd, Kind::Deploy, false));
        assert!(!bakes_as(RunnerKind::Systemd, Kind::Rollback, true));
        assert!(!bakes_as(RunnerKind::Process, Kind::Deploy, true));
        let none = Duration::ZERO;
        assert!(!bakes(RunnerKind::Systemd, Kind::Deploy, true, none));
    }

    #[test]
    fn a_load_comes_before_students_can_reach_the_release_and_never_on_the_way_back() {
        use RunnerKind::{Process, Supervisor};
        let of = |runner, kind| joined(&with_load(plan_steps(runner, kind, false, true), kind));
        for runner in [Supervisor, Process] {
            let deploy = of(runner, Kind::Deploy);
            assert!(deploy.contains(" gate smoke load activate"), "{deploy}");
            let back = of(runner, Kind::Rollback);
            assert!(back.contains(" gate smoke activate"), "{back}");
        }
    }

    fn names(runner: RunnerKind, kind: Kind, warm: bool, replaces: bool) -> String {
        joined(&plan_steps(runner, kind, warm, replaces))
    }

    fn joined(steps: &[Step]) -> String {
        steps
            .iter()
            .map(|step| step.name())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn every_way_to_a_release_has_its_steps() {
        use Kind::{Deploy, Rollback};
        use RunnerKind::{Process, Supervisor};
        for (runner, kind, warm, replaces, expected) in [
            (
                Supervisor,
                Deploy,
                false,
                true,
                "upload check-settings backup migrate stop link start gate smoke activate promote retire verify",
            ),
            (
                Supervisor,
                Deploy,
                false,
                false,
                "upload check-settings backup migrate stop link start gate smoke activate promote verify",
            ),
            (
                Supervisor,
                Rollback,
                true,
                true,
                "gate smoke activate promote retire verify",
            ),
            (
                Supervisor,
                Rollback,
                false,
                true,
                "check-settings stop link start gate smoke activate promote retire verify",
            ),
            (
                Process,
                Deploy,
                false,
                false,
                "upload check-settings backup migrate stop link start gate smoke activate",
            ),
            (
                Process,
                Rollback,
                false,
                false,
                "check-settings stop link start gate smoke activate",
            ),
        ] {
            assert_eq!(names(runner, kind, warm, replaces), expected);
        }
    }
}
