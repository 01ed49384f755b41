//! Was the generator itself fast enough to judge a server?
//!
//! A slow generator measures itself. What breaks a limit here makes a run inconclusive, never a
//! pass and never the server's fault.

use std::{sync::Mutex, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{profile::GeneratorLimits, quantity::render_duration, recorder::Latencies};

/// How long the canary sleeps each time.
const CANARY_PERIOD: Duration = Duration::from_millis(10);
/// File descriptors a generator needs besides one connection and one spare per user.
const DESCRIPTORS_BESIDES_USERS: u64 = 64;

/// What was observed about the generator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GeneratorHealth {
    /// Lateness of a task that only sleeps 10 ms at a time, in milliseconds.
    pub canary_p99_ms: Option<f64>,
    pub canary_samples: u64,
    /// Lateness of steps whose student waited only for the clock, in milliseconds.
    pub idle_lag_p99_ms: Option<f64>,
    /// Requests that failed here, not at the server: no descriptor, no local port.
    pub local_failures: u64,
    /// Sentences; each alone makes the run inconclusive.
    pub breaches: Vec<String>,
}

/// Collects lateness while a run goes on.
#[derive(Debug, Default)]
pub(crate) struct HealthMonitor(Mutex<Observed>);

#[derive(Debug, Default)]
struct Observed {
    canary: Latencies,
    idle_lag: Latencies,
    local_failures: u64,
    breaches: Vec<String>,
}

impl HealthMonitor {
    /// Sleeps and notes how late it wakes, until dropped.
    pub(crate) async fn run_canary(&self) {
        loop {
            let due = Instant::now() + CANARY_PERIOD;
            tokio::time::sleep_until(due).await;
            let lateness = due.elapsed();
            self.observe(|observed| observed.canary.record(lateness));
        }
    }

    pub(crate) fn idle_step_was_late(&self, lateness: Duration) {
        self.observe(|observed| observed.idle_lag.record(lateness));
    }

    pub(crate) fn request_failed_here(&self) {
        self.observe(|observed| observed.local_failures += 1);
    }

    pub(crate) fn breached(&self, reason: String) {
        self.observe(|observed| observed.breaches.push(reason));
    }

    fn observe(&self, change: impl FnOnce(&mut Observed)) {
        // A panic elsewhere leaves these counts whole: each change is one step.
        let mut observed = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut observed);
    }

    /// What was observed, with a sentence for each limit broken.
    pub(crate) fn judge(&self, limits: &GeneratorLimits) -> GeneratorHealth {
        let observed = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let canary = observed.canary.quantile(0.99);
        let idle_lag = observed.idle_lag.quantile(0.99);
        let mut breaches = observed.breaches.clone();
        if canary.is_none() {
            breaches.push("the generator's own lateness was never measured".to_owned());
        }
        breaches.extend(late(
            "a task that only sleeps woke",
            canary,
            limits.canary_p99,
        ));
        breaches.extend(late(
            "steps of idle students were sent",
            idle_lag,
            limits.idle_lag_p99,
        ));
        if observed.local_failures > 0 {
            breaches.push(format!(
                "{} requests failed on the generator, for want of a file descriptor or a local port",
                observed.local_failures
            ));
        }
        GeneratorHealth {
            canary_p99_ms: canary.map(milliseconds),
            canary_samples: observed.canary.samples(),
            idle_lag_p99_ms: idle_lag.map(milliseconds),
            local_failures: observed.local_failures,
            breaches,
        }
    }
}

fn late(what: &str, observed: Option<Duration>, limit: Duration) -> Option<String> {
    let observed = observed.filter(|observed| *observed > limit)?;
    Some(format!(
        "{what} {} late (99th percentile, limit {})",
        render_duration(observed),
        render_duration(limit)
    ))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// File descriptors that a run with this many users needs.
pub(crate) fn descriptors_needed(users: u32) -> u64 {
    u64::from(users) * 2 + DESCRIPTORS_BESIDES_USERS
}

/// The soft limit of open files in the text of `/proc/self/limits`; nothing when it is unlimited
/// or not told.
pub(crate) fn parse_descriptor_limit(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// The soft limit of open files of this process, where the system tells it.
pub(crate) fn probe_descriptor_limit() -> Option<u64> {
    parse_descriptor_limit(&std::fs::read_to_string("/proc/self/limits").ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptor_limit_is_the_soft_one() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             127235               127235               processes \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(parse_descriptor_limit(text), Some(1024));
        assert_eq!(
            parse_descriptor_limit("Max open files unlimited unlimited files"),
            None
        );
        assert_eq!(parse_descriptor_limit(""), None);
    }

    #[test]
    fn late_canary_is_a_breach_and_a_punctual_one_is_not() {
        let monitor = HealthMonitor::default();
        monitor.observe(|observed| observed.canary.record(Duration::from_millis(1)));
        assert_eq!(
            monitor.judge(&GeneratorLimits::default()).breaches,
            Vec::<String>::new()
        );
        monitor.observe(|observed| observed.canary.record(Duration::from_millis(80)));
        let breaches = monitor.judge(&GeneratorLimits::default()).breaches;
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert!(breaches[0].contains("limit 10ms"), "{breaches:?}");
    }

    #[test]
    fn unmeasured_generator_is_not_a_healthy_one() {
        let health = HealthMonitor::default().judge(&GeneratorLimits::default());
        assert_eq!(health.breaches.len(), 1);
    }

    #[test]
    fn lag_and_local_failures_are_breaches() {
        let monitor = HealthMonitor::default();
        monitor.observe(|observed| observed.canary.record(Duration::from_millis(1)));
        monitor.idle_step_was_late(Duration::from_secs(1));
        monitor.request_failed_here();
        monitor.breached("the clock jumped".into());
        assert_eq!(monitor.judge(&GeneratorLimits::default()).breaches.len(), 3);
    }
}
