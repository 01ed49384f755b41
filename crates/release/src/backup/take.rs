//! Takes a backup: a copy while the database is in use, read back from its place before it counts.

use provision::connections::quote;

use crate::backup::database::Database;
use crate::backup::manifest::{BackupManifest, Contents, Why, differences, file_of, name_of};
use crate::backup::room::{Room, check_room};
use crate::backup::service::{COPYING, Scratch, describe, probe_scratch};
use crate::host::session::Session;
use crate::host::{StepError, USUAL, said};
use crate::steps::perform::binary_script;
use crate::target::Target;

/// What is to be noted of a backup.
pub(crate) struct Purpose<'p> {
    pub(crate) why: Why,
    /// The release whose program copies and checks.
    pub(crate) tool: &'p str,
    pub(crate) deploy: &'p str,
    pub(crate) serving: Option<&'p str>,
    pub(crate) before: Option<&'p str>,
}

/// Takes a backup and verifies it; `None` where there is no database yet.
///
/// # Errors
/// Where there is no room, the copy fails, or reading it back gives something else: nothing of it is left then.
pub(crate) fn take_backup(
    session: &mut Session<'_>,
    purpose: &Purpose<'_>,
) -> Result<Option<BackupManifest>, StepError> {
    let described = describe(session, purpose.tool)?;
    if let Some(problem) = described.problem {
        return Err(StepError::Failed(problem));
    }
    if described.contents.is_none_or(|now| now.schema.is_empty()) {
        return Ok(None);
    }
    let database = described.database;
    prepare_room(session, &database)?;
    let now = session.options.clock.now();
    let name = name_of(now, purpose.serving, purpose.deploy);
    let result = copy_and_verify(session, purpose, &database, &name);
    if result.is_err() {
        remove_partial(session, &name)?;
    }
    let manifest = result?;
    session.note(format!(
        "backup {}: {} rows, {} KiB, read back and counted",
        manifest.name,
        manifest.contents.rows(),
        manifest.bytes >> 10
    ));
    Ok(Some(manifest))
}

fn copy_and_verify(
    session: &mut Session<'_>,
    purpose: &Purpose<'_>,
    database: &Database,
    name: &str,
) -> Result<BackupManifest, StepError> {
    session.renew(COPYING)?;
    let (contents, sha256, bytes) = copy(session, purpose.tool, database, name)?;
    let manifest = BackupManifest {
        name: name.to_owned(),
        host: session.host.target.host.clone(),
        database: database.kind().to_owned(),
        sha256,
        bytes,
        contents,
        taken_at: session.options.clock.stamp(),
        by: session.options.who.clone(),
        why: purpose.why,
        deploy: purpose.deploy.to_owned(),
        serving: purpose.serving.map(str::to_owned),
        before: purpose.before.map(str::to_owned),
    };
    let scratch = Scratch {
        copy: &partial(session.host.target, name),
        directory: database.directory(),
        tool: purpose.tool,
        releases: &[],
        compare: false,
    };
    let read = probe_scratch(session, &scratch)?;
    let reasons = differences(&manifest, &read.restored);
    if !reasons.is_empty() {
        return Err(StepError::Failed(format!(
            "the backup that was just taken does not count: {}",
            reasons.join("; ")
        )));
    }
    keep(session, &manifest)?;
    Ok(manifest)
}

/// Copies beside the database, as the account of the service, and from there to where the backups are.
fn copy(
    session: &mut Session<'_>,
    tool: &str,
    database: &Database,
    name: &str,
) -> Result<(Contents, String, u64), StepError> {
    let script = copy_script(session.host.target, tool, database.directory(), name);
    let output = session.host.run(&script, "", COPYING)?;
    let failed = |reason: String| StepError::Failed(format!("cannot copy the database: {reason}"));
    if !output.success() {
        return Err(failed(said(&output)));
    }
    let text = output.text();
    parse_copy(&text).ok_or_else(|| failed(format!("`backup` printed `{text}`")))
}

