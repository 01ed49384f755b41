//! The limits that decide the verdict: for every phase, and where a phase has its own.

use std::{collections::BTreeMap, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;

use super::quantity::{
    DurationText, ShareText, deserialize_optional_duration, deserialize_optional_share,
    deserialize_share,
};
use crate::record::Endpoint;

/// The limits that decide the verdict. Each holds in each phase.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    pub defaults: GateDefaults,
    /// Latency limits by endpoint name, such as `PUT answers`.
    #[serde(default)]
    pub endpoints: BTreeMap<Endpoint, LatencyLimits>,
    /// What holds in a phase of this name instead.
    #[serde(default)]
    pub phases: BTreeMap<String, PhaseGates>,
}

/// Limits that hold for every endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateDefaults {
    /// Largest share of requests that may fail.
    #[serde(deserialize_with = "deserialize_share")]
    #[schemars(with = "ShareText")]
    pub error_rate: f64,
    /// Fewest successes on which a latency may be judged.
    pub min_samples: u64,
    /// Smallest share of the planned operations that must have been sent.
    #[serde(deserialize_with = "deserialize_share")]
    #[schemars(with = "ShareText")]
    pub achieved_of_offered: f64,
}

/// What a phase has of its own. An endpoint named here has these limits and no others.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhaseGates {
    #[serde(deserialize_with = "deserialize_optional_share")]
    #[schemars(with = "Option<ShareText>")]
    pub error_rate: Option<f64>,
    pub min_samples: Option<u64>,
    #[serde(deserialize_with = "deserialize_optional_share")]
    #[schemars(with = "Option<ShareText>")]
    pub achieved_of_offered: Option<f64>,
    pub endpoints: BTreeMap<Endpoint, LatencyLimits>,
}

/// Limits on the latency of successful operations, from the intended moment to the last byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LatencyLimits {
    #[serde(deserialize_with = "deserialize_optional_duration")]
    #[schemars(with = "Option<DurationText>")]
    pub p50: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional_duration")]
    #[schemars(with = "Option<DurationText>")]
    pub p95: Option<Duration>,
    #[serde(deserialize_with = "deserialize_optional_duration")]
    #[schemars(with = "Option<DurationText>")]
    pub p99: Option<Duration>,
    /// Instead of the default.
    pub min_samples: Option<u64>,
}

impl Gates {
    /// The limits of a phase that hold for every endpoint.
    pub(crate) fn of_phase(&self, phase: &str) -> GateDefaults {
        let own = self.phases.get(phase);
        GateDefaults {
            error_rate: own
                .and_then(|own| own.error_rate)
                .unwrap_or(self.defaults.error_rate),
            min_samples: own
                .and_then(|own| own.min_samples)
                .unwrap_or(self.defaults.min_samples),
            achieved_of_offered: own
                .and_then(|own| own.achieved_of_offered)
                .unwrap_or(self.defaults.achieved_of_offered),
        }
    }

    /// The latency limits of an endpoint in a phase.
    pub(crate) fn latencies(&self, phase: &str, endpoint: Endpoint) -> Option<&LatencyLimits> {
        let own = self.phases.get(phase);
        own.and_then(|own| own.endpoints.get(&endpoint))
            .or_else(|| self.endpoints.get(&endpoint))
    }
}
