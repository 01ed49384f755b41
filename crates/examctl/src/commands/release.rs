//! `examctl release pack | verify | sign | keygen | list`, and the supervisor of the `process` runner.

mod keys;
mod show;

use std::path::Path;

use ::release::artifact::folder::list_artifacts;
use ::release::artifact::pack::{
    PackBinaryOptions, PackError, PackOptions, Profile, pack, pack_binary,
};
use ::release::artifact::sign::{SignError, sign_artifact};
use ::release::artifact::signature::{PublicKey, Trust};
use ::release::artifact::{Artifact, ArtifactError};
use ::release::runner::process;
use ::release::target::Target;

use crate::cli::{Build, List, Pack, Release, Sign, Verify};
use crate::failure::{Failure, chain};
use crate::output::{Outcome, Printer};

pub(super) fn run(arguments: &Release, printer: &Printer) -> Result<Outcome, Failure> {
    match arguments {
        Release::Pack(arguments) => {
            let artifact = match &arguments.binary {
                Some(binary) => pack_program(binary, arguments)?,
                None => pack_checkout(arguments, printer)?,
            };
            show_own(&artifact, printer)
        }
        Release::Verify(arguments) => verify(arguments, printer),
        Release::Sign(arguments) => sign(arguments, printer),
        Release::Keygen(arguments) => keys::generate(arguments, printer),
        Release::List(arguments) => list(arguments, printer),
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
        // Before anything is built: a key that is not there is known now.
        signer: keys::signer(&arguments.signing)?,
    };
    pack(&options, &mut |line| {
        printer.progress(&printer.paint().faint(line));
    })
    .map_err(|error| not_packed(&error))
}

fn pack_program(binary: &Path, arguments: &Pack) -> Result<Artifact, Failure> {
    let options = PackBinaryOptions {
        signer: keys::signer(&arguments.signing)?,
        ..PackBinaryOptions::new(binary, &arguments.output)
    };
    pack_binary(&options).map_err(|error| not_packed(&error))
}

/// Opens an artifact, every hash checked.
pub(super) fn open(path: &Path) -> Result<Artifact, Failure> {
    Artifact::open(path).map_err(|error| not_opened(&error))
}

/// Opens an artifact for these hosts: refused where one of them does not trust who signed it, noted
/// where one trusts anybody.
pub(super) fn open_trusted(
    path: &Path,
    targets: &[Target],
    printer: &Printer,
) -> Result<Artifact, Failure> {
    let keys: Vec<&[PublicKey]> = targets
        .iter()
        .map(|target| target.trusted_keys.as_slice())
        .collect();
    let artifact = Artifact::open_trusted(path, &keys).map_err(|error| not_opened(&error))?;
    let careless: Vec<&str> = targets
        .iter()
        .filter(|target| target.trusted_keys.is_empty())
        .map(|target| target.host.as_str())
        .collect();
    if !careless.is_empty() {
        let trust = artifact
            .check_trust(&[])
            .map_err(|error| not_opened(&error))?;
        printer.progress(&show::accepted_unchecked(&trust, &careless));
    }
    Ok(artifact)
}

fn verify(arguments: &Verify, printer: &Printer) -> Result<Outcome, Failure> {
    let trusted = keys::trusted(&arguments.trusted_keys)?;
    let artifact = Artifact::open_trusted(&arguments.artifact, &[&trusted])
        .map_err(|error| not_opened(&error))?;
    let trust = artifact
        .check_trust(&trusted)
        .map_err(|error| not_opened(&error))?;
    Ok(show::artifact(&artifact, &trust, printer))
}

fn sign(arguments: &Sign, printer: &Printer) -> Result<Outcome, Failure> {
    let signer = keys::load(&arguments.key)?;
    let artifact = sign_artifact(&arguments.artifact, &signer).map_err(|error| match &error {
        SignError::Artifact(error) => not_opened(error),
        other => Failure::failed(chain(other)),
    })?;
    // Shown as checked: with this very key it was signed.
    let own = [signer.key.public().clone()];
    let trust = artifact
        .check_trust(&own)
        .map_err(|error| not_opened(&error))?;
    Ok(show::artifact(&artifact, &trust, printer))
}

fn list(arguments: &List, printer: &Printer) -> Result<Outcome, Failure> {
    let trusted = keys::trusted(&arguments.trusted_keys)?;
    let listed = list_artifacts(&arguments.dir, &trusted).map_err(|error| {
        Failure::invalid(chain(&error)).hint("make an artifact with: examctl release pack")
    })?;
    Ok(show::list(&arguments.dir, &listed, printer))
}

/// What was just made here, as far as anybody can say without the keys of a site.
fn show_own(artifact: &Artifact, printer: &Printer) -> Result<Outcome, Failure> {
    let trust: Trust = artifact
        .check_trust(&[])
        .map_err(|error| not_opened(&error))?;
    Ok(show::artifact(artifact, &trust, printer))
}

/// The `process` runner's supervisor; ends when it is told to.
pub(super) fn supervise(root: &Path) -> Result<Outcome, Failure> {
    process::supervise(root).map_err(|error| Failure::failed(chain(&error)))?;
    Ok(Outcome::done())
}

fn not_packed(error: &PackError) -> Failure {
    Failure::failed(chain(error))
}

fn not_opened(error: &ArtifactError) -> Failure {
    let failure = Failure::invalid(chain(error));
    match error {
        // It says itself what to do.
        ArtifactError::Signature { .. } | ArtifactError::Damaged { .. } => failure,
        _ => failure.hint(
            "make an artifact with: examctl release pack; check one with: examctl release verify FILE",
        ),
    }
}
