//! The encrypted file: opening it, saving it whole or not at all, and keeping what cannot be saved.

use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    Content, DRAFT_NAME, Keys, RECIPIENTS_NAME, Recipients, SIZE_LIMIT, SecretsError, write,
};

/// Begins the lines at the top of what is encrypted that are examctl's own.
const OWN_LINE: &str = "# examctl ";

type Hash = [u8; 32];

/// A secrets file as it was read, and what was seen then, so that nobody's change is overwritten.
pub struct SecretsFile {
    path: PathBuf,
    text: Zeroizing<String>,
    /// The list beside it.
    recipients: Recipients,
    /// Whom it was encrypted for, as it says itself; `None` where another program wrote it.
    encrypted_for: Option<Recipients>,
    seen: Hash,
}

/// A text that was written and not saved.
pub struct Draft {
    pub text: Zeroizing<String>,
    /// Somebody has saved another text since.
    pub is_outdated: bool,
}

impl SecretsFile {
    /// Makes an empty file and the list beside it.
    pub fn create(path: &Path, recipients: &Recipients) -> Result<Self, SecretsError> {
        let _lock = lock(path)?;
        let list = path.with_file_name(RECIPIENTS_NAME);
        for path in [path, &list] {
            if path.exists() {
                let path = path.to_owned();
                return Err(SecretsError::Exists { path });
            }
        }
        let text = "# Variables of all hosts, and secret: NAME: VALUE\n";
        let bytes = encrypt(path, text, recipients)?;
        put(path, &bytes)?;
        put(&list, recipients.text().as_bytes())?;
        Ok(Self {
            path: path.to_owned(),
            text: Zeroizing::new(text.to_owned()),
            recipients: recipients.clone(),
            encrypted_for: Some(recipients.clone()),
            seen: hash(&bytes),
        })
    }

    /// Decrypts the file; what is inside is not checked yet.
    pub fn open(path: &Path, keys: &Keys) -> Result<Self, SecretsError> {
        let bytes = read(path)?;
        let recipients = list_beside(path)?;
        let text = decrypt(path, &bytes, keys, &recipients)?;
        let (own, text) = split(text);
        let encrypted_for = own.strip_prefix("recipients: ").map(|keys| {
            let keys: Vec<String> = keys.split(' ').map(str::to_owned).collect();
            Recipients::of(&keys)
        });
        Ok(Self {
            path: path.to_owned(),
            text,
            recipients,
            encrypted_for,
            seen: hash(&bytes),
        })
    }

    /// What is inside, checked.
    pub fn content(&self) -> Result<Content, SecretsError> {
        let file = self.path.display().to_string();
        Content::parse(&file, &self.text).map_err(SecretsError::Content)
    }

    /// What is inside, as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The list of those who are to read it.
    pub fn recipients(&self) -> &Recipients {
        &self.recipients
    }

    /// How the list differs from whom the file is encrypted for; empty where it does not.
    pub fn unconfirmed(&self) -> String {
        let confirmed = self.encrypted_for.as_ref();
        confirmed.map_or_else(String::new, |confirmed| {
            confirmed.difference(&self.recipients)
        })
    }

    /// Replaces what is inside, for the same readers.
    ///
    /// Refused where the file has changed since it was opened, or where the list beside it names
    /// other keys than the file itself does: that list is not protected by anything.
    pub fn save(&self, content: &Content) -> Result<(), SecretsError> {
        let difference = self.unconfirmed();
        if !difference.is_empty() {
            return Err(SecretsError::OtherRecipients { difference });
        }
        let bytes = encrypt(&self.path, content.text(), &self.recipients)?;
        let _lock = self.lock_unchanged()?;
        put(&self.path, &bytes)
    }

    /// Encrypts the same text for other readers and writes their list.
    pub fn rekey(&self, recipients: &Recipients, keys: &Keys) -> Result<(), SecretsError> {
        let readers = recipients.keys();
        if !keys
            .public()
            .iter()
            .any(|key| readers.contains(&key.as_str()))
        {
            return Err(SecretsError::LocksYouOut);
        }
        let bytes = encrypt(&self.path, &self.text, recipients)?;
        let _lock = self.lock_unchanged()?;
        // In this order: where only the first is done, the next save sees that the list is another.
        put(&self.path, &bytes)?;
        let list = self.path.with_file_name(RECIPIENTS_NAME);
        put(&list, recipients.text().as_bytes())
    }

    /// Keeps a text that cannot be saved, for those who can read the file.
    pub fn keep_draft(&self, text: &str) -> Result<PathBuf, SecretsError> {
        let path = self.path.with_file_name(DRAFT_NAME);
        let readers = self.encrypted_for.as_ref().unwrap_or(&self.recipients);
        let own = format!("base: {}", BASE64_STANDARD.encode(self.seen));
        let bytes = encrypt_with(&path, &own, text, readers)?;
        put(&path, &bytes)?;
        Ok(path)
    }

