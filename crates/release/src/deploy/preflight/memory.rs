//! Is there memory for a second release beside the one that serves?

use crate::deploy::preflight::Findings;
use crate::host::facts::Facts;
use crate::journal::Begin;
use crate::target::Target;

/// What serves may be small now and grow with its students.
const GROWTH_PERCENT: u64 = 150;

/// What waits in the slot that is taken goes before the new release comes.
pub(super) fn check_memory(findings: &mut Findings, target: &Target, facts: &Facts, begin: &Begin) {
    if !target.runner.has_colours() {
        return;
    }
    let resources = &facts.resources;
    let of_slot = |slot| resources.slot_memory.get(&slot).copied();
    let serving = begin.from.and_then(of_slot);
    let needed = match (target.limits.colour_memory_mib, serving) {
        (Some(mib), _) => mib << 20,
        (None, Some(bytes)) => bytes / 100 * GROWTH_PERCENT,
        // A first release, or one whose runner hides its process: nothing to go by.
        (None, None) => return,
    };
    let Some(free) = resources.free_memory_bytes else {
        findings.warn("the host does not tell how much memory is free");
        return;
    };
    let free = free.saturating_add(of_slot(begin.to).unwrap_or(0));
    if free < needed {
        let why = if target.limits.colour_memory_mib.is_some() {
            "`exam_colour_memory_mib`"
        } else {
            "half as much again as the one that serves takes; `exam_colour_memory_mib` says otherwise"
        };
        findings.refuse(format!(
            "{} MiB of memory are free, a second release needs {} MiB ({why})",
            free >> 20,
            needed.div_ceil(1 << 20)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::facts_of;
    use crate::journal::tests::journal;

    fn found(vars: &str, facts: &str) -> Vec<String> {
        let target = Target::from_vars("h", &serde_json::from_str(vars).unwrap()).unwrap();
        // From blue to green.
        let begin = *journal(&["a: upload"]).unfinished().unwrap().begin.unwrap();
        let mut findings = Findings::default();
        check_memory(&mut findings, &target, &facts_of(facts), &begin);
        findings.refusals.append(&mut findings.warnings);
        findings.refusals
    }

    #[test]
    fn a_second_release_needs_half_as_much_again_as_the_first_takes() {
        let set = r#"{"exam_colour_memory_mib": 50}"#;
        for (vars, facts, expected) in [
            ("{}", "memory_kib 154000\nrss blue 102400\n", ""),
            (
                "{}",
                "memory_kib 102400\nrss blue 102400\n",
                "100 MiB of memory are free, a second release needs 150 MiB",
            ),
            // What waits in green makes room.
            (
                "{}",
                "memory_kib 102400\nrss blue 102400\nrss green 61440\n",
                "",
            ),
            (set, "memory_kib 60000\nrss blue 102400\n", ""),
            (set, "memory_kib 40960\n", "40 MiB of memory are free"),
            ("{}", "memory_kib 1\n", ""),
            ("{}", "rss blue 102400\n", "does not tell how much memory"),
            (
                r#"{"runner": "process", "exam_root": "/srv/x"}"#,
                "memory_kib 1\nrss blue 9\n",
                "",
            ),
        ] {
            let found = found(vars, facts).join("; ");
            assert_eq!(found.is_empty(), expected.is_empty(), "{facts}: {found}");
            assert!(found.contains(expected), "{facts}: {found}");
        }
    }
}
