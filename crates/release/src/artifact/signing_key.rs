//! Where does a signature come from? A secret key in a private file, never shown and never an argument.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use minisign::{KeyPair, SecretKeyBox};
use zeroize::Zeroizing;

use crate::artifact::signature::{PublicKey, Signature};

/// What [`SigningKey::generate`] calls the secret key in a folder.
pub const KEY_FILE: &str = "release-signing.key";
/// Far more than a key file has.
const FILE_MAX_BYTES: u64 = 4096;
/// How long the key in it is, encrypted or not.
const KEY_BYTES: usize = 158;
/// A key file without a password says so in these two bytes (`minisign -W`).
const NO_PASSWORD: [u8; 2] = [0, 0];

/// Signs releases.
#[derive(Clone)]
pub struct SigningKey {
    secret: minisign::SecretKey,
    public: PublicKey,
}

/// Shows the public half only.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public.id())
    }
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    #[error("cannot read the signing key {}: {reason}", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "{} can be read by others (mode {mode:04o}): chmod 600 it, and if somebody may have read it, make a new key with `examctl release keygen`", .path.display()
    )]
    ReadableByOthers { path: PathBuf, mode: u32 },
    #[error("{} is no signing key: `examctl release keygen` or `minisign -G` makes one", .path.display())]
    NotAKey { path: PathBuf },
    #[error("the password does not open {}", .path.display())]
    Password { path: PathBuf },
    #[error("{} exists: a key is never overwritten; name another file, or remove it if nothing trusts it", .path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}: {reason}", .path.display())]
    Write { path: PathBuf, reason: String },
    #[error("cannot make a key: {reason}")]
    Generate { reason: String },
    #[error("cannot sign: {reason}")]
    Sign { reason: String },
}

impl SigningKey {
    /// Makes a key and keeps it at `path`, mode 0600, with the public one beside it (`.pub`).
    ///
    /// The file has no password, like an ssh key of a build machine: `minisign -C` sets one.
    pub fn generate(path: &Path) -> Result<Self, SigningKeyError> {
        let failed = |error: minisign::PError| SigningKeyError::Generate {
            reason: error.to_string(),
        };
        let public_path = path.with_extension("pub");
        // The public one first: a secret key that nobody can trust is not left behind.
        for path in [path, &public_path] {
            if path.exists() {
                return Err(SigningKeyError::Exists {
                    path: path.to_owned(),
                });
            }
        }
        let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().map_err(failed)?;
        let public = pk.to_box().map_err(failed)?.to_string();
        write_new(&public_path, &public, 0o644)?;
        let comment = "examctl release signing key; keep it secret";
        let secret = sk.to_box(Some(comment)).map_err(failed)?;
        write_new(path, &Zeroizing::new(secret.into_string()), 0o600)?;
        Self::from_secret(sk, path)
    }

    /// Reads a key; `ask_password` is called where the file has one.
    pub fn load(
        path: &Path,
        ask_password: impl FnOnce() -> Result<Zeroizing<String>, String>,
    ) -> Result<Self, SigningKeyError> {
        let unreadable = |reason: String| SigningKeyError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        let not_a_key = || SigningKeyError::NotAKey {
            path: path.to_owned(),
        };
        let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
        check_private(&file, path)?;
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_MAX_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| unreadable(error.to_string()))?;
        let has_password = has_password(&text).ok_or_else(not_a_key)?;
        let sealed = SecretKeyBox::from_string(&text).map_err(|_| not_a_key())?;
        let secret = if has_password {
            let mut password = ask_password().map_err(unreadable)?;
            let password = std::mem::take(&mut *password);
            sealed
                .into_secret_key(Some(password))
                .map_err(|_| SigningKeyError::Password {
                    path: path.to_owned(),
                })?
        } else {
            sealed
                .into_unencrypted_secret_key()
                .map_err(|_| not_a_key())?
        };
        Self::from_secret(secret, path)
    }

    fn from_secret(secret: minisign::SecretKey, path: &Path) -> Result<Self, SigningKeyError> {
        let public = minisign::PublicKey::from_secret_key(&secret)
            .ok()
            .and_then(|public| public.to_base64().parse().ok())
            .ok_or_else(|| SigningKeyError::NotAKey {
                path: path.to_owned(),
            })?;
        Ok(Self { secret, public })
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the text of a manifest; `comment` is signed too and shown to whoever checks it.
    pub fn sign(&self, manifest: &[u8], comment: &str) -> Result<Signature, SigningKeyError> {
        let failed = |reason: String| SigningKeyError::Sign { reason };
        let comment: String = comment.chars().filter(|c| !c.is_control()).collect();
        let note = format!("exam-service release, key {}", self.public.id());
        minisign::sign(None, &self.secret, manifest, Some(&comment), Some(&note))
            .map_err(|error| failed(error.to_string()))
            .and_then(|signed| {
                Signature::parse(&signed.into_string()).map_err(|error| failed(error.to_string()))
            })
    }
}

