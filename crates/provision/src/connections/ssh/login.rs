//! Logging in: named key files, the agent's keys, then the usual key files.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh2::Session;

use super::route::Hop;

/// Key files that are tried where none is named, below `~/.ssh`.
const DEFAULT_KEYS: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Tries every key there is. The error lists what was tried.
pub(super) fn log_in(session: &Session, hop: &Hop) -> Result<(), String> {
    let mut tried = Vec::new();
    let try_files = |files: &[PathBuf], tried: &mut Vec<String>| {
        for file in files {
            if !session.authenticated() {
                tried.push(try_file(session, &hop.user, file));
            }
        }
    };
    // Keys that are named explicitly come first: servers cut off after a few wrong ones.
    try_files(&hop.identity_files, &mut tried);
    if !session.authenticated() {
        tried.push(try_agent(session, hop));
    }
    if hop.identity_files.is_empty() {
        let folder = hop.home.as_ref().map(|home| home.join(".ssh"));
        let files: Vec<PathBuf> = DEFAULT_KEYS
            .iter()
            .filter_map(|name| Some(folder.as_ref()?.join(name)))
            .filter(|file| file.is_file())
            .collect();
        try_files(&files, &mut tried);
    }
    if session.authenticated() {
        return Ok(());
    }
    Err(format!("as user {}: {}", hop.user, tried.join("; ")))
}

fn try_file(session: &Session, user: &str, file: &Path) -> String {
    let shown = file.display();
    if !file.is_file() {
        return format!("there is no key file {shown}");
    }
    match session.userauth_pubkey_file(user, None, file, None) {
        Ok(()) => format!("logged in with {shown}"),
        Err(error) => format!(
            "{shown}: {} (a key with a passphrase belongs in the agent)",
            error.message()
        ),
    }
}

/// Tries the agent's keys; with `IdentitiesOnly` those of the named files alone.
fn try_agent(session: &Session, hop: &Hop) -> String {
    let Ok(mut agent) = session.agent() else {
        return "no agent".to_owned();
    };
    if agent.connect().is_err() || agent.list_identities().is_err() {
        return "no agent answers at SSH_AUTH_SOCK".to_owned();
    }
    let named: Vec<Vec<u8>> = hop
        .identity_files
        .iter()
        .filter_map(|file| public_key(file))
        .collect();
    let mut identities = agent.identities().unwrap_or_default();
    if hop.identities_only {
        identities.retain(|identity| named.iter().any(|key| key == identity.blob()));
    }
    for identity in &identities {
        if agent.userauth(&hop.user, identity).is_ok() {
            return "logged in with the agent".to_owned();
        }
    }
    format!("none of the agent's {} keys is accepted", identities.len())
}

/// The public key beside a key file.
fn public_key(file: &Path) -> Option<Vec<u8>> {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    let text = std::fs::read_to_string(name).ok()?;
    STANDARD.decode(text.split_whitespace().nth(1)?).ok()
}
