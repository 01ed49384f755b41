//! `examctl release pack | verify`, and the supervisor that the `process` runner starts.

use std::path::Path;

use ::release::artifact::pack::{
    PackBinaryOptions, PackError, PackOptions, Profile, pack, pack_binary,
};
use ::release::artifact::{Artifact, ArtifactError};
use ::release::runner::process;
use serde_json::json;

use crate::cli::{Build, Pack, Release};
use crate::failure::{Failure, chain};
use crate::output::{Outcome, Printer};

pub(super) fn run(arguments: &Release, printer: &Printer) -> Result<Outcome, Failure> {
    match arguments {
        Release::Pack(arguments) => {
            let artifact = match &arguments.binary {
                Some(binary) => {
                    let options = PackBinaryOptions::new(binary, &arguments.output);
                    pack_binary(&options).map_err(|error| refused(&error))?
                }
                None => pack_checkout(arguments, printer)?,
            };
            Ok(show(&artifact, printer))
        }
        Release::Verify { artifact } => {
            let artifact = open(artifact)?;
            Ok(show(&artifact, printer))
        }
    }
}

/// Builds the checkout that the current directory belongs to.
pub(super) fn pack_checkout(arguments: &Pack, printer: &Printer) -> Result<Artifact, Failure> {
    let options = PackOptions {
        checkout: super::site::checkout()?,
        profile: match arguments.build {
            Build::Release => Profile::Release,
            Build::Dev => Profile::Dev,
        },
        static_link: arguments.static_link,
        output_dir: arguments.output.clone(),
    };
    pack(&options, &mut |line| {
        printer.progress(&printer.paint().faint(line));
    })
    .map_err(|error| refused(&error))
}

/// Opens an artifact, every hash checked.
pub(super) fn open(path: &Path) -> Result<Artifact, Failure> {
    Artifact::open(path).map_err(|error: ArtifactError| {
        Failure::invalid(chain(&error))
            .hint("make an artifact with: examctl release pack; check one with: examctl release verify FILE")
    })
}

/// The `process` runner's supervisor; ends when it is told to.
pub(super) fn supervise(root: &Path) -> Result<Outcome, Failure> {
    process::supervise(root).map_err(|error| Failure::failed(chain(&error)))?;
    Ok(Outcome::done())
}

fn refused(error: &PackError) -> Failure {
    Failure::failed(chain(error))
}

fn show(artifact: &Artifact, printer: &Printer) -> Outcome {
    let manifest = &artifact.manifest;
    let dirty = if manifest.git_dirty {
        ", with uncommitted changes"
    } else {
        ""
    };
    printer.data(&printer.paint().strong(&artifact.path.display().to_string()));
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
    printer.record(
        "artifact",
        &json!({"path": artifact.path, "size_bytes": artifact.size_bytes, "manifest": manifest}),
    );
    Outcome::done()
        .field("release", manifest.id.clone())
        .field("path", artifact.path.display().to_string())
}
