//! May this release go to this host now? Every reason against it at once; pure.

use crate::artifact::manifest::{Manifest, TARGET_ANY};
use crate::deploy::prune::plan_prune;
use crate::host::control::ServiceStatus;
use crate::host::facts::{Facts, SlotFacts};
use crate::runner::RunnerState;
use crate::target::layout::Slot;
use crate::target::{RunnerKind, Target};

/// Room for the release and for a second one while it arrives.
const SPACE_FACTOR: u64 = 2;

/// Reasons not to begin; empty when there are none.
pub(crate) fn check_host(target: &Target, facts: &Facts) -> Vec<String> {
    let mut reasons = Vec::new();
    if !facts.has_env_file {
        let advice = if target.runner.has_colours() {
            "prepare the host with `examctl apply` first"
        } else {
            "write the service's settings there first"
        };
        reasons.push(format!("{} does not exist: {advice}", target.exam_env_file));
    }
    if target.runner == RunnerKind::Process && !facts.has_examctl {
        reasons.push(format!(
            "{} cannot be run, nothing would keep the service up",
            target.examctl_binary
        ));
    }
    for slot in &facts.slots {
        if let (RunnerKind::Docker, RunnerState::Unknown(reason)) = (target.runner, &slot.runner) {
            // One engine for both: what is wrong with it is said once, in its own words.
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        } else if let (true, RunnerState::Unknown(line)) =
            (target.runner.has_colours(), &slot.runner)
        {
            reasons.push(format!(
                "{} does not know the {} exam-service (`{line}`): prepare the host with `examctl apply` first",
                target.runner.name(),
                slot.slot
            ));
        }
    }
    reasons
}

/// Reasons why the release cannot run there.
pub(crate) fn check_release(facts: &Facts, manifest: &Manifest, present: bool) -> Vec<String> {
    let mut reasons = Vec::new();
    let architecture = manifest.target.split('-').next().unwrap_or_default();
    if manifest.target != TARGET_ANY && architecture != facts.architecture {
        reasons.push(format!(
            "the release is for {architecture}, the host is {}",
            facts.architecture
        ));
    }
    match (manifest.min_glibc, facts.glibc) {
        (Some(needed), Some(found)) if found < needed => reasons.push(format!(
            "the release needs glibc {needed}, the host has {found}: pack it with --static, or on a system as old as the host"
        )),
        (Some(needed), None) => reasons.push(format!(
            "the release needs glibc {needed}, the host does not say that it has any: pack it with --static"
        )),
        _ => {}
    }
    let needed = manifest.size_bytes().saturating_mul(SPACE_FACTOR);
    if !present && facts.free_bytes < needed {
        let removable = plan_prune(facts, 1);
        let advice = if removable.is_empty() {
            "none of the releases there can be spared, so the room must come from elsewhere"
                .to_owned()
        } else {
            format!(
                "these releases can be removed from the host's `releases` directory: {} (a lower `exam_keep_releases` keeps fewer)",
                removable.join(", ")
            )
        };
        reasons.push(format!(
            "{} MiB are free on the host's disk, {} MiB are needed: {advice}",
            facts.free_bytes >> 20,
            (needed >> 20) + 1
        ));
    }
    reasons
}

/// Why the slot that is to be stopped must not be: it serves, whatever `active` says.
pub(crate) fn check_idle(
    target: &Target,
    facts: &Facts,
    from: Option<Slot>,
    to: Slot,
) -> Option<String> {
    let status = facts.slot(to)?.status.as_ref()?;
    (status.is_serving() && from != Some(to)).then(|| {
        let named = from.map_or("no colour", Slot::name);
        format!(
            "the release on {to} serves students, although {root}/active names {named}: write `{to}` into that file if it is the right one, or end its service with `{root}/colours/{to}/exam-service control --admin {address} standby`",
            root = target.exam_root,
            address = target.admin_address(to),
        )
    })
}

/// Why the slot that serves may not be taken from its students now.
pub(crate) fn check_open_exams(serving: Option<&SlotFacts>, during_exam: bool) -> Option<String> {
    let serving = serving.filter(|_| !during_exam)?;
    match (&serving.status, &serving.runner) {
        (Some(status), _) => check_open_attempts(&Ok(status.clone())),
        (None, RunnerState::Running | RunnerState::Starting) => Some(format!(
            "the release on {} runs but does not answer, so nobody can tell whether exams are open: look at `examctl logs`, or add --during-exam",
            serving.slot
        )),
        _ => None,
    }
}

