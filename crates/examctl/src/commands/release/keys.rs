//! The keys of `examctl release`: made, read from private files, and those that are trusted.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use ::release::artifact::sign::Signer;
use ::release::artifact::signature::{PublicKey, TRUSTED_KEYS};
use ::release::artifact::signing_key::{KEY_FILE, SigningKey};
use ::release::clock::Clock;
use console::Term;
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::{Keygen, Signing};
use crate::commands::site;
use crate::failure::{Failure, chain};
use crate::output::{Outcome, Printer};

/// The most that is read of a file with public keys, in bytes.
const KEYS_FILE_MAX: u64 = 64 << 10;

pub(super) fn generate(arguments: &Keygen, printer: &Printer) -> Result<Outcome, Failure> {
    let output = &arguments.output;
    let path = if output.is_dir() || output.to_string_lossy().ends_with('/') {
        output.join(KEY_FILE)
    } else {
        output.clone()
    };
    let key = SigningKey::generate(&path).map_err(|error| Failure::failed(chain(&error)))?;
    let public = key.public();
    let public_path = path.with_extension("pub");
    let made = printer.paint().good("+");
    printer.data(&format!(
        "{made} {}  the secret key: keep it where releases are signed, and a copy where it cannot be lost",
        path.display()
    ));
    printer.data(&format!("{made} {}  the public key", public_path.display()));
    printer.data(&format!("public key {} ({}):", public.id(), site::who()));
    printer.data(&public.to_string());
    printer.progress(&format!(
        "\nnext: put it into the variables of the hosts, then they take only releases signed with it:\n  \
         {TRUSTED_KEYS}: [{public}]\n\
         and sign: examctl release pack --sign {key}, or: examctl release sign ARTIFACT --key {key}",
        key = path.display()
    ));
    let public = public.to_string();
    printer.record(
        "public_key",
        &json!({"key": public, "id": key.public().id(), "path": public_path}),
    );
    Ok(Outcome::done()
        .field("public_key", public)
        .field("key_file", path.display().to_string()))
}

/// Who signs what is packed, if anybody.
pub(super) fn signer(arguments: &Signing) -> Result<Option<Signer>, Failure> {
    // An empty variable is how a build machine leaves one out.
    match &arguments.key {
        Some(path) if !path.as_os_str().is_empty() => load(path).map(Some),
        _ => Ok(None),
    }
}

pub(super) fn load(path: &Path) -> Result<Signer, Failure> {
    let ask = || {
        if !std::io::stdin().is_terminal() {
            return Err("it has a password, and there is nobody to ask".to_owned());
        }
        let term = Term::stderr();
        term.write_str(&format!("password of {}: ", path.display()))
            .and_then(|()| term.read_secure_line())
            .map(Zeroizing::new)
            .map_err(|error| error.to_string())
    };
    let key = SigningKey::load(path, ask).map_err(|error| Failure::invalid(chain(&error)))?;
    Ok(Signer {
        key,
        who: site::who(),
        clock: Clock::system(),
    })
}

/// The keys that arguments name: themselves, or files with one a line.
pub(super) fn trusted(arguments: &[String]) -> Result<Vec<PublicKey>, Failure> {
    let mut keys = Vec::new();
    for argument in arguments {
        if let Ok(key) = argument.parse() {
            keys.push(key);
            continue;
        }
        let invalid = |reason: String| {
            Failure::invalid(format!("--trusted-keys {argument}: {reason}")).hint(
                "give a public key, or a file with one a line, as `examctl release keygen` makes",
            )
        };
        let mut text = String::new();
        std::fs::File::open(argument)
            .and_then(|file| file.take(KEYS_FILE_MAX).read_to_string(&mut text))
            .map_err(|error| invalid(format!("is no public key, and no file: {error}")))?;
        let found =
            PublicKey::parse_all(&text).map_err(|error| invalid(format!("a line {error}")))?;
        if found.is_empty() {
            return Err(invalid("holds no key".to_owned()));
        }
        keys.extend(found);
    }
    Ok(keys)
}
