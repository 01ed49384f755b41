//! Can this release run on this host, and is there room for it?

use crate::artifact::manifest::{Manifest, TARGET_ANY};
use crate::deploy::prune::plan_prune;
use crate::host::facts::Facts;

/// Room for the release and for a second one while it arrives.
const SPACE_FACTOR: u64 = 2;

/// What the release takes of the host's disk; nothing where it is there.
pub(super) fn wanted_bytes(manifest: &Manifest, present: bool) -> u64 {
    if present {
        return 0;
    }
    manifest.size_bytes().saturating_mul(SPACE_FACTOR)
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
    let needed = wanted_bytes(manifest, present);
    if facts.free_bytes < needed {
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
