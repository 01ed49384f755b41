//! Is the host prepared for any release, and does it stand as its files say?

use crate::host::facts::Facts;
use crate::runner::RunnerState;
use crate::target::layout::Slot;
use crate::target::{RunnerKind, Target};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};

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
}
