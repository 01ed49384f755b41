//! How artifacts are shown.

use std::path::Path;

use ::release::artifact::Artifact;
use ::release::artifact::folder::Listed;
use ::release::artifact::signature::{TRUSTED_KEYS, Trust};
use serde_json::json;

use crate::exit_code::ExitCode;
use crate::failure::chain;
use crate::output::{Outcome, Paint, Printer};

/// One artifact with all that is in it.
pub(super) fn artifact(artifact: &Artifact, trust: &Trust, printer: &Printer) -> Outcome {
    let manifest = &artifact.manifest;
    let dirty = if manifest.git_dirty {
        ", with uncommitted changes"
    } else {
        ""
    };
    let paint = printer.paint();
    printer.data(&paint.strong(&artifact.path.display().to_string()));
    printer.data(&format!("  release     {}", manifest.id));
    printer.data(&format!(
        "  version     {} (commit {}{dirty})",
        manifest.version, manifest.git_commit
    ));
    let libc = manifest.min_glibc.as_ref().map_or_else(
        || "no C library of the host".to_owned(),
        |version| format!("glibc {version} or newer on the host"),
    );
    printer.data(&format!("  needs       {}, {libc}", manifest.target));
    printer.data(&format!("  migrations  {}", manifest.migrations.join(", ")));
    for file in &manifest.files {
        let hash = file.sha256.get(..16).unwrap_or(&file.sha256);
        printer.data(&format!(
            "  file        {} ({} bytes, sha256 {hash}...)",
            file.path, file.size
        ));
    }
    printer.data(&format!("  signed      {}", painted(trust, paint)));
    printer.record(
        "artifact",
        &json!({"path": artifact.path, "size_bytes": artifact.size_bytes, "manifest": manifest, "signature": trust}),
    );
    Outcome::done()
        .field("release", manifest.id.clone())
        .field("path", artifact.path.display().to_string())
}

fn painted(trust: &Trust, paint: &Paint) -> String {
    let text = trust.to_string();
    match trust {
        Trust::Signed { .. } => paint.good(&text),
        Trust::Unchecked { .. } | Trust::Unsigned => paint.changed(&text),
    }
}

/// A folder, one artifact a line; those that are not intact or not trusted make the exit code.
pub(super) fn list(folder: &Path, listed: &[Listed], printer: &Printer) -> Outcome {
    let paint = printer.paint();
    let mut failed = 0;
    for Listed { path, found } in listed {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match found {
            Ok((artifact, trust)) => {
                let manifest = &artifact.manifest;
                let commit = manifest
                    .git_commit
                    .get(..12)
                    .unwrap_or(&manifest.git_commit);
                printer.data(&format!(
                    "{} {}  version {}, commit {commit}, {:.1} MiB, signed {}",
                    paint.good("ok"),
                    paint.strong(&manifest.id),
                    manifest.version,
                    mebibytes(artifact.size_bytes),
                    painted(trust, paint)
                ));
                printer.record(
                    "artifact",
                    &json!({"path": path, "valid": true, "size_bytes": artifact.size_bytes, "release": manifest.id,
                        "version": manifest.version, "commit": manifest.git_commit, "signature": trust}),
                );
            }
            Err(error) => {
                failed += 1;
                let reason = chain(error);
                printer.data(&format!("{} {name}  {reason}", paint.bad("no")));
                printer.record(
                    "artifact",
                    &json!({"path": path, "valid": false, "reason": reason}),
                );
            }
        }
    }
    if listed.is_empty() {
        printer.data(&format!("no artifacts in {}", folder.display()));
    }
    let code = if failed == 0 {
        ExitCode::Done
    } else {
        ExitCode::Invalid
    };
    Outcome::with(code)
        .field("artifacts", listed.len())
        .field("failed", failed)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "one digit after the point is shown"
)]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// What is said when hosts take a release whose signature nobody checked.
pub(super) fn accepted_unchecked(trust: &Trust, hosts: &[&str]) -> String {
    let hosts = hosts.join(", ");
    let what = match trust {
        Trust::Unsigned => "this release is not signed".to_owned(),
        Trust::Unchecked { key } | Trust::Signed { key, .. } => {
            format!("nobody checked whether key {key} signed this release, as it says")
        }
    };
    format!("note: {what}; {hosts} would take anybody's, until `{TRUSTED_KEYS}` lists who may sign")
}
