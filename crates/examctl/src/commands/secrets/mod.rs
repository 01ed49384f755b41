//! `examctl secrets`: the encrypted variables beside the inventory.

mod edit;
mod init;
mod private;
mod rekey;
mod values;

use std::path::PathBuf;

use provision::secrets::{FILE_NAME, Keys, SecretsError, SecretsFile};

use crate::cli::{Place, Secrets};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::site;

pub(super) fn run(secrets: &Secrets, printer: &Printer) -> Result<Outcome, Failure> {
    match secrets {
        Secrets::Init(arguments) => init::run(&arguments.place, printer),
        Secrets::Set(arguments) => values::set(arguments, printer),
        Secrets::Get(arguments) => values::get(arguments, printer),
        Secrets::Edit(arguments) => edit::run(arguments, printer),
        Secrets::Rekey(arguments) => rekey::run(arguments, printer),
    }
}

/// The secrets file of an inventory.
fn path(place: &Place) -> PathBuf {
    place.inventory.with_file_name(FILE_NAME)
}

fn keys(place: &Place) -> Result<Keys, Failure> {
    Keys::load(&site::identity_source(place.identity.as_deref())).map_err(|error| failed(&error))
}

fn open(place: &Place) -> Result<(SecretsFile, Keys), Failure> {
    let path = path(place);
    if !path.exists() {
        return Err(failed(&SecretsError::Missing { path }));
    }
    let keys = keys(place)?;
    let file = SecretsFile::open(&path, &keys).map_err(|error| failed(&error))?;
    Ok((file, keys))
}

/// What is wrong with what was given is the exit code 2, what is wrong with the world 1.
fn failed(error: &SecretsError) -> Failure {
    let message = error.to_string();
    match error {
        SecretsError::Read { .. }
        | SecretsError::Write { .. }
        | SecretsError::Changed { .. }
        | SecretsError::Damaged { .. }
        | SecretsError::Random(_) => Failure::failed(message),
        _ => Failure::invalid(message),
    }
}
