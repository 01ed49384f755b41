//! What does the service's own program say of its database, and of a copy? It is always there; `sqlite3` is not.
//!
//! It runs as the account of the service: what it leaves beside the database belongs to the service.

use std::fmt::Write as _;
use std::time::Duration;

use provision::connections::{Output, quote};
use serde::Deserialize;

use crate::backup::database::Database;
use crate::backup::manifest::{Contents, Counted, Restored};
use crate::backup::restore::preview::Loss;
use crate::host::session::Session;
use crate::host::{StepError, USUAL, said};
use crate::steps::perform::binary_script;
use crate::target::Target;

/// Less than the lease of the lock.
pub(crate) const COPYING: Duration = Duration::from_mins(10);

/// What is known of the database in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) database: Database,
    /// `None`: there is none yet, or it cannot be read.
    pub(crate) contents: Option<Contents>,
    /// Why it cannot be read.
    pub(crate) problem: Option<String>,
}

/// How far one release's schema is from a database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) release: String,
    /// Migrations that the database lacks; `None`: the release could not say.
    pub(crate) pending: Option<usize>,
}

#[derive(Deserialize)]
struct Description {
    database: String,
    exists: bool,
    #[serde(default)]
    problem: Option<String>,
    #[serde(flatten)]
    contents: Option<Contents>,
}

#[derive(Deserialize)]
struct MigrationStatus {
    pending: Vec<serde_json::Value>,
}

/// The first of these releases whose program can copy a database.
pub(crate) fn probe_tool(
    session: &mut Session<'_>,
    candidates: &[String],
) -> Result<String, StepError> {
    let target = session.host.target;
    let mut script = String::new();
    for release in candidates {
        let probe = binary_script(target, release, "backup --help");
        // Writing to a String cannot fail.
        writeln!(
            script,
            "if ( {probe} ) >/dev/null 2>&1; then echo {release}; exit 0; fi"
        )
        .ok();
    }
    let output = session.host.run(&script, "", USUAL)?;
    match output.text() {
        release if output.success() && !release.is_empty() => Ok(release),
        _ => Err(StepError::Failed(format!(
            "no release here can copy the database (asked: {}): deploy one of this version first",
            candidates.join(", ")
        ))),
    }
}

/// Asks for the database in use.
pub(crate) fn describe(session: &mut Session<'_>, tool: &str) -> Result<Described, StepError> {
    let script = binary_script(session.host.target, tool, "backup");
    let output = session.host.run(&script, "", COPYING)?;
    // One that cannot be read is described as well: where it is, and why.
    parse_description(&output.text()).map_err(|reason| {
        StepError::Failed(if output.success() {
            reason
        } else {
            format!("the database cannot be found: {}", said(&output))
        })
    })
}

pub(crate) fn parse_description(text: &str) -> Result<Described, String> {
    let description: Description = parse(text, "backup")?;
    Ok(Described {
        database: Database::from_url(&description.database)?,
        contents: description.contents.filter(|_| description.exists),
        problem: description.problem,
    })
}

/// How many migrations the database lacks that this release has.
pub(crate) fn count_pending(session: &mut Session<'_>, release: &str) -> Result<usize, StepError> {
    let script = binary_script(session.host.target, release, "migrate --status");
    let output = session.host.run(&script, "", USUAL)?;
    if !output.success() {
        return Err(StepError::Failed(format!(
            "`migrate --status` of the new release: {}",
            said(&output)
        )));
    }
    parse_pending(&output.text()).map_err(StepError::Failed)
}

fn parse_pending(text: &str) -> Result<usize, String> {
    parse::<MigrationStatus>(text, "migrate --status").map(|status| status.pending.len())
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str, verb: &str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("`exam-service {verb}` printed what cannot be read: {error}"))
}

