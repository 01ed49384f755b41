//! May this release go to this host now? Every reason against it at once; pure, one file per theme.

mod certificate;
mod clock;
pub(crate) mod exams;
mod fitting;
mod memory;
mod past;
mod prepared;
mod settings;
mod space;

use crate::artifact::manifest::Manifest;
use crate::host::facts::Facts;
use crate::journal::Begin;
use crate::options::DeployOptions;
use crate::steps::load::generator::check_generator;
use crate::steps::{Kind, Step};
use crate::target::Target;

/// What speaks against a release, and what somebody should look at soon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) refusals: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

impl Findings {
    fn refuse(&mut self, reason: impl Into<String>) {
        self.refusals.push(reason.into());
    }

    fn warn(&mut self, reason: impl Into<String>) {
        self.warnings.push(reason.into());
    }
}

/// Examines everything that is known before anything is done.
///
/// A rollback is a way out of trouble: what does not stand in its way right now only warns.
pub(crate) fn examine(
    target: &Target,
    facts: &Facts,
    manifest: &Manifest,
    begin: &Begin,
    options: &DeployOptions,
) -> Findings {
    let present = begin.kind == Kind::Rollback || facts.releases.contains(&manifest.id);
    let mut findings = Findings::default();
    findings
        .refusals
        .extend(prepared::check_host(target, facts));
    findings
        .refusals
        .extend(fitting::check_release(facts, manifest, present));
    if begin.steps.contains(&Step::Load) {
        let generator = options.generator.as_deref();
        let wanted_bytes = fitting::wanted_bytes(manifest, present);
        let reasons = check_generator(generator, facts, wanted_bytes);
        findings.refusals.extend(reasons);
    }
    // Whoever names a release to go back to knows what it is worth: the rollback says so.
    let retry_failed = options.retry_failed || begin.kind == Kind::Rollback;
    let failed = past::check_failed_before(facts, &manifest.id, retry_failed);
    findings.refusals.extend(failed);
    let idle = prepared::check_idle(target, facts, begin.from, begin.to);
    findings.refusals.extend(idle);
    findings.refusals.extend(exams::check_exams(
        facts.serving_slot(),
        facts.host_now,
        target.limits.quiet,
        options.during_exam,
    ));
    let status = facts.serving_slot().and_then(|slot| slot.status.as_ref());
    findings.warnings.extend(exams::mention_running(status));
    let mut health = Findings::default();
    space::check_space(&mut health, target, facts);
    memory::check_memory(&mut health, target, facts, begin);
    clock::check_clock(&mut health, facts.resources.skew);
    certificate::check_certificate(&mut health, &facts.resources.certificate, facts.host_now);
    settings::check_debug(&mut health, target, &facts.resources.settings);
    if begin.kind == Kind::Rollback {
        health.warnings.append(&mut health.refusals);
    }
    findings.refusals.append(&mut health.refusals);
    findings.warnings.append(&mut health.warnings);
    findings
}

#[cfg(test)]
mod tests;
