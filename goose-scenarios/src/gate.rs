//! Pass, fail, inconclusive or corrupt? Pure: what was observed against the profile's limits.
//!
//! A gate must not go green on a dead system, so nothing here is true by default: no request is
//! not a low error rate, no success is not a low latency, and what was not checked did not pass.
//! A latency seen by a sick generator condemns nobody: it is inconclusive. An error is an error.

use crate::{
    health::GeneratorHealth,
    profile::{LatencyLimits, Profile},
    quantity::{render_duration, render_milliseconds, render_share},
    reconcile::Correctness,
    report::{EndedBy, EndpointReport, RuleResult, UsersReport},
    verdict::Verdict,
};

/// All that a verdict rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) ended_by: EndedBy,
    pub(crate) users: &'a UsersReport,
    pub(crate) endpoints: &'a [EndpointReport],
    /// Or why the stored answers could not be compared.
    pub(crate) correctness: Result<&'a Correctness, &'a str>,
    pub(crate) generator: &'a GeneratorHealth,
}

/// Every rule with its outcome, and the verdict of the run.
pub(crate) fn judge(evidence: &Evidence<'_>) -> (Vec<RuleResult>, Verdict) {
    let mut rules = vec![completion_rule(evidence.ended_by), users_rule(evidence)];
    for endpoint in evidence.endpoints {
        rules.push(error_rate_rule(evidence, endpoint));
        rules.push(achieved_rule(evidence, endpoint));
        if let Some(limits) = evidence.profile.gates.endpoints.get(&endpoint.name) {
            rules.extend(latency_rules(evidence, endpoint, limits));
        }
    }
    rules.extend(correctness_rules(evidence.correctness));
    rules.push(generator_rule(evidence.generator));
    let verdict = Verdict::of_all(rules.iter().map(|rule| rule.verdict));
    (rules, verdict)
}

/// A rule that holds until something is said against it.
fn rule(id: String, subject: &str, rule: String, observed: String, samples: u64) -> RuleResult {
    RuleResult {
        id,
        subject: subject.to_owned(),
        rule,
        observed,
        samples,
        verdict: Verdict::Pass,
        reason: String::new(),
    }
}

impl RuleResult {
    fn ends(mut self, verdict: Verdict, reason: impl Into<String>) -> Self {
        self.verdict = verdict;
        self.reason = reason.into();
        self
    }
}

fn completion_rule(ended_by: EndedBy) -> RuleResult {
    let base = rule(
        "run.completed".into(),
        "run",
        "runs to its end".into(),
        String::new(),
        1,
    );
    match ended_by {
        EndedBy::Completed => RuleResult {
            observed: "completed".into(),
            ..base
        },
        EndedBy::Interrupted => RuleResult {
            observed: "interrupted".into(),
            ..base
        }
        .ends(
            Verdict::Inconclusive,
            "the run was interrupted before its end",
        ),
    }
}

fn users_rule(evidence: &Evidence<'_>) -> RuleResult {
    let users = evidence.users;
    let base = rule(
        "users.dead".into(),
        "users",
        "every user goes through the whole exam".into(),
        format!("{} of {} finished", users.finished, users.planned),
        u64::from(users.planned),
    );
    if users.dead > 0 {
        let reason = users
            .reasons
            .first()
            .map_or("", |reason| reason.reason.as_str());
        return base.ends(
            Verdict::Fail,
            format!("{} users dead: {reason}", users.dead),
        );
    }
    if users.planned == 0 || users.finished < users.planned {
        return base.ends(Verdict::Inconclusive, "not every user came to the end");
    }
    base
}