/// Whether the second line, the key itself, is encrypted; `None` for something else.
fn has_password(text: &str) -> Option<bool> {
    use base64::Engine as _;
    let line = text.lines().nth(1)?;
    let bytes = Zeroizing::new(base64::prelude::BASE64_STANDARD.decode(line.trim()).ok()?);
    (bytes.len() == KEY_BYTES).then(|| bytes[2..4] != NO_PASSWORD)
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), SigningKeyError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let write = |mut file: File| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    options.open(path).and_then(write).map_err(|error| {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => SigningKeyError::Exists { path },
            _ => SigningKeyError::Write {
                path,
                reason: error.to_string(),
            },
        }
    })
}

#[cfg(unix)]
fn check_private(file: &File, path: &Path) -> Result<(), SigningKeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = path.to_owned();
    let mode = match file.metadata() {
        Ok(metadata) => metadata.permissions().mode() & 0o7777,
        Err(error) => {
            let reason = error.to_string();
            return Err(SigningKeyError::Unreadable { path, reason });
        }
    };
    let for_others = mode & 0o077;
    if for_others == 0 {
        return Ok(());
    }
    Err(SigningKeyError::ReadableByOthers { path, mode })
}

#[cfg(not(unix))]
fn check_private(_file: &File, _path: &Path) -> Result<(), SigningKeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_password() -> Result<Zeroizing<String>, String> {
        Err("nobody to ask".to_owned())
    }

    #[test]
    fn a_key_is_private_and_comes_back_as_it_was_made() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let made = SigningKey::generate(&path).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        let loaded = SigningKey::load(&path, no_password).unwrap();
        assert_eq!(loaded.public(), made.public());
        let beside = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        assert_eq!(
            PublicKey::parse_all(&beside).unwrap(),
            [made.public().clone()]
        );
        // What could be printed by mistake holds nothing secret.
        let secret = std::fs::read_to_string(&path).unwrap();
        let shown = format!("{made:?} {}", made.public());
        assert!(!shown.contains(secret.lines().nth(1).unwrap()), "{shown}");
        assert!(shown.starts_with("SigningKey("), "{shown}");
    }

    #[test]
    fn a_key_is_never_overwritten_and_never_read_where_others_can() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        SigningKey::generate(&path).unwrap();
        let again = SigningKey::generate(&path).unwrap_err().to_string();
        assert!(again.contains("never overwritten"), "{again}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let open = SigningKey::load(&path, no_password)
            .unwrap_err()
            .to_string();
        assert!(open.contains("(mode 0644): chmod 600"), "{open}");
    }

    #[test]
    fn a_key_with_a_password_of_minisign_itself_is_opened_by_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("minisign.key");
        let pair = KeyPair::generate_encrypted_keypair(Some("right".to_owned())).unwrap();
        let text = pair.sk.to_box(None).unwrap().into_string();
        write_new(&path, &text, 0o600).unwrap();
        let with = |password: &str| {
            let password = Zeroizing::new(password.to_owned());
            SigningKey::load(&path, || Ok(password))
        };
        let opened = with("right").unwrap();
        assert_eq!(opened.public().to_string(), pair.pk.to_base64());
        let wrong = with("wrong").unwrap_err().to_string();
        assert!(wrong.contains("does not open"), "{wrong}");
        let silent = SigningKey::load(&path, no_password)
            .unwrap_err()
            .to_string();
        assert!(silent.contains("nobody to ask"), "{silent}");
    }

    #[test]
    fn something_that_is_no_key_is_told_so_without_being_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for text in [
            "",
            "secret",
            "a\nsecret\n",
            "a\nc2VjcmV0\n",
            "a\nAAAAAAAA\n",
        ] {
            write_new(&path, text, 0o600).unwrap();
            let error = SigningKey::load(&path, no_password)
                .unwrap_err()
                .to_string();
            assert!(error.contains("is no signing key"), "{text:?}: {error}");
            std::fs::remove_file(&path).unwrap();
        }
    }
}
