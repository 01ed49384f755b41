//! How do the files of a release get to a host? Only those that are not there yet, checked there.

use std::fmt::Write as _;
use std::time::Duration;

use provision::connections::{Put, quote};

use crate::artifact::Artifact;
use crate::artifact::manifest::{FileEntry, MANIFEST_NAME, Manifest};
use crate::event::DeployEvent;
use crate::host::session::Session;
use crate::host::{StepError, USUAL, said};

/// A slower way to a host than this is taken for a lost one.
const SLOWEST_BYTES_PER_SECOND: u64 = 32 << 10;
const UPLOAD_FIRST: Duration = Duration::from_mins(1);
const UPLOAD_MAX: Duration = Duration::from_hours(6);
/// Reading all files of a release once; less than the lease of the lock.
const VERIFY: Duration = Duration::from_mins(10);
const PROGRESS_EVERY_BYTES: u64 = 1 << 20;

/// Puts a release in its place: received beside it, checked there, then renamed.
///
/// `in_use`: a slot names this release already, so that it must not be replaced.
pub(crate) fn apply_upload(
    session: &mut Session<'_>,
    artifact: &Artifact,
    in_use: bool,
) -> Result<(), StepError> {
    let manifest = &artifact.manifest;
    let layout = session.host.target.layout();
    let place = layout.release(&manifest.id);
    if verify_on_host(session, &place, manifest)? {
        session.note("the release is on the host already");
        return Ok(());
    }
    let partial = layout.partial(&manifest.id);
    session
        .host
        .must_run("make a place for the release", &folder_script(&partial))?;
    for file in &manifest.files {
        if !is_there(session, &partial, file)? {
            put_file(session, artifact, &partial, file)?;
        }
    }
    session.renew(VERIFY)?;
    put_manifest(session, &partial, manifest)?;
    if !verify_on_host(session, &partial, manifest)? {
        return Err(StepError::Failed(
            "the files on the host do not have the checksums of the manifest".to_owned(),
        ));
    }
    session.host.must_run(
        &format!("put the release into {place}"),
        &place_script(&place, &partial, in_use),
    )?;
    Ok(())
}

pub(crate) fn folder_script(folder: &str) -> String {
    format!("umask 022; mkdir -p {}", quote(folder))
}

/// Renames what was received to its place; `in_use`: a slot names what lies there.
pub(crate) fn place_script(place: &str, partial: &str, in_use: bool) -> String {
    let (place, partial) = (quote(place), quote(partial));
    let damaged = if in_use {
        "echo it is in use >&2; exit 1"
    } else {
        "rm -rf"
    };
    format!(
        "if [ -e {place} ]; then {damaged} {place}; fi\n\
         sync {partial} && mv -T {partial} {place} && sync releases"
    )
}

/// Whether all files of a list (on standard input) lie below a directory, byte for byte.
pub(crate) fn verify_script(directory: &str) -> String {
    format!(
        "cd {} 2>/dev/null && [ -f {MANIFEST_NAME} ] && sha256sum -c --status -",
        quote(directory)
    )
}

/// Receives the manifest on standard input.
pub(crate) fn manifest_script(directory: &str) -> String {
    format!(
        "umask 022; cat > {path} && sync {path}",
        path = quote(&format!("{directory}/{MANIFEST_NAME}"))
    )
}

/// What an upload that was cut off leaves goes.
pub(crate) fn clean_script(partial: &str) -> String {
    format!("rm -rf {}", quote(partial))
}

/// Whether a directory holds all files of a release, byte for byte.
fn verify_on_host(
    session: &mut Session<'_>,
    directory: &str,
    manifest: &Manifest,
) -> Result<bool, StepError> {
    let mut list = String::new();
    for file in &manifest.files {
        // Writing to a String cannot fail.
        writeln!(list, "{}  {}", file.sha256, file.path).ok();
    }
    let script = verify_script(directory);
    Ok(session.host.run(&script, &list, VERIFY)?.success())
}

fn is_there(
    session: &mut Session<'_>,
    directory: &str,
    file: &FileEntry,
) -> Result<bool, StepError> {
    let script = format!(
        "cd {} && sha256sum -c --status - 2>/dev/null",
        quote(directory)
    );
    let line = format!("{}  {}\n", file.sha256, file.path);
    Ok(session.host.run(&script, &line, VERIFY)?.success())
}

fn put_file(
    session: &mut Session<'_>,
    artifact: &Artifact,
    directory: &str,
    file: &FileEntry,
) -> Result<(), StepError> {
    let path = format!("{directory}/{}", file.path);
    if let Some((parent, _)) = file.path.rsplit_once('/') {
        let script = folder_script(&format!("{directory}/{parent}"));
        session
            .host
            .must_run("make a folder of the release", &script)?;
    }
    let timeout = upload_limit(file.size);
    session.renew(timeout)?;
    let Session { host, events, .. } = session;
    let become_root = host.target.needs_root();
    let mut reported_bytes = 0;
    let mut progress = |done_bytes: u64| {
        if done_bytes >= reported_bytes + PROGRESS_EVERY_BYTES || done_bytes == file.size {
            reported_bytes = done_bytes;
            let step = "upload".to_owned();
            events(DeployEvent::Progress {
                step,
                done_bytes,
                total_bytes: file.size,
            });
        }
    };
    let sent = artifact.with_file(file, |content| {
        host.connection.put(&mut Put {
            content,
            size: file.size,
            path: &path,
            mode: file.mode,
            owner: None,
            become_root,
            timeout,
            progress: Some(&mut progress),
        })
    });
    sent.map_err(|error| StepError::Failed(error.to_string()))??;
    Ok(())
}

/// How long a file of that many bytes may take.
pub(crate) fn upload_limit(size_bytes: u64) -> Duration {
    let sending = Duration::from_secs(size_bytes / SLOWEST_BYTES_PER_SECOND);
    (UPLOAD_FIRST + sending).min(UPLOAD_MAX)
}

fn put_manifest(
    session: &mut Session<'_>,
    directory: &str,
    manifest: &Manifest,
) -> Result<(), StepError> {
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|error| StepError::Failed(error.to_string()))?;
    let output = session
        .host
        .run(&manifest_script(directory), &text, USUAL)?;
    if output.success() {
        return Ok(());
    }
    Err(StepError::Failed(format!(
        "cannot write the manifest: {}",
        said(&output)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_file_may_take_longer_but_never_for_ever() {
        assert_eq!(upload_limit(0), Duration::from_mins(1));
        assert_eq!(upload_limit(60 << 20).as_secs(), 60 + 60 * 32);
        assert_eq!(upload_limit(u64::MAX), UPLOAD_MAX);
    }
}
