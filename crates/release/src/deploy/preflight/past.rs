//! What does the past of this host say of the release?

use crate::host::facts::Facts;
use crate::steps::Step;

/// A release that failed here is not tried again by mistake.
pub(super) fn check_failed_before(
    facts: &Facts,
    release: &str,
    retry_failed: bool,
) -> Option<String> {
    let failed = facts
        .journal
        .failed_before(release)
        .filter(|_| !retry_failed)?;
    let step = failed.last_step.map_or("its gates", Step::name);
    let reason = failed.reason.as_deref().unwrap_or("no reason was noted");
    let reason = reason.lines().next().unwrap_or_default();
    Some(format!(
        "release {release} failed here before: `{step}` on {}, deployed by {}: {reason}; deploy a release in which that is mended, or, where the cause was not the release, this one with --retry-failed",
        failed.began, failed.who
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};
    use crate::journal::tests::journal;

    #[test]
    fn a_release_that_failed_here_is_not_tried_again_by_mistake() {
        let check = |story: &[&str], retry| {
            let mut facts = facts_of(HOST);
            facts.journal = journal(story);
            check_failed_before(&facts, "b", retry)
        };
        let failed = ["a: good", "b: upload gate undo! undone", "c: good"];
        let reason = check(&failed, false).unwrap();
        assert!(
            reason.starts_with("release b failed here before: `gate` on 2026-01-02T03:04:05.678Z, deployed by me@here: not ready;"),
            "{reason}"
        );
        assert!(reason.ends_with("with --retry-failed"), "{reason}");
        assert_eq!(check(&failed, true), None);
        for harmless in [
            &["a: gate undo! undone"][..],
            // The host's fault, or the moment's.
            &["b: upload undo undone"],
            // Good since.
            &["b: gate undo! undone", "b: gate good"],
            // The settings of the host, which are checked again before anything changes.
            &["b: upload check-settings undo! undone"],
            &["b: upload"],
        ] {
            assert_eq!(check(harmless, false), None, "{harmless:?}");
        }
    }
}