    /// The text that an earlier edit left.
    pub fn draft(&self, keys: &Keys) -> Result<Option<Draft>, SecretsError> {
        let path = self.path.with_file_name(DRAFT_NAME);
        let bytes = match read(&path) {
            Err(SecretsError::Missing { .. }) => return Ok(None),
            other => other?,
        };
        let (own, text) = split(decrypt(&path, &bytes, keys, &self.recipients)?);
        Ok(Some(Draft {
            text,
            is_outdated: own != format!("base: {}", BASE64_STANDARD.encode(self.seen)),
        }))
    }

    /// Removes the draft, once its text is saved or not wanted.
    pub fn drop_draft(path: &Path) -> Result<(), SecretsError> {
        let path = path.with_file_name(DRAFT_NAME);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(SecretsError::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Holds off others, and refuses where one of them was faster.
    fn lock_unchanged(&self) -> Result<std::fs::File, SecretsError> {
        let lock = lock(&self.path)?;
        let unchanged = read(&self.path).is_ok_and(|bytes| hash(&bytes) == self.seen)
            && list_beside(&self.path).is_ok_and(|list| list == self.recipients);
        if unchanged {
            return Ok(lock);
        }
        let path = self.path.clone();
        Err(SecretsError::Changed { path })
    }
}

fn lock(path: &Path) -> Result<std::fs::File, SecretsError> {
    write::lock_folder(path).map_err(|source| SecretsError::Write {
        path: path.to_owned(),
        source,
    })
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), SecretsError> {
    write::replace(path, bytes).map_err(|source| SecretsError::Write {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, SecretsError> {
    let path = path.to_owned();
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(&path).and_then(|file| file.take(SIZE_LIMIT).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(source) if source.kind() == ErrorKind::NotFound => Err(SecretsError::Missing { path }),
        Err(source) => Err(SecretsError::Read { path, source }),
    }
}

/// The list beside the file; empty where there is none.
pub(super) fn list_beside(path: &Path) -> Result<Recipients, SecretsError> {
    let path = path.with_file_name(RECIPIENTS_NAME);
    match read(&path) {
        Ok(bytes) => Recipients::parse(&path, &String::from_utf8_lossy(&bytes)),
        Err(SecretsError::Missing { .. }) => Ok(Recipients::default()),
        Err(error) => Err(error),
    }
}

fn decrypt(
    path: &Path,
    bytes: &[u8],
    keys: &Keys,
    recipients: &Recipients,
) -> Result<Zeroizing<String>, SecretsError> {
    let damaged = |reason: String| SecretsError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let failed = |error: DecryptError| match error {
        DecryptError::NoMatchingKeys => SecretsError::NotForYou {
            path: path.to_owned(),
            yours: keys.public().join(", "),
            readers: match recipients.described() {
                list if list.is_empty() => format!("nobody that {RECIPIENTS_NAME} names"),
                list => list,
            },
        },
        other => damaged(other.to_string()),
    };
    let reader = Decryptor::new(ArmoredReader::new(bytes))
        .and_then(|file| file.decrypt(keys.identities()))
        .map_err(failed)?;
    let mut text = Zeroizing::new(String::new());
    let read = reader.take(SIZE_LIMIT).read_to_string(&mut text);
    read.map_err(|error| damaged(error.to_string()))?;
    Ok(text)
}

fn encrypt(path: &Path, text: &str, recipients: &Recipients) -> Result<Vec<u8>, SecretsError> {
    let own = format!("recipients: {}", recipients.keys().join(" "));
    encrypt_with(path, &own, text, recipients)
}

fn encrypt_with(
    path: &Path,
    own: &str,
    text: &str,
    recipients: &Recipients,
) -> Result<Vec<u8>, SecretsError> {
    let ages = recipients.ages();
    let readers = ages.iter().map(|key| key as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(readers).map_err(|_| SecretsError::NoRecipients)?;
    let written = || -> std::io::Result<Vec<u8>> {
        let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armor)?;
        writeln!(writer, "{OWN_LINE}{own}")?;
        writer.write_all(text.as_bytes())?;
        writer.finish()?.finish()
    };
    written().map_err(|source| SecretsError::Write {
        path: path.to_owned(),
        source,
    })
}

/// The first line where it is examctl's own, and the rest.
fn split(text: Zeroizing<String>) -> (String, Zeroizing<String>) {
    let own = text
        .strip_prefix(OWN_LINE)
        .and_then(|rest| rest.split_once('\n'));
    match own {
        Some((own, rest)) => (own.to_owned(), Zeroizing::new(rest.to_owned())),
        None => (String::new(), text),
    }
}

fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
