//! Rules for one endpoint in one phase: errors, what was sent of what was planned, latencies.

use super::{Evidence, blame, rule, share};
use crate::{
    judge::Verdict,
    profile::{GateDefaults, LatencyLimits, render_duration, render_milliseconds, render_share},
    report::{EndpointReport, PhaseReport, RuleResult},
};

/// One endpoint in its phase, with the limits that hold there.
struct Judged<'a> {
    evidence: &'a Evidence<'a>,
    phase: &'a str,
    endpoint: &'a EndpointReport,
    limits: GateDefaults,
}

pub(super) fn rules(evidence: &Evidence<'_>, phase: &PhaseReport) -> Vec<RuleResult> {
    let gates = &evidence.profile.gates;
    let mut rules = Vec::new();
    for endpoint in &phase.endpoints {
        let judged = Judged {
            evidence,
            phase: &phase.name,
            endpoint,
            limits: gates.of_phase(&phase.name),
        };
        rules.push(judged.error_rate());
        if endpoint.offered > 0 {
            rules.push(judged.achieved());
        }
        if let Some(limits) = gates.latencies(&phase.name, endpoint.name) {
            rules.extend(judged.latencies(limits));
        }
    }
    rules
}

/// A limit for what no phase did: a gate that judged nothing did not pass.
pub(super) fn unseen(evidence: &Evidence<'_>) -> Vec<RuleResult> {
    let gates = &evidence.profile.gates;
    let in_phases = gates.phases.iter().flat_map(|(phase, gates)| {
        gates
            .endpoints
            .keys()
            .map(move |endpoint| (Some(phase.as_str()), *endpoint))
    });
    let everywhere = gates.endpoints.keys().map(|endpoint| (None, *endpoint));
    let all = everywhere.chain(in_phases);
    let unseen = all.filter(|(wanted, endpoint)| {
        let mut phases = evidence.phases.iter();
        !phases.any(|phase| {
            wanted.is_none_or(|wanted| wanted == phase.name)
                && phase.endpoints.iter().any(|seen| seen.name == *endpoint)
        })
    });
    unseen
        .map(|(phase, endpoint)| {
            let place = phase.map_or_else(
                || "every phase".to_owned(),
                |phase| format!("phase {phase}"),
            );
            let id = format!("unseen/{}/{endpoint}", phase.unwrap_or("all"));
            let base = rule(
                id,
                endpoint.name(),
                format!("has limits in {place}"),
                "never done".to_owned(),
                0,
            );
            base.ends(
                Verdict::Inconclusive,
                "nothing in the profile does this, so its limits judge nothing",
            )
        })
        .collect()
}

impl Judged<'_> {
    fn rule(&self, kind: &str, text: String, observed: String, samples: u64) -> RuleResult {
        let id = format!("{}/{kind}/{}", self.phase, self.endpoint.name);
        let subject = format!("{}: {}", self.phase, self.endpoint.name);
        rule(id, &subject, text, observed, samples)
    }

    fn error_rate(&self) -> RuleResult {
        let endpoint = self.endpoint;
        let limit = self.limits.error_rate;
        let rate = share(endpoint.failed, endpoint.sent);
        let base = self.rule(
            "error_rate",
            format!("error rate <= {}", render_share(limit)),
            rate.map_or_else(|| "no request".into(), render_share),
            endpoint.sent,
        );
        match rate {
            None => base.ends(Verdict::Inconclusive, "no request was sent"),
            Some(rate) if rate > limit => {
                let worst = endpoint
                    .by_status
                    .iter()
                    .filter(|(status, _)| !status.starts_with('2'))
                    .max_by_key(|(_, count)| **count)
                    .map_or_else(String::new, |(status, count)| {
                        format!(", mostly {status} ({count})")
                    });
                let reason = format!(
                    "{} of {} requests failed{worst}",
                    endpoint.failed, endpoint.sent
                );
                base.ends(Verdict::Fail, reason)
            }
            Some(_) => base,
        }
    }

    fn achieved(&self) -> RuleResult {
        let endpoint = self.endpoint;
        let limit = self.limits.achieved_of_offered;
        let achieved = share(endpoint.started, endpoint.offered);
        let base = self.rule(
            "achieved",
            format!("sent >= {} of planned", render_share(limit)),
            achieved.map_or_else(|| "nothing planned".into(), render_share),
            endpoint.offered,
        );
        match achieved {
            None => base.ends(Verdict::Inconclusive, "the plan held no such operation"),
            Some(achieved) if achieved < limit => {
                let reason = format!(
                    "{} of {} operations were sent",
                    endpoint.started, endpoint.offered
                );
                base.ends(blame(self.evidence), reason)
            }
            Some(_) => base,
        }
    }

    fn latencies(&self, limits: &LatencyLimits) -> Vec<RuleResult> {
        let latency = self.endpoint.intended;
        let wanted = [
            ("p50", limits.p50, latency.map(|latency| latency.p50_ms)),
            ("p95", limits.p95, latency.map(|latency| latency.p95_ms)),
            ("p99", limits.p99, latency.map(|latency| latency.p99_ms)),
        ];
        let min_samples = limits.min_samples.unwrap_or(self.limits.min_samples);
        let samples = latency.map_or(0, |latency| latency.samples);
        wanted
            .into_iter()
            .filter_map(|(name, limit, observed)| Some((name, limit?, observed)))
            .map(|(name, limit, observed)| {
                let base = self.rule(
                    &format!("latency.{name}"),
                    format!("{name} <= {}", render_duration(limit)),
                    observed.map_or_else(|| "no success".into(), render_milliseconds),
                    samples,
                );
                match observed {
                    Some(observed) if samples >= min_samples.max(1) => {
                        if observed <= limit.as_secs_f64() * 1000.0 {
                            base
                        } else {
                            base.ends(blame(self.evidence), format!("over {samples} successes"))
                        }
                    }
                    _ => base.ends(
                        Verdict::Inconclusive,
                        format!("{samples} successes are too few: {min_samples} are needed"),
                    ),
                }
            })
            .collect()
    }
}
