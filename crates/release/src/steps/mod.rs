//! Which steps does a deploy or a rollback take, in which order, and what does each one undo?
//!
//! Pure: the doing is in `perform.rs`, the undoing in `undo.rs`.

pub(crate) mod bake;
pub mod describe;
pub(crate) mod gate;
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
    /// The database gains what the new release needs. Never undone: harmless to the old release.
    Migrate,
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
            Self::Migrate => "migrate",
            Self::Stop => "stop",
            Self::Link => "link",
            Self::Start => "start",
            Self::Gate => "gate",
            Self::Smoke => "smoke",
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
                | Self::Migrate
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
        steps.extend([Step::Upload, Step::CheckSettings, Step::Migrate]);
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

    fn names(runner: RunnerKind, kind: Kind, warm: bool, replaces: bool) -> String {
        let steps = plan_steps(runner, kind, warm, replaces);
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
                "upload check-settings migrate stop link start gate smoke activate promote retire verify",
            ),
            (
                Supervisor,
                Deploy,
                false,
                false,
                "upload check-settings migrate stop link start gate smoke activate promote verify",
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
                "upload check-settings migrate stop link start gate smoke activate",
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
