//! Pass, fail, inconclusive or corrupt? Pure: what was observed against the profile's limits.
//!
//! A gate must not go green on a dead system, so nothing here is true by default: no request is
//! not a low error rate, no success is not a low latency, and what was not checked did not pass.
//! A latency seen by a sick generator condemns nobody: it is inconclusive. An error is an error.

pub(crate) mod compare;
mod endpoints;
pub mod exit_code;
mod verdict;
mod whole;

use crate::{
    health::GeneratorHealth,
    profile::Profile,
    report::{EndedBy, PhaseReport, RuleResult, UsersReport},
    truth::Correctness,
};

pub use verdict::Verdict;

/// All that a verdict rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) ended_by: EndedBy,
    pub(crate) users: &'a UsersReport,
    pub(crate) phases: &'a [PhaseReport],
    /// Or why the stored answers could not be compared.
    pub(crate) correctness: Result<&'a Correctness, &'a str>,
    /// The same after a restart, where one was asked for.
    pub(crate) after_restart: Option<Result<&'a Correctness, &'a str>>,
    pub(crate) generators: &'a [GeneratorHealth],
}

/// Every rule with its outcome, and the verdict of the run.
pub(crate) fn judge(evidence: &Evidence<'_>) -> (Vec<RuleResult>, Verdict) {
    let mut rules = vec![
        whole::completion_rule(evidence.ended_by),
        whole::users_rule(evidence.users),
    ];
    for phase in evidence.phases {
        rules.extend(endpoints::rules(evidence, phase));
        rules.extend(whole::recovery_rules(evidence.profile, phase));
    }
    rules.extend(endpoints::unseen(evidence));
    // Where nothing is to be saved, there is nothing to compare.
    if evidence
        .profile
        .phases
        .iter()
        .any(|phase| phase.run.saves())
    {
        let correctness = evidence.correctness;
        rules.extend(whole::correctness_rules(
            "answers",
            "correctness",
            correctness,
        ));
        let after_restart = evidence.after_restart.into_iter();
        rules.extend(after_restart.flat_map(|correctness| {
            whole::correctness_rules("answers after the restart", "restart", correctness)
        }));
    }
    rules.extend(evidence.generators.iter().map(whole::generator_rule));
    let verdict = Verdict::of_all(rules.iter().map(|rule| rule.verdict));
    (rules, verdict)
}

/// Whom slowness condemns: the server, unless a generator was slow or cut short itself.
fn blame(evidence: &Evidence<'_>) -> Verdict {
    let is_healthy = evidence
        .generators
        .iter()
        .all(|generator| generator.breaches.is_empty());
    if is_healthy && !evidence.generators.is_empty() && evidence.ended_by == EndedBy::Completed {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    }
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
