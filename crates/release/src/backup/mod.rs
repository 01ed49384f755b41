//! Copies of a host's database: taken while it is in use, and counted only once they were restored into a scratch
//! database and every row was there. And the way back into place.
//!
//! | question | file |
//! |---|---|
//! | which database is it? | `database` |
//! | is there room? | `room` |
//! | what is a backup, and does it count? | `manifest` |
//! | what does the service's own program say? | `service` |
//! | how is one taken? | `take` |
//! | how does one come back into place, and what would that lose? | `restore` |

mod database;
mod manifest;
pub(crate) mod restore;
mod room;
mod service;
mod take;

use provision::connections::{Connection, quote};

pub use self::manifest::{Backup, BackupManifest, Contents, Why};
pub use self::restore::preview::{Confirm, Loss, LostRows, RestorePreview};
pub use self::restore::{restore, rollback_with_database};

use self::manifest::{differences, find, parse_list, plan_thinning};
pub(crate) use self::service::{Scratch, scratch_script};
pub(crate) use self::take::copy_script;

use self::service::{count_pending, describe, probe_scratch, probe_tool};
use self::take::{Purpose, take_backup};
use crate::error::DeployError;
use crate::event::Events;
use crate::host::facts::Facts;
use crate::host::session::Session;
use crate::host::{Host, StepError};
use crate::options::DeployOptions;
use crate::steps::perform::Work;
use crate::target::Target;

/// How a note in the journal calls a backup.
const NOTE: &str = "backup";
/// More backups than this in one place are not listed.
const LISTED_MAX: u32 = 2000;