/// A scratch database made from a copy: its place, and the script that makes, reads and removes it.
pub(crate) struct Scratch<'s> {
    /// The file with the copy.
    pub(crate) copy: &'s str,
    /// Beside the database in use.
    pub(crate) directory: &'s str,
    /// The release whose program reads it.
    pub(crate) tool: &'s str,
    /// Releases that are asked whether the schema fits them.
    pub(crate) releases: &'s [String],
    pub(crate) compare: bool,
}

/// What the database in use has beyond a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Compared {
    #[serde(default)]
    pub(crate) now: Option<Contents>,
    #[serde(default)]
    pub(crate) now_problem: Option<String>,
    #[serde(default)]
    pub(crate) lost: Option<Loss>,
}

/// What reading a scratch database gave.
pub(crate) struct Read {
    pub(crate) restored: Restored,
    pub(crate) fits: Vec<Fit>,
    /// What is in use, held against it, where that was asked for.
    pub(crate) compared: Compared,
}

/// Restores a copy into a scratch database, has all of it read, and removes it again.
pub(crate) fn probe_scratch(
    session: &mut Session<'_>,
    scratch: &Scratch<'_>,
) -> Result<Read, StepError> {
    session.renew(COPYING)?;
    let script = scratch_script(session.host.target, scratch);
    let output = session.host.run(&script, "", COPYING)?;
    parse_scratch(&output)
        .map_err(|reason| StepError::Failed(format!("{} does not count: {reason}", scratch.copy)))
}

pub(crate) fn scratch_script(target: &Target, scratch: &Scratch<'_>) -> String {
    let file = format!("{}/exam-backup-scratch.db", scratch.directory);
    let place = quote(&file);
    let copy = quote(scratch.copy);
    let owner = target.exam_user.as_ref().map_or(String::new(), |user| {
        format!("chown {}: {place} || exit 1\n", quote(user))
    });
    let compare = if scratch.compare { " --compare" } else { "" };
    let verify = binary_script(
        target,
        scratch.tool,
        &format!("backup-verify{compare} {place}"),
    );
    let mut script = format!(
        "umask 077\n\
         trap 'rm -f {place} {place}-wal {place}-shm {place}-journal' EXIT\n\
         rm -f {place} {place}-wal {place}-shm {place}-journal\n\
         cp {copy} {place} || exit 1\n{owner}\
         sum=$(sha256sum < {copy}) && bytes=$(stat -c %s {copy}) || exit 1\n\
         echo \"sha256 ${{sum%% *}}\"\necho \"bytes $bytes\"\n\
         found=$({verify}); status=$?\n\
         printf 'found %s\\n' \"$found\"\n\
         [ $status -eq 0 ] || exit $status\n"
    );
    for release in scratch.releases {
        let status = binary_script(target, release, "migrate --status").replacen(
            "umask 077; ",
            &format!(
                "umask 077; export DATABASE_URL={}; ",
                quote(&format!("sqlite://{file}"))
            ),
            1,
        );
        let line = format!("echo \"fit {release} $( {status} 2>/dev/null | tr -d '\\n' )\"");
        writeln!(script, "{line}").ok();
    }
    script
}

fn parse_scratch(output: &Output) -> Result<Read, String> {
    let text = output.text();
    let line = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
    };
    let found = line("found").filter(|found| !found.is_empty());
    if !output.success() {
        let problems = found
            .and_then(|found| serde_json::from_str::<Counted>(found).ok())
            .map(|counted| counted.problems.join("; "))
            .filter(|problems| !problems.is_empty());
        return Err(problems.unwrap_or_else(|| said(&without_output(output))));
    }
    let (Some(sha256), Some(bytes), Some(found)) = (line("sha256"), line("bytes"), found) else {
        return Err("what was read of it was cut off".to_owned());
    };
    Ok(Read {
        restored: Restored {
            sha256: sha256.to_owned(),
            bytes: bytes.parse().unwrap_or_default(),
            counted: parse(found, "backup-verify")?,
        },
        fits: text.lines().filter_map(parse_fit).collect(),
        compared: parse(found, "backup-verify")?,
    })
}

