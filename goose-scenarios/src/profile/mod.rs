//! What a load profile says: who, in which phases, how often, and which limits must hold.
//!
//! A profile is YAML. Unknown keys are refused, because a misspelt gate that is silently
//! ignored is a gate that always passes.

mod check;
mod derive;
mod expand;
mod gates;
mod load;
mod phase;
mod quantity;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

pub use derive::{ExamFacts, derive_profile};
pub use gates::{GateDefaults, Gates, LatencyLimits, PhaseGates};
pub use load::{Overrides, ProfileError, ProfileSource};
pub use phase::{Kills, Phase, Scenario, Shape};
pub use quantity::parse_duration;
pub(crate) use quantity::{render_duration, render_milliseconds, render_share};

use quantity::{DurationText, ShareText, deserialize_duration, deserialize_share};

/// Most users of one run: beyond it, even several generators prove nothing any more.
const USERS_LIMIT: u32 = 50_000;

/// A whole load profile, valid, with `exam_day` phases taken apart.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Stands in reports, and runs of the same name can be compared.
    pub name: String,
    pub users: Users,
    /// Same seed, same timetable, same answers.
    pub seed: u64,
    pub client: Client,
    /// One after the other.
    pub phases: Vec<Phase>,
    #[serde(default)]
    pub generator: GeneratorLimits,
    pub gates: Gates,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// From 1 to 50000.
    #[schemars(range(min = 1, max = 50_000))]
    pub count: u32,
}

/// How the students' browsers behave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The longest wait for one response, body included.
    #[serde(deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub timeout: Duration,
    /// How often one save, submission or resumption is sent, the first time included.
    #[schemars(range(min = 1, max = 20))]
    pub save_attempts: u32,
}

/// When the generator itself counts as too slow to judge a server.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorLimits {
    /// Lateness of a task that only sleeps, 99th percentile.
    #[serde(deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub canary_p99: Duration,
    /// Lateness of a step whose student waited for nothing but the clock, 99th percentile.
    #[serde(deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub idle_lag_p99: Duration,
    /// Largest share of its processors that the generator may use, over the whole run.
    #[serde(deserialize_with = "deserialize_share")]
    #[schemars(with = "ShareText")]
    pub cpu: f64,
    /// Largest share of time in which something on the generator's machine waited for a processor (`some avg10` of the
    /// kernel's pressure figures). Not judged where the server runs on the same machine.
    #[serde(deserialize_with = "deserialize_share")]
    #[schemars(with = "ShareText")]
    pub pressure: f64,
    /// Largest share of time that a hypervisor took away.
    #[serde(deserialize_with = "deserialize_share")]
    #[schemars(with = "ShareText")]
    pub steal: f64,
    /// How far the clocks of several generators may be uncertain against each other, and how far one may jump.
    #[serde(deserialize_with = "deserialize_duration")]
    #[schemars(with = "DurationText")]
    pub clock: Duration,
    /// How many times the busiest planned rate must be reached before the run on an endpoint that does nothing.
    /// 0 leaves the calibration out.
    #[schemars(range(min = 0, max = 10))]
    pub headroom: u32,
}

impl Default for GeneratorLimits {
    fn default() -> Self {
        Self {
            canary_p99: Duration::from_millis(10),
            idle_lag_p99: Duration::from_millis(20),
            cpu: 0.7,
            pressure: 0.2,
            steal: 0.05,
            clock: Duration::from_millis(100),
            headroom: 3,
        }
    }
}

impl Profile {
    /// From the first step to the end of the last phase, as planned.
    pub fn duration(&self) -> Duration {
        self.phases.iter().map(Phase::whole).sum()
    }

    /// Since the run began, when each phase begins and ends.
    pub(crate) fn windows(&self) -> Vec<(Duration, Duration)> {
        let mut at = Duration::ZERO;
        let windows = self.phases.iter().map(|phase| {
            let begins = at;
            at += phase.whole();
            (begins, at)
        });
        windows.collect()
    }
}

#[cfg(test)]
mod tests;