/// Why a release that says this, or says nothing, must not be taken from its students.
pub(crate) fn check_open_attempts(status: &Result<ServiceStatus, String>) -> Option<String> {
    match status {
        Ok(status) if status.open_attempts == 0 => None,
        Ok(status) => Some(format!(
            "{} exam attempts are open: wait until they are submitted, or add --during-exam",
            status.open_attempts
        )),
        Err(silence) => Some(format!(
            "nobody can tell whether exams are open: wait until the service answers, or add --during-exam ({silence})"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::manifest::tests::sample;
    use crate::host::facts::tests::{HOST, facts_of};

    fn reasons(host: &str, spoil: fn(&mut Manifest)) -> String {
        let (facts, mut manifest) = (facts_of(host), sample());
        spoil(&mut manifest);
        let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        let mut reasons = check_host(&target, &facts);
        reasons.extend(check_release(&facts, &manifest, false));
        reasons.join("\n")
    }

    #[test]
    fn a_prepared_host_takes_a_release_that_fits() {
        assert_eq!(reasons(HOST, |_| ()), "");
    }

    #[test]
    fn everything_that_speaks_against_a_release_is_said_at_once() {
        let host = HOST
            .replace("glibc 2.36", "glibc 2.31")
            .replace("env_file yes\n", "")
            .replace("free_kib 1000000", "free_kib 10")
            .replace(
                "runner green exam-service-green EXITED Nov 20",
                "runner green exam-service-green: ERROR (no such process)",
            );
        let reasons = reasons(&host, |manifest| {
            manifest.files[0].size = 100 << 20;
            manifest.target = "aarch64-unknown-linux-gnu".to_owned();
        });
        for expected in [
            "exam-service.env does not exist",
            "does not know the green exam-service (`exam-service-green: ERROR (no such process)`)",
            "needs glibc 2.34, the host has 2.31",
            "for aarch64, the host is x86_64",
            "201 MiB are needed: these releases can be removed from the host's `releases` directory: c.partial",
        ] {
            assert!(
                reasons.contains(expected),
                "{reasons}\nshould contain: {expected}"
            );
        }
    }

    #[test]
    fn a_process_needs_somebody_to_keep_it_running() {
        let root = std::path::Path::new("/home/x/demo");
        let target = Target::process(root, std::path::Path::new("/nowhere/examctl")).unwrap();
        let reasons = check_host(&target, &facts_of(HOST));
        assert_eq!(
            reasons,
            ["/nowhere/examctl cannot be run, nothing would keep the service up"]
        );
    }

    #[test]
    fn a_static_release_and_a_script_need_no_glibc() {
        let host = HOST.replace("glibc 2.36", "glibc ");
        assert!(reasons(&host, |_| ()).contains("needs glibc 2.34"));
        assert_eq!(reasons(&host, |manifest| manifest.min_glibc = None), "");
    }

    #[test]
    fn open_exams_are_not_interrupted_without_a_word() {
        let check =
            |host: &str, during_exam| check_open_exams(facts_of(host).serving_slot(), during_exam);
        assert!(
            check(HOST, false)
                .unwrap()
                .starts_with("3 exam attempts are open")
        );
        assert_eq!(check(HOST, true), None);
        assert_eq!(check(&HOST.replace(":3}", ":0}"), false), None);
        let silent = HOST.replace("status blue {", "status blue ");
        assert!(check(&silent, false).unwrap().contains("does not answer"));
        let dead = silent.replace("RUNNING pid 7, uptime 0:10:00", "FATAL");
        assert_eq!(check(&dead, false), None);
    }

    #[test]
    fn a_colour_that_serves_is_never_taken_for_an_idle_one() {
        let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        let check = |from, to| check_idle(&target, &facts_of(HOST), from, to);
        assert_eq!(check(Some(Slot::Blue), Slot::Green), None);
        for (from, named) in [
            (Some(Slot::Green), "names green"),
            (None, "names no colour"),
        ] {
            let reason = check(from, Slot::Blue).unwrap();
            assert!(reason.contains("blue serves students"), "{reason}");
            assert!(reason.contains(named), "{reason}");
        }
    }

    #[test]
    fn silence_at_the_cutover_is_not_taken_for_an_empty_hall() {
        let status = |open: &str| {
            let text = format!(r#"{{"state":"serving","version":"1","open_attempts":{open}}}"#);
            ServiceStatus::parse(&text).ok_or_else(|| "timed out".to_owned())
        };
        assert_eq!(check_open_attempts(&status("0")), None);
        assert!(
            check_open_attempts(&status("2"))
                .unwrap()
                .starts_with("2 exam")
        );
        let silent = check_open_attempts(&Err("timed out".to_owned())).unwrap();
        assert!(silent.contains("add --during-exam (timed out)"), "{silent}");
    }
}