fn parse_fit(line: &str) -> Option<Fit> {
    let fit = line.strip_prefix("fit ")?;
    let (release, status) = fit.split_once(' ').unwrap_or((fit, ""));
    Some(Fit {
        release: release.to_owned(),
        pending: parse_pending(status).ok(),
    })
}

/// What went wrong is on standard error; the rest was read already.
fn without_output(output: &Output) -> Output {
    Output {
        stdout: Vec::new(),
        ..output.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(status: i32, stdout: &str, stderr: &str) -> Output {
        Output {
            status,
            stdout: stdout.as_bytes().to_vec(),
            stderr: stderr.as_bytes().to_vec(),
        }
    }

    const FOUND: &str = r#"{"database":"sqlite:///d/exam.db","bytes":9,"problems":[],"schema":["0001_a"],"tables":{"users":1},"last_answer_at":null}"#;

    #[test]
    fn what_the_service_says_of_its_database_is_read() {
        let described = parse_description(
            r#"{"database":"sqlite:///d/exam.db","exists":true,"bytes":9,"schema":["0001_a"],"tables":{"users":1},"last_answer_at":null}"#,
        )
        .unwrap();
        assert_eq!(described.database.path(), "/d/exam.db");
        assert_eq!(described.contents.unwrap().rows(), 1);
        let none = r#"{"database":"sqlite:///d/exam.db","exists":false}"#;
        assert_eq!(parse_description(none).unwrap().contents, None);
        let broken = none.replace("false", "true,\"problem\":\"no database\"");
        let described = parse_description(&broken).unwrap();
        assert_eq!(described.contents, None);
        assert_eq!(described.problem.as_deref(), Some("no database"));
        assert!(parse_description("usage").is_err());
    }

    #[test]
    fn pending_migrations_are_counted_however_they_are_described() {
        for (text, expected) in [
            (r#"{"applied":[],"pending":["0001_a","0002_b"]}"#, Ok(2)),
            (
                r#"{"applied":[],"pending":[{"name":"0001_a","kind":"expand"}],"unknown":[]}"#,
                Ok(1),
            ),
            (r#"{"applied":["0001_a"],"pending":[]}"#, Ok(0)),
        ] {
            assert_eq!(parse_pending(text), expected, "{text}");
        }
        assert!(parse_pending("").is_err());
    }

    #[test]
    fn a_scratch_database_is_read_with_the_releases_that_fit_it() {
        let text = format!(
            "sha256 ab\nbytes 9\nfound {FOUND}\nfit a {{\"pending\":[]}}\nfit b {{\"pending\":[\"0002_b\"]}}\nfit c \n"
        );
        let read = parse_scratch(&output(0, &text, "")).unwrap();
        assert_eq!(
            (read.restored.sha256.as_str(), read.restored.bytes),
            ("ab", 9)
        );
        let fits: Vec<_> = read
            .fits
            .iter()
            .map(|fit| (fit.release.as_str(), fit.pending))
            .collect();
        assert_eq!(fits, [("a", Some(0)), ("b", Some(1)), ("c", None)]);
        assert_eq!(read.compared, Compared::default());
    }

    #[test]
    fn a_scratch_database_that_is_damaged_says_how() {
        let reason = |output| parse_scratch(&output).map(drop).unwrap_err();
        let damaged = FOUND.replace("[],\"schema", "[\"Tree 2 page 3\"],\"schema");
        let text = format!("sha256 ab\nbytes 9\nfound {damaged}\n");
        assert_eq!(
            reason(output(1, &text, "exam-service: damaged")),
            "Tree 2 page 3"
        );
        let text = "sha256 ab\nbytes 9\nfound \n";
        assert_eq!(
            reason(output(1, text, "file is not a database")),
            "file is not a database (exit status 1)"
        );
        assert_eq!(
            reason(output(0, "sha256 ab\n", "")),
            "what was read of it was cut off"
        );
    }
}