pub(crate) fn copy_script(target: &Target, tool: &str, directory: &str, name: &str) -> String {
    let stage = format!("{directory}/exam-backup-copy.db");
    let take = binary_script(target, tool, &format!("backup --to {}", quote(&stage)));
    format!(
        "umask 077\n\
         trap 'rm -f {stage} {stage}-journal' EXIT\n\
         rm -f {stage} {stage}-journal\n\
         found=$({take}) || exit 1\n\
         cp {stage} {partial} && sync {partial} || exit 1\n\
         sum=$(sha256sum < {partial}) && bytes=$(stat -c %s {partial}) || exit 1\n\
         echo \"${{sum%% *}} $bytes\"\nprintf '%s\\n' \"$found\"",
        stage = quote(&stage),
        partial = quote(&partial(target, name)),
    )
}

fn parse_copy(text: &str) -> Option<(Contents, String, u64)> {
    let (facts, found) = text.split_once('\n')?;
    let (sha256, bytes) = facts.split_once(' ')?;
    let contents = serde_json::from_str(found).ok()?;
    Some((contents, sha256.to_owned(), bytes.parse().ok()?))
}

/// The copy gets its name, then the manifest that makes it count; each is on the disk before the next.
fn keep(session: &mut Session<'_>, manifest: &BackupManifest) -> Result<(), StepError> {
    let directory = &session.host.target.backup_directory;
    let text =
        serde_json::to_string(manifest).map_err(|error| StepError::Failed(error.to_string()))?;
    let script = format!(
        "umask 077; cd {directory} || exit 1\n\
         cat > {json}.partial && sync {json}.partial && mv -fT {file}.partial {file} && sync . \
         && mv -fT {json}.partial {json} && sync .",
        directory = quote(directory),
        json = quote(&format!("{}.json", manifest.name)),
        file = quote(&manifest.file()),
    );
    let output = session.host.run(&script, &format!("{text}\n"), USUAL)?;
    if output.success() {
        return Ok(());
    }
    Err(StepError::Failed(format!(
        "cannot keep the backup in {directory}: {}",
        said(&output)
    )))
}

/// Makes the directory, clears it of what an interrupted run left, and looks for room.
fn prepare_room(session: &mut Session<'_>, database: &Database) -> Result<(), StepError> {
    let directory = session.host.target.backup_directory.clone();
    let script = format!(
        "umask 077; mkdir -p {backups} && cd {backups} || exit 1\n\
         [ -O . ] || {{ echo \"it belongs to $(stat -c %U .), not to $(id -un)\" >&2; exit 1; }}\n\
         case $(stat -c %a .) in *00) ;; *) echo \"others may look into it: chmod 700\" >&2; exit 1 ;; esac\n\
         rm -f -- ./*.partial\n\
         disk() {{ echo \"$1 $(stat -c %d \"$2\") $(df -Pk \"$2\" | awk 'NR == 2 {{print $4}}')\"; }}\n\
         bytes=0; for file in {path} {path}-wal; do\n\
         [ ! -e \"$file\" ] || bytes=$((bytes + $(stat -c %s \"$file\"))); done\n\
         echo database $bytes; disk data {data}; disk backup .",
        backups = quote(&directory),
        path = quote(database.path()),
        data = quote(database.directory()),
    );
    let text = session
        .host
        .must_run(&format!("use {directory} for backups"), &script)?;
    let room = Room::parse(&text)
        .ok_or_else(|| StepError::Failed(format!("cannot tell how full the disks are: {text}")))?;
    match check_room(&room, database.directory(), &directory) {
        None => Ok(()),
        Some(reason) => Err(StepError::Failed(reason)),
    }
}

fn remove_partial(session: &mut Session<'_>, name: &str) -> Result<(), StepError> {
    let script = format!("rm -f {}", quote(&partial(session.host.target, name)));
    session.host.run(&script, "", USUAL).map(drop)
}

fn partial(target: &Target, name: &str) -> String {
    format!("{}/{}.partial", target.backup_directory, file_of(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_copied_is_read_with_its_checksum() {
        let found = r#"{"database":"sqlite:///d/e.db","exists":true,"bytes":9,"schema":[],"tables":{"users":4},"last_answer_at":null}"#;
        let (contents, sha256, bytes) = parse_copy(&format!("ab12 9\n{found}")).unwrap();
        assert_eq!((contents.rows(), sha256.as_str(), bytes), (4, "ab12", 9));
        assert_eq!(parse_copy("ab12 9"), None);
    }
}
