//! Which releases may leave a host? Never one that a slot names, and never the last good ones.

use provision::connections::{Connection, quote};

use crate::error::DeployError;
use crate::event::Events;
use crate::host::StepError;
use crate::host::facts::Facts;
use crate::host::session::Session;
use crate::options::DeployOptions;
use crate::runner::runner_of;
use crate::target::Target;

/// Removes releases beyond the last `keep` good ones; returns what was removed.
pub fn prune(
    connection: &mut dyn Connection,
    target: &Target,
    keep: usize,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<Vec<String>, DeployError> {
    let (mut session, facts) = Session::open(connection, target, options, events)?;
    let result = remove(&mut session, plan_prune(&facts, keep)).and_then(|removed| {
        if !removed.is_empty() {
            session.record_note("prune", &format!("removed {}", removed.join(", ")))?;
        }
        Ok(removed)
    });
    session.close();
    result.map_err(|error| match error {
        StepError::Connection(error) => DeployError::Unreachable(error),
        error => DeployError::StepFailed {
            host: target.host.clone(),
            step: "prune",
            reason: error.reason(),
            after: "The release that serves is not affected.".to_owned(),
        },
    })
}

/// The same at the end of a deploy; the deploy is good even where this fails.
pub(crate) fn prune_after_deploy(session: &mut Session<'_>) {
    let keep = session.host.target.keep_releases;
    let result = session.phase("prune", |session| {
        session
            .host
            .must_run("shorten the journal", SHORTEN_JOURNAL)?;
        let facts = session.gather_facts()?;
        remove(session, plan_prune(&facts, keep))
    });
    match result {
        Ok(removed) if !removed.is_empty() => {
            session.note(format!("removed {}", removed.join(", ")));
        }
        Ok(_) => {}
        Err(error) => session.note(format!("old releases stay on the host: {}", error.reason())),
    }
}

/// What may go while the last `keep` good releases stay.
pub(crate) fn plan_prune(facts: &Facts, keep: usize) -> Vec<String> {
    if facts.journal.unfinished().is_some() {
        return Vec::new();
    }
    let good = facts.journal.proved_releases();
    let kept: Vec<&String> = good
        .iter()
        .filter(|id| facts.releases.contains(id))
        .take(keep)
        .collect();
    // The latest failure stays as evidence.
    let failed = facts
        .journal
        .deploys()
        .into_iter()
        .rev()
        .find(|deploy| deploy.blame)
        .map(|deploy| deploy.release);
    let is_named = |id: &String| {
        facts
            .slots
            .iter()
            .any(|slot| slot.release.as_ref() == Some(id))
    };
    let complete = facts
        .releases
        .iter()
        .filter(|id| !kept.contains(id) && failed.as_ref() != Some(id) && !is_named(id));
    let partial = facts
        .partial_releases
        .iter()
        .map(|id| format!("{id}.partial"));
    complete.cloned().chain(partial).collect()
}

/// A journal past 2 MiB loses all but its last MiB, so that reading it stays quick.
const SHORTEN_JOURNAL: &str = "if [ \"$(wc -c < journal.jsonl)\" -gt 2097152 ]; then\n\
     umask 077; tail -c 1048576 journal.jsonl | tail -n +2 > journal.new && sync journal.new && mv -fT journal.new journal.jsonl\n\
     fi";

fn remove(session: &mut Session<'_>, names: Vec<String>) -> Result<Vec<String>, StepError> {
    if !names.is_empty() {
        let layout = session.host.target.layout();
        let paths: Vec<String> = names
            .iter()
            .map(|name| quote(&layout.release(name)))
            .collect();
        session.host.must_run(
            "remove old releases",
            &format!("rm -rf -- {}", paths.join(" ")),
        )?;
        runner_of(session.host.target).forget(&mut session.host, &names)?;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};
    use crate::journal::tests::journal;

    fn pruned(story: &[&str], releases: &[&str], keep: usize) -> String {
        let mut facts = facts_of(HOST);
        facts.partial_releases.clear();
        facts.releases = releases.iter().map(|id| (*id).to_owned()).collect();
        facts.journal = journal(story);
        plan_prune(&facts, keep).join(" ")
    }

    #[test]
    fn the_last_good_releases_and_the_named_ones_stay() {
        // `a` and `b` are named by the colours of this host.
        let all = ["a", "b", "c", "d", "e", "f"];
        let story = ["c: good", "d: good", "e: good", "a: good", "b: good"];
        assert_eq!(pruned(&story, &all, 3), "c d f");
        assert_eq!(pruned(&story, &all, 1), "c d e f");
        assert_eq!(pruned(&story, &all, 9), "f");
        assert_eq!(pruned(&[], &all, 1), "c d e f");
        // One that was left by a rollback may be wanted again.
        assert_eq!(
            pruned(&["c: good", "d: good", "back-to c: good"], &all, 2),
            "e f"
        );
    }

    #[test]
    fn failed_releases_do_not_push_out_good_ones_and_the_latest_stays_as_evidence() {
        let story = [
            "c: good",
            "d: undo! undone",
            "e: undo! undone",
            "f: undo! undone",
        ];
        assert_eq!(pruned(&story, &["a", "b", "c", "d", "e", "f"], 1), "d e");
    }

    #[test]
    fn nothing_goes_while_a_deploy_is_unfinished() {
        assert_eq!(
            pruned(&["c: good", "d: upload"], &["a", "b", "c", "d", "e"], 1),
            ""
        );
    }

    #[test]
    fn cut_off_uploads_go() {
        assert_eq!(plan_prune(&facts_of(HOST), 3), ["c.partial"]);
    }
}