/// Takes a backup of the database in use, and verifies it.
pub fn create(
    connection: &mut dyn Connection,
    target: &Target,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<BackupManifest, DeployError> {
    let (mut session, facts) = Session::open(connection, target, options, events)?;
    let result = session.phase("backup", |session| {
        let tool = probe_tool(session, &tools(&facts, &[]))?;
        let deploy = session.deploy_id();
        let serving = serving(&facts);
        let taken = take_backup(
            session,
            &Purpose {
                why: Why::ByHand,
                tool: &tool,
                deploy: &deploy,
                serving: serving.as_deref(),
                before: None,
            },
        )?
        .ok_or_else(|| StepError::Failed("there is no database yet to back up".to_owned()))?;
        session.record_note(NOTE, &format!("{} by hand", taken.name))?;
        Ok(taken)
    });
    session.close();
    result.map_err(|error| failed(target, "backup", error))
}

/// The backups of a host, oldest first; takes no lock and changes nothing.
pub fn list(connection: &mut dyn Connection, target: &Target) -> Result<Vec<Backup>, DeployError> {
    gather_backups(&mut Host::new(connection, target)).map_err(|error| error.refused(target))
}

/// Restores a backup into a scratch database and compares every count with its manifest.
///
/// `wanted`: `latest`, or a unique beginning of its name. Returns it with what is wrong with it, if anything is.
pub fn verify(
    connection: &mut dyn Connection,
    target: &Target,
    wanted: &str,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<Backup, DeployError> {
    let (mut session, facts) = Session::open(connection, target, options, events)?;
    let result = session.phase("verify-backup", |session| {
        let backups = gather_backups(&mut session.host)?;
        let mut backup = find(&backups, wanted).map_err(StepError::Failed)?.clone();
        if backup.problem.is_some() {
            return Ok(backup);
        }
        let tool = probe_tool(session, &tools(&facts, &[]))?;
        let database = describe(session, &tool)?.database;
        let scratch = Scratch {
            copy: &path_of(target, &backup.manifest),
            directory: database.directory(),
            tool: &tool,
            releases: &[],
            compare: false,
        };
        let reasons = match probe_scratch(session, &scratch) {
            Ok(read) => differences(&backup.manifest, &read.restored),
            Err(StepError::Failed(reason)) => vec![reason],
            Err(error) => return Err(error),
        };
        backup.problem = (!reasons.is_empty()).then(|| reasons.join("; "));
        Ok(backup)
    });
    session.close();
    result.map_err(|error| failed(target, "verify-backup", error))
}

/// The backup of a deploy, before the schema changes; nothing where it will not.
pub(crate) fn apply_backup(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let begin = work.begin;
    if count_pending(session, &begin.release)? == 0 {
        return Ok(());
    }
    let candidates: Vec<String> = [Some(&begin.release), begin.previous.as_ref()]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let tool = probe_tool(session, &candidates)?;
    let deploy = session.deploy_id();
    let taken = take_backup(
        session,
        &Purpose {
            why: Why::Deploy,
            tool: &tool,
            deploy: &deploy,
            serving: begin.previous.as_deref(),
            before: Some(&begin.release),
        },
    )?;
    match taken {
        None => Ok(()),
        Some(taken) => session.record_note(NOTE, &format!("{} before migrating", taken.name)),
    }
}

/// Removes the pre-deploy backups beyond those of the last deploys; the deploy is good even where this fails.
pub(crate) fn thin_after_deploy(session: &mut Session<'_>) {
    let keep = session.host.target.keep_backups;
    let result = gather_backups(&mut session.host).and_then(|backups| {
        let names = plan_thinning(&backups, keep);
        remove(session, &names).map(|()| names)
    });
    match result {
        Ok(names) if names.is_empty() => {}
        Ok(names) => session.note(format!("removed old backups: {}", names.join(", "))),
        Err(error) => session.note(format!("old backups stay: {}", error.reason())),
    }
}

/// The manifest goes first: a copy without one does not count.
fn remove(session: &mut Session<'_>, names: &[String]) -> Result<(), StepError> {
    if names.is_empty() {
        return Ok(());
    }
    let files = |end: &str| {
        let quoted = names.iter().map(|name| quote(&format!("{name}{end}")));
        quoted.collect::<Vec<_>>().join(" ")
    };
    let script = format!(
        "cd {} && rm -f -- {} && rm -f -- {}",
        quote(&session.host.target.backup_directory),
        files(".json"),
        files(".db")
    );
    session
        .host
        .must_run("remove old backups", &script)
        .map(drop)
}

fn gather_backups(host: &mut Host<'_>) -> Result<Vec<Backup>, StepError> {
    let script = format!(
        "cd {} 2>/dev/null || exit 0\n\
         ls | grep '\\.json$' | tail -n {LISTED_MAX} | while IFS= read -r json; do\n\
         size=$(stat -c %s \"${{json%.json}}.db\" 2>/dev/null) || size=-\n\
         echo \"$size $(head -c 65536 \"$json\" | tr -d '\\n')\"\n\
         done",
        quote(&host.target.backup_directory)
    );
    let output = host.run_anywhere(&script, "", crate::host::USUAL)?;
    if !output.success() {
        return Err(StepError::Failed(format!(
            "cannot list the backups: {}",
            crate::host::said(&output)
        )));
    }
    Ok(parse_list(&output.text()))
}

/// The file with the copy.
fn path_of(target: &Target, manifest: &BackupManifest) -> String {
    format!("{}/{}", target.backup_directory, manifest.file())
}

/// Releases that may be able to copy the database, the likeliest first.
fn tools(facts: &Facts, first: &[String]) -> Vec<String> {
    let mut tools: Vec<String> = Vec::new();
    let good = facts.journal.proved_releases();
    let named = first.iter().chain(&good).chain(&facts.releases);
    for release in serving(facts).iter().chain(named) {
        if facts.releases.contains(release) && !tools.contains(release) {
            tools.push(release.clone());
        }
    }
    tools
}

fn serving(facts: &Facts) -> Option<String> {
    facts.serving_slot().and_then(|slot| slot.release.clone())
}

/// Nothing but the backup itself was at stake.
fn failed(target: &Target, step: &'static str, error: StepError) -> DeployError {
    match error {
        StepError::Failed(reason) | StepError::Gate(reason) => DeployError::StepFailed {
            host: target.host.clone(),
            step,
            reason,
            after: "The service and its database are not affected.".to_owned(),
        },
        error => error.refused(target),
    }
}
