//! Lateness, collected while a run goes on, and the verdict on it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{GeneratorHealth, system::Used};
use crate::{
    profile::{GeneratorLimits, render_duration, render_share},
    record::Latencies,
};

/// How long the canary sleeps each time.
const CANARY_PERIOD: Duration = Duration::from_millis(10);

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
            self.observed().canary.record(due.elapsed());
        }
    }

    pub(crate) fn idle_step_was_late(&self, lateness: Duration) {
        self.observed().idle_lag.record(lateness);
    }

    pub(crate) fn request_failed_here(&self) {
        self.observed().local_failures += 1;
    }

    pub(crate) fn breached(&self, reason: String) {
        self.observed().breaches.push(reason);
    }

    fn observed(&self) -> MutexGuard<'_, Observed> {
        // A panic elsewhere leaves these counts whole: each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was observed, with a sentence for each limit broken.
    pub(crate) fn judge(&self, limits: &GeneratorLimits, used: &Used) -> GeneratorHealth {
        let observed = self.observed();
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
        for (what, share, limit) in [
            ("it used", used.cpu, limits.cpu),
            (
                "something on its machine waited for a processor in",
                used.pressure,
                limits.pressure,
            ),
            ("a hypervisor took away", used.steal, limits.steal),
        ] {
            breaches.extend(share.filter(|share| *share > limit).map(|share| {
                format!(
                    "{what} {} of the time of its processors (limit {})",
                    render_share(share),
                    render_share(limit)
                )
            }));
        }
        if used.clock_jump.is_some_and(|jump| jump > limits.clock) {
            let jump = used.clock_jump.unwrap_or_default();
            breaches.push(format!(
                "its clock jumped by {} during the run",
                render_duration(jump)
            ));
        }
        GeneratorHealth {
            canary_p99_ms: canary.map(milliseconds),
            canary_samples: observed.canary.samples(),
            idle_lag_p99_ms: idle_lag.map(milliseconds),
            local_failures: observed.local_failures,
            cpu: used.cpu,
            cores_used: used.cores,
            memory_bytes: used.memory_bytes,
            pressure: used.shown_pressure,
            steal: used.steal,
            breaches,
            ..GeneratorHealth::default()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn punctual() -> HealthMonitor {
        let monitor = HealthMonitor::default();
        monitor.observed().canary.record(Duration::from_millis(1));
        monitor
    }

    fn breaches(monitor: &HealthMonitor, used: &Used) -> Vec<String> {
        monitor.judge(&GeneratorLimits::default(), used).breaches
    }

    #[test]
    fn late_canary_is_a_breach_and_a_punctual_one_is_not() {
        let monitor = punctual();
        assert_eq!(breaches(&monitor, &Used::default()), Vec::<String>::new());
        monitor.observed().canary.record(Duration::from_millis(80));
        let breaches = breaches(&monitor, &Used::default());
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert!(breaches[0].contains("limit 10ms"), "{breaches:?}");
    }

    #[test]
    fn unmeasured_generator_is_not_a_healthy_one() {
        assert_eq!(
            breaches(&HealthMonitor::default(), &Used::default()).len(),
            1
        );
    }

    #[test]
    fn lag_and_local_failures_are_breaches() {
        let monitor = punctual();
        monitor.idle_step_was_late(Duration::from_secs(1));
        monitor.request_failed_here();
        monitor.breached("the ledger is full".into());
        assert_eq!(breaches(&monitor, &Used::default()).len(), 3);
    }

    #[test]
    fn each_thing_that_the_system_tells_has_its_breach() {
        let within = Used {
            cpu: Some(0.69),
            pressure: Some(0.19),
            steal: Some(0.04),
            clock_jump: Some(Duration::from_millis(90)),
            ..Used::default()
        };
        assert_eq!(breaches(&punctual(), &within), Vec::<String>::new());
        let beyond = Used {
            cpu: Some(0.71),
            pressure: Some(0.21),
            steal: Some(0.06),
            clock_jump: Some(Duration::from_millis(110)),
            ..Used::default()
        };
        let breaches = breaches(&punctual(), &beyond);
        for words in [
            "it used 71%",
            "waited for a processor in 21%",
            "hypervisor took away 6%",
            "jumped by 110ms",
        ] {
            assert!(
                breaches.iter().any(|breach| breach.contains(words)),
                "{words}: {breaches:?}"
            );
        }
    }
}
