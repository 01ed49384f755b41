//! Was the generator itself fast enough to judge a server?
//!
//! A slow generator measures itself. What breaks a limit here makes a run inconclusive, never a
//! pass and never the server's fault.

mod calibration;
mod monitor;
mod system;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use calibration::{calibrate, headroom_breach};
pub(crate) use monitor::HealthMonitor;
pub(crate) use system::{Watch, check_limits};

/// What was observed about one generator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeneratorHealth {
    /// The host it ran on, `local` for this one.
    pub name: String,
    /// How many students were its.
    pub users: u32,
    /// Lateness of a task that only sleeps 10 ms at a time, in milliseconds.
    pub canary_p99_ms: Option<f64>,
    pub canary_samples: u64,
    /// Lateness of steps whose student waited only for the clock, in milliseconds.
    pub idle_lag_p99_ms: Option<f64>,
    /// Requests that failed here, not at the server: no descriptor, no local port.
    pub local_failures: u64,
    /// Share of its processors that the process used, over the whole run; missing where the system does not tell it.
    pub cpu: Option<f64>,
    /// In processors: 0.5 is half a core.
    pub cores_used: Option<f64>,
    /// The largest memory that the process had, in bytes.
    pub memory_bytes: Option<u64>,
    /// The largest share of time in which something on its machine waited for a processor.
    pub pressure: Option<f64>,
    /// Share of time that a hypervisor took away.
    pub steal: Option<f64>,
    /// Requests per second that it reached before the run on an endpoint that does nothing; it stops where that is
    /// enough.
    pub calibrated_rate: Option<f64>,
    /// The busiest rate that the plan asked of it, in requests per second.
    pub planned_rate: f64,
    /// How far its clock was from that of whoever led the run, in milliseconds; corrected before the start.
    pub clock_offset_ms: Option<f64>,
    /// How sure that is, in milliseconds.
    pub clock_uncertainty_ms: Option<f64>,
    /// Sentences; each alone makes the run inconclusive.
    pub breaches: Vec<String>,
}
