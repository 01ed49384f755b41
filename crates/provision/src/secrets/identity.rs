//! The private keys: where they come from, and that nobody else reads them.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use zeroize::Zeroizing;

use super::{SIZE_LIMIT, SecretsError};
use crate::secret::Secret;

/// Where the private key is.
#[derive(Clone, Debug)]
pub enum IdentitySource {
    /// A file that somebody named: it has to be there.
    File(PathBuf),
    /// The key itself, for machines that have no place to keep a file.
    Key(Secret),
    /// The file that is used unless told otherwise; it need not be there.
    Usual(PathBuf),
    /// No place to look at.
    Nowhere,
}

/// Private keys, at least one.
pub struct Keys(Vec<Identity>);

impl Keys {
    /// Reads the keys; lines that are empty or begin with `#` are passed over.
    ///
    /// A file that its group or others can read is refused.
    pub fn load(source: &IdentitySource) -> Result<Self, SecretsError> {
        match source {
            IdentitySource::File(path) => Self::read(path),
            IdentitySource::Usual(path) if path.exists() => Self::read(path),
            IdentitySource::Usual(path) => Err(SecretsError::NoKey {
                usual: Some(path.clone()),
            }),
            IdentitySource::Key(key) => Self::parse(super::KEY_VARIABLE, key.expose()),
            IdentitySource::Nowhere => Err(SecretsError::NoKey { usual: None }),
        }
    }

    /// Makes a new key and keeps it at `path`, mode 0600; a file that is there is left alone.
    pub fn generate(path: &Path) -> Result<Self, SecretsError> {
        let identity = Identity::generate();
        let written = write_new(path, &identity);
        match written {
            Ok(()) => Ok(Self(vec![identity])),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(SecretsError::Exists {
                    path: path.to_owned(),
                })
            }
            Err(source) => Err(SecretsError::Write {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The public keys (`age1...`) that belong to these.
    pub fn public(&self) -> Vec<String> {
        let keys = self.0.iter();
        keys.map(|key| key.to_public().to_string()).collect()
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| key as &dyn age::Identity)
    }

    fn read(path: &Path) -> Result<Self, SecretsError> {
        let failed = |source| SecretsError::Read {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        refuse_readable(path, &file)?;
        let mut text = Zeroizing::new(String::new());
        file.take(SIZE_LIMIT)
            .read_to_string(&mut text)
            .map_err(failed)?;
        Self::parse(&path.display().to_string(), &text)
    }

    fn parse(place: &str, text: &str) -> Result<Self, SecretsError> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = Identity::from_str(line).map_err(|_| SecretsError::BadKey {
                place: format!("{place}:{}", index + 1),
            })?;
            keys.push(key);
        }
        if keys.is_empty() {
            let place = place.to_owned();
            return Err(SecretsError::EmptyKey { place });
        }
        Ok(Self(keys))
    }
}

#[cfg(unix)]
fn refuse_readable(path: &Path, file: &std::fs::File) -> Result<(), SecretsError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|source| SecretsError::Read {
        path: path.to_owned(),
        source,
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    let for_others = mode & 0o077;
    if for_others == 0 {
        return Ok(());
    }
    let path = path.to_owned();
    Err(SecretsError::ReadableByOthers { path, mode })
}

#[cfg(not(unix))]
fn refuse_readable(_: &Path, _: &std::fs::File) -> Result<(), SecretsError> {
    Ok(())
}

fn write_new(path: &Path, identity: &Identity) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        super::write::create_private_folder(folder)?;
    }
    let mut file = super::write::create_private(path)?;
    let key = identity.to_string();
    writeln!(file, "# public key: {}", identity.to_public())?;
    writeln!(file, "{}", key.expose_secret())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_made_is_read_again_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/identity.txt");
        let made = Keys::generate(&path).unwrap();
        let read = Keys::load(&IdentitySource::Usual(path.clone())).unwrap();
        assert_eq!(made.public(), read.public());
        assert!(matches!(
            Keys::generate(&path),
            Err(SecretsError::Exists { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.txt");
        Keys::generate(&path).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = Keys::load(&IdentitySource::File(path.clone()))
                .err()
                .unwrap();
            assert!(
                error.to_string().contains(&format!("mode {mode:04o}")),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_quoted() {
        for text in ["AGE-SECRET-KEY-1WRONG", "hunter2hunter2"] {
            let source = IdentitySource::Key(Secret::new(format!("# mine\n{text}\n")));
            let error = Keys::load(&source).err().unwrap().to_string();
            assert_eq!(
                error,
                "EXAMCTL_AGE_IDENTITY:2: not an age secret key (AGE-SECRET-KEY-1...)"
            );
        }
        let nothing = IdentitySource::Key(Secret::new("# nothing\n"));
        assert!(matches!(
            Keys::load(&nothing),
            Err(SecretsError::EmptyKey { .. })
        ));
    }
}
