//! Logging in: the agent's keys, then key files.

use std::path::{Path, PathBuf};

use ssh2::Session;

/// Key files that are tried where the inventory names none, below `~/.ssh`.
const DEFAULT_KEYS: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Tries every key there is. The error lists what was tried.
pub(super) fn log_in(
    session: &Session,
    user: &str,
    identity_file: Option<&Path>,
    home: Option<&Path>,
) -> Result<(), String> {
    let mut tried = Vec::new();
    // A key that is named explicitly comes first: servers cut off after a few wrong ones.
    if let Some(file) = identity_file {
        tried.push(try_file(session, user, file));
    }
    if !session.authenticated() {
        tried.push(try_agent(session, user));
    }
    if !session.authenticated() && identity_file.is_none() {
        let folder = home.map(|home| home.join(".ssh"));
        for file in DEFAULT_KEYS
            .iter()
            .filter_map(|name| Some(folder.as_ref()?.join(name)))
        {
            if !session.authenticated() && file.is_file() {
                tried.push(try_file(session, user, &file));
            }
        }
    }
    if session.authenticated() {
        return Ok(());
    }
    Err(format!("as user {user}: {}", tried.join("; ")))
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

fn try_agent(session: &Session, user: &str) -> String {
    let Ok(mut agent) = session.agent() else {
        return "no agent".to_owned();
    };
    if agent.connect().is_err() || agent.list_identities().is_err() {
        return "no agent answers at SSH_AUTH_SOCK".to_owned();
    }
    let identities = agent.identities().unwrap_or_default();
    for identity in &identities {
        if agent.userauth(user, identity).is_ok() {
            return "logged in with the agent".to_owned();
        }
    }
    format!("none of the agent's {} keys is accepted", identities.len())
}

/// `~/x` below `home`.
pub(super) fn expand_home(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
