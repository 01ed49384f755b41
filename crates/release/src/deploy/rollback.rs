//! Brings back a release that was good before; one promotion away while it is warm.

use provision::connections::Connection;

use crate::deploy::recover::gather_manifest;
use crate::deploy::{Deployed, Goal, release, with_recovered_host};
use crate::error::DeployError;
use crate::event::Events;
use crate::host::facts::Facts;
use crate::journal::Mark;
use crate::options::DeployOptions;
use crate::steps::Kind;
use crate::target::Target;

/// Rolls back to the last good release, or to the one that `to` names (its id or a unique beginning).
///
/// The database stays as it is: migrations only add, so that older releases can live with it.
pub fn rollback(
    connection: &mut dyn Connection,
    target: &Target,
    to: Option<&str>,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<Deployed, DeployError> {
    with_recovered_host(connection, target, options, events, |session, facts| {
        let refused = |reason: String| DeployError::Refused {
            host: target.host.clone(),
            reason,
        };
        let id = choose_release(&facts, to).map_err(refused)?;
        if facts.journal.marks().get(&id) == Some(&Mark::Bad) {
            session.note(format!("release {id} failed when it was last deployed"));
        }
        let manifest =
            gather_manifest(&mut session.host, &id).map_err(|error| error.refused(target))?;
        let goal = Goal {
            kind: Kind::Rollback,
            manifest: &manifest,
            artifact: None,
        };
        release(session, &facts, &goal)
    })
}

pub(crate) fn choose_release(facts: &Facts, to: Option<&str>) -> Result<String, String> {
    let serving = facts.serving_slot().and_then(|slot| slot.release.as_ref());
    let Some(to) = to else {
        let good = facts.journal.good_releases();
        let mut candidates = good
            .into_iter()
            .filter(|id| Some(id) != serving && facts.releases.contains(id));
        return candidates.next().ok_or_else(|| {
            format!(
                "there is no other good release to go back to (on the host: {}; `--to ID` goes to any of them)",
                listed(&facts.releases)
            )
        });
    };
    if facts.releases.iter().any(|id| id == to) {
        return Ok(to.to_owned());
    }
    let matching: Vec<&String> = facts
        .releases
        .iter()
        .filter(|id| id.starts_with(to))
        .collect();
    match matching.as_slice() {
        [id] => Ok((*id).clone()),
        [] => Err(format!(
            "release {to} is not on the host (there are: {})",
            listed(&facts.releases)
        )),
        several => Err(format!(
            "`{to}` is the beginning of {} releases: give more of the id",
            several.len()
        )),
    }
}

fn listed(releases: &[String]) -> String {
    if releases.is_empty() {
        "none".to_owned()
    } else {
        releases.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};
    use crate::journal::tests::journal;

    fn choose(story: &[&str], to: Option<&str>) -> String {
        let mut facts = facts_of(HOST);
        facts.releases = ["a", "b", "bb1", "bb2"].map(str::to_owned).into();
        facts.journal = journal(story);
        choose_release(&facts, to).unwrap_or_else(|reason| reason)
    }

    #[test]
    fn the_way_back_leads_to_the_last_good_release_that_is_still_there() {
        let no_other = "there is no other good release to go back to (on the host: a, b, bb1, bb2; `--to ID` goes to any of them)";
        for (story, expected) in [
            (&["b: good", "a: good"][..], "b"),
            (&["bb1: good", "b: good", "a: good"], "b"),
            (&["bb1: good", "b: gate undo! undone", "a: good"], "bb1"),
            (&["bb1: good", "gone: good", "a: good"], "bb1"),
            (
                &["bb1: good", "a: good", "b: good", "back-to a: good"],
                "bb1",
            ),
            (&["a: good"], no_other),
            (&[], no_other),
        ] {
            assert_eq!(choose(story, None), expected, "{story:?}");
        }
    }

    #[test]
    fn a_named_release_is_found_by_a_unique_beginning() {
        assert_eq!(choose(&[], Some("b")), "b");
        assert_eq!(choose(&[], Some("bb2")), "bb2");
        assert_eq!(
            choose(&[], Some("bb")),
            "`bb` is the beginning of 2 releases: give more of the id"
        );
        assert_eq!(
            choose(&[], Some("x")),
            "release x is not on the host (there are: a, b, bb1, bb2)"
        );
    }
}