fn error_rate_rule(evidence: &Evidence<'_>, endpoint: &EndpointReport) -> RuleResult {
    let limit = evidence.profile.gates.defaults.error_rate;
    let rate = share(endpoint.failed, endpoint.sent);
    let base = rule(
        format!("error_rate/{}", endpoint.name),
        endpoint.name.name(),
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

fn achieved_rule(evidence: &Evidence<'_>, endpoint: &EndpointReport) -> RuleResult {
    let limit = evidence.profile.gates.defaults.achieved_of_offered;
    let achieved = share(endpoint.started, endpoint.offered);
    let base = rule(
        format!("achieved/{}", endpoint.name),
        endpoint.name.name(),
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
            base.ends(blame(evidence), reason)
        }
        Some(_) => base,
    }
}

fn latency_rules(
    evidence: &Evidence<'_>,
    endpoint: &EndpointReport,
    limits: &LatencyLimits,
) -> Vec<RuleResult> {
    let latency = endpoint.intended;
    let wanted = [
        ("p50", limits.p50, latency.map(|latency| latency.p50_ms)),
        ("p95", limits.p95, latency.map(|latency| latency.p95_ms)),
        ("p99", limits.p99, latency.map(|latency| latency.p99_ms)),
    ];
    let min_samples = limits
        .min_samples
        .unwrap_or(evidence.profile.gates.defaults.min_samples);
    let samples = endpoint.intended.map_or(0, |latency| latency.samples);
    wanted
        .into_iter()
        .filter_map(|(name, limit, observed)| Some((name, limit?, observed)))
        .map(|(name, limit, observed)| {
            let base = rule(
                format!("latency.{name}/{}", endpoint.name),
                endpoint.name.name(),
                format!("{name} <= {}", render_duration(limit)),
                observed.map_or_else(|| "no success".into(), render_milliseconds),
                samples,
            );
            match observed {
                Some(observed) if samples >= min_samples.max(1) => {
                    if observed <= limit.as_secs_f64() * 1000.0 {
                        base
                    } else {
                        base.ends(blame(evidence), format!("over {samples} successes"))
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

/// Whom slowness condemns: the server, unless the generator was slow or cut short itself.
fn blame(evidence: &Evidence<'_>) -> Verdict {
    if evidence.generator.breaches.is_empty() && evidence.ended_by == EndedBy::Completed {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    }
}

fn correctness_rules(correctness: Result<&Correctness, &str>) -> Vec<RuleResult> {
    let correctness = match correctness {
        Ok(correctness) => correctness,
        Err(reason) => {
            let base = rule(
                "correctness.compared".into(),
                "answers",
                "stored answers are compared".into(),
                "not compared".into(),
                0,
            );
            return vec![base.ends(Verdict::Inconclusive, reason)];
        }
    };
    let acknowledged = rule(
        "correctness.acknowledged".into(),
        "answers",
        "at least one save is acknowledged".into(),
        format!("{} acknowledged", correctness.acked),
        correctness.sent,
    );
    let mut rules = vec![if correctness.acked == 0 {
        acknowledged.ends(
            Verdict::Inconclusive,
            "without an acknowledgement nothing was proved",
        )
    } else {
        acknowledged
    }];
    rules.extend(correctness.faults().into_iter().map(|(name, count)| {
        let base = rule(
            format!("correctness.{name}"),
            "answers",
            format!("{name} = 0"),
            count.to_string(),
            correctness.acked,
        );
        if count == 0 {
            return base;
        }
        let example = correctness.examples.first().cloned().unwrap_or_default();
        base.ends(Verdict::Corrupt, example)
    }));
    rules
}

fn generator_rule(generator: &GeneratorHealth) -> RuleResult {
    let base = rule(
        "generator.healthy".into(),
        "generator",
        "the generator is no bottleneck".into(),
        generator.canary_p99_ms.map_or_else(
            || "unknown".into(),
            |late| format!("{} late", render_milliseconds(late)),
        ),
        generator.canary_samples,
    );
    if generator.breaches.is_empty() {
        return base;
    }
    base.ends(Verdict::Inconclusive, generator.breaches.join("; "))
}

/// `part` of `whole`; of nothing there is no share.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below 2^52"
)]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests;
