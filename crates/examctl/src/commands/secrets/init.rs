//! `examctl secrets init`: a key for whoever has none, and an empty file for its readers.

use provision::secrets::{IdentitySource, Keys, Recipients, SecretsError, SecretsFile};

use crate::cli::Place;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{failed, path, site};

pub(super) fn run(place: &Place, printer: &Printer) -> Result<Outcome, Failure> {
    let path = path(place);
    let source = site::identity_source(place.identity.as_deref());
    let keys = own_keys(&source, printer)?;
    let public = keys.public();
    for key in &public {
        printer.data(&format!("your public key: {key}"));
        printer.record("public_key", &serde_json::json!({ "key": key }));
    }
    if path.exists() {
        return join(&path, &keys, printer);
    }
    let mut recipients = Recipients::default();
    for key in &public {
        let added = recipients.add(key, &site::who());
        added.map_err(|error| failed(&error))?;
    }
    SecretsFile::create(&path, &recipients).map_err(|error| failed(&error))?;
    made(printer, &path.display().to_string());
    printer.progress(
        "\nnext: examctl secrets set NAME, or examctl secrets edit\n\
         Commit secrets.age and secrets.recipients; put these into .gitignore:\n  \
         secrets.age.draft\n  .secrets.*.new\n\
         Keep a copy of your private key where it cannot be lost: without one of the keys nobody can read the file.",
    );
    Ok(Outcome::done().field("created", true))
}

/// The keys that are there, or a new one at the place that was named or is usual.
fn own_keys(source: &IdentitySource, printer: &Printer) -> Result<Keys, Failure> {
    match source {
        IdentitySource::File(path) | IdentitySource::Usual(path) if !path.exists() => {
            let keys = Keys::generate(path).map_err(|error| failed(&error))?;
            made(printer, &format!("{} (your private key)", path.display()));
            Ok(keys)
        }
        _ => Keys::load(source).map_err(|error| failed(&error)),
    }
}

/// The file is there: whoever can read it is done, whoever cannot has to be let in by another.
fn join(path: &std::path::Path, keys: &Keys, printer: &Printer) -> Result<Outcome, Failure> {
    match SecretsFile::open(path, keys) {
        Ok(_) => {
            printer.data(&format!(
                "{} is there already, and your key reads it",
                path.display()
            ));
            return Ok(Outcome::done().field("created", false));
        }
        Err(SecretsError::NotForYou { .. }) => {}
        Err(error) => return Err(failed(&error)),
    }
    let key = keys.public().join(" --add ");
    printer.data(&format!(
        "{} is there already, and your key does not read it",
        path.display()
    ));
    printer.progress(&format!(
        "next: somebody who can read it runs: examctl secrets rekey --add {key} --comment '{}'",
        site::who()
    ));
    Ok(Outcome::done().field("created", false))
}

fn made(printer: &Printer, what: &str) {
    printer.data(&format!("{} {what}", printer.paint().good("+")));
}
