//! Whether a host is the one it was: its key against `known_hosts`.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ssh2::{CheckResult, HashType, HostKeyType, KnownHostFileKind, MethodType, Session};

use super::route::Hop;

/// Kinds of host key, the best first.
const PREFERRED: [&str; 6] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
];

/// All lines of the hop's files; a file that is not there has none.
fn lines(hop: &Hop) -> Vec<String> {
    hop.known_hosts
        .iter()
        .flat_map(|file| {
            let text = std::fs::read(file).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// Asks the host for a key of a kind that `known_hosts` has for it.
///
/// Without this a host whose ed25519 key is known is refused for answering with another of its
/// keys. Must be called before the handshake.
pub(super) fn prefer_known_kinds(session: &Session, hop: &Hop) -> Result<(), ssh2::Error> {
    let lines = lines(hop);
    let known: Vec<&str> = lines
        .iter()
        .filter(|line| names_host(session, line, &hop.key_name, hop.port))
        .filter_map(|line| kind_of(line))
        .collect();
    let is_known = |kind: &&str| {
        known.contains(kind) || (kind.starts_with("rsa-sha2") && known.contains(&"ssh-rsa"))
    };
    let first = PREFERRED.into_iter().filter(|kind| is_known(kind));
    let rest = PREFERRED.into_iter().filter(|kind| !is_known(kind));
    let order: Vec<&str> = first.chain(rest).collect();
    session.method_pref(MethodType::HostKey, &order.join(","))
}

/// Whether a line is about the host, which for a hashed name only a comparison can tell: a key
/// that no host has is a mismatch for a line about this host, and not found for any other.
fn names_host(session: &Session, line: &str, host: &str, port: u16) -> bool {
    let Ok(mut entry) = session.known_hosts() else {
        return false;
    };
    if entry.read_str(line, KnownHostFileKind::OpenSSH).is_err() {
        return false;
    }
    matches!(
        entry.check_port(host, port, b"no key"),
        CheckResult::Match | CheckResult::Mismatch
    )
}

/// The kind of key on a line of `known_hosts`.
fn kind_of(line: &str) -> Option<&str> {
    line.split_whitespace()
        .find(|word| word.starts_with("ssh-") || word.starts_with("ecdsa-"))
}

/// Checks the key of a session after its handshake; a host that is not known at all is noted
/// where that was asked for. The error says what to do.
pub(super) fn check(session: &Session, hop: &Hop) -> Result<(), String> {
    let (key, kind) = session
        .host_key()
        .ok_or_else(|| "the host showed no key".to_owned())?;
    let (host, port) = (hop.key_name.as_str(), hop.port);
    let mut known = session.known_hosts().map_err(|error| error.to_string())?;
    let lines = lines(hop);
    for line in &lines {
        // Lines of kinds that the library does not know are not about keys it could be shown.
        known.read_str(line, KnownHostFileKind::OpenSSH).ok();
    }
    let fingerprint = session
        .host_key_hash(HashType::Sha256)
        .map(|hash| format!("SHA256:{}", STANDARD_NO_PAD.encode(hash)))
        .unwrap_or_default();
    let kind = kind_name(kind);
    let encoded = STANDARD.encode(key);
    let revoked = |line: &&String| line.starts_with("@revoked") && line.contains(&encoded);
    if lines.iter().any(|line| revoked(&line)) {
        return Err(format!("its {kind} key {fingerprint} is marked as revoked"));
    }
    let name = if port == 22 {
        host.to_owned()
    } else {
        format!("[{host}]:{port}")
    };
    let line = format!("{name} {kind} {encoded}");
    let file = hop.first_known_hosts();
    match known.check_port(host, port, key) {
        CheckResult::Match => Ok(()),
        CheckResult::NotFound if !hop.accept_new => Err(format!(
            "{name} is not known yet; its {kind} key is {fingerprint}. Compare that with \
             `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on the host itself, then add this line \
             (or trust what is met first, with --accept-new):\n{line}"
        )),
        // A key of another kind than the known ones is no news of a new host.
        CheckResult::NotFound
            if !lines
                .iter()
                .any(|line| names_host(session, line, host, port)) =>
        {
            note(&file, &line).map_err(|error| format!("its key cannot be noted: {error}"))
        }
        CheckResult::NotFound | CheckResult::Mismatch => Err(format!(
            "its {kind} key is {fingerprint}, which is not the known one. Either the host was \
             reinstalled or somebody stands in between. If you know why, remove the old key with \
             `ssh-keygen -R '{name}' -f {}` and connect again",
            file.display()
        )),
        CheckResult::Failure => Err("the known keys could not be compared".to_owned()),
    }
}

/// Adds a line to a file, which is made if need be; in one write, as other hosts may be noted
/// at the same time.
fn note(file: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let before = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{before}{line}\n").as_bytes())?;
    file.sync_all()
}

fn kind_name(kind: HostKeyType) -> &'static str {
    match kind {
        HostKeyType::Ed25519 => "ssh-ed25519",
        HostKeyType::Ecdsa256 => "ecdsa-sha2-nistp256",
        HostKeyType::Ecdsa384 => "ecdsa-sha2-nistp384",
        HostKeyType::Ecdsa521 => "ecdsa-sha2-nistp521",
        HostKeyType::Rsa => "ssh-rsa",
        HostKeyType::Dss => "ssh-dss",
        HostKeyType::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIIDmJzZvHxyYXXVNyPvf0ZK0GHFyTXJzOJQVTeHd0Qxf";

    #[test]
    fn plain_and_bracketed_lines_are_recognised() {
        let session = Session::new().unwrap();
        let plain = format!("web1 ssh-ed25519 {KEY}");
        let bracketed = format!("[127.0.0.1]:2201 ssh-ed25519 {KEY}");
        assert!(names_host(&session, &plain, "web1", 22));
        assert!(!names_host(&session, &plain, "web2", 22));
        assert!(names_host(&session, &bracketed, "127.0.0.1", 2201));
        assert!(!names_host(&session, &bracketed, "127.0.0.1", 2202));
        assert_eq!(kind_of(&bracketed), Some("ssh-ed25519"));
    }

    #[test]
    fn a_noted_key_stands_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".ssh/known_hosts");
        note(&file, "web1 a b").unwrap();
        std::fs::write(&file, "web1 a b\nweb2 a b").unwrap();
        note(&file, "web3 a b").unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, "web1 a b\nweb2 a b\nweb3 a b\n");
    }
}
