//! Which backup belongs to which release? Pure.

use crate::backup::manifest::{Backup, last_of};
use crate::backup::service::Fit;
use crate::journal::{Journal, Outcome};

/// The backup with the database as `release` left it: the first one of a deploy that was taken when it was left, or
/// later before anything else was migrated.
pub(super) fn backup_before_leaving<'b>(
    journal: &Journal,
    backups: &'b [Backup],
    release: &str,
) -> Result<&'b Backup, String> {
    let deploys = journal.deploys();
    let left = deploys.iter().rposition(|deploy| {
        deploy.outcome == Some(Outcome::Good)
            && deploy.previous.as_deref() == Some(release)
            && deploy.release != release
    });
    let Some(left) = left else {
        return Err(format!(
            "the journal of this host does not say when release {release} was left, so no backup belongs to it: name one with `examctl backup restore`"
        ));
    };
    let since = deploys.get(left..).unwrap_or_default();
    let of_deploy = |deploy: &str| {
        backups
            .iter()
            .find(|backup| backup.manifest.deploy == deploy && backup.manifest.before.is_some())
    };
    since
        .iter()
        .filter(|deploy| deploy.outcome == Some(Outcome::Good))
        .find_map(|deploy| of_deploy(&deploy.deploy))
        .ok_or_else(|| {
            format!(
                "no backup was kept since release {release} was left: where nothing was migrated since, `examctl rollback` without --with-db is enough"
            )
        })
}

/// The first of these releases that the schema of the backup is complete for.
pub(super) fn release_that_fits(fits: &[Fit], schema: &[String]) -> Result<String, String> {
    if let Some(fit) = fits.iter().find(|fit| fit.pending == Some(0)) {
        return Ok(fit.release.clone());
    }
    let all: Vec<String> = fits
        .iter()
        .map(|fit| match fit.pending {
            Some(pending) => format!("{} needs {pending} more migrations", fit.release),
            None => format!("{} does not say", fit.release),
        })
        .collect();
    Err(format!(
        "no release here fits the schema of the backup ({}): {}; deploy the release that it was taken under again, then restore",
        last_of(schema),
        if all.is_empty() {
            "none is on this host".to_owned()
        } else {
            all.join(", ")
        }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::manifest::Why;
    use crate::backup::manifest::tests::backup;
    use crate::journal::tests::journal;

    #[test]
    fn the_backup_of_a_release_is_the_one_from_when_it_was_left() {
        let backups = [
            backup("1", Why::Deploy, "deploy-1"),
            backup("3", Why::Deploy, "deploy-3"),
        ];
        let choose = |story: &[&str], release: &str| {
            backup_before_leaving(&journal(story), &backups, release)
                .map_or_else(|reason| reason, |backup| backup.manifest.name.clone())
        };
        let story = ["a: good", "b: good", "c: good", "d: good"];
        assert_eq!(choose(&story, "a"), "1");
        // Nothing was migrated between b and c: what was taken before d is what b left, too.
        assert_eq!(choose(&story, "b"), "3");
        assert_eq!(choose(&story, "c"), "3");
        assert!(choose(&story, "d").contains("does not say when"));
        assert!(choose(&story[..3], "b").contains("no backup was kept"));
        // A deploy that was undone did not leave anything.
        let undone = ["a: good", "b: migrate undo! undone", "a: good", "c: good"];
        assert_eq!(choose(&undone, "a"), "3");
    }

    #[test]
    fn the_release_that_is_started_fits_the_schema() {
        let fits = |all: &[(&str, Option<usize>)]| {
            let fits: Vec<Fit> = all
                .iter()
                .map(|(release, pending)| Fit {
                    release: (*release).to_owned(),
                    pending: *pending,
                })
                .collect();
            release_that_fits(&fits, &["0001_a".to_owned()]).unwrap_or_else(|reason| reason)
        };
        assert_eq!(fits(&[("b", Some(0)), ("a", Some(0))]), "b");
        assert_eq!(fits(&[("b", Some(1)), ("c", None), ("a", Some(0))]), "a");
        let none = fits(&[("b", Some(1)), ("c", None)]);
        assert!(
            none.contains("(0001_a): b needs 1 more migrations, c does not say;"),
            "{none}"
        );
        assert!(fits(&[]).contains("none is on this host"));
    }
}
