//! Was this release signed by somebody whom its hosts trust? Pure; nothing here reads a file.
//!
//! Signatures and keys have the format of `minisign`: short, known to many, checked without us.
//! What is signed is the text of `manifest.json`, which holds the checksums of all other files.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};

/// The signature's name inside an artifact, directly after the manifest.
pub const SIGNATURE_NAME: &str = "manifest.json.minisig";
/// The host variable that lists the keys.
pub const TRUSTED_KEYS: &str = "release_trusted_keys";
/// The length of a public key as text.
const KEY_CHARS: usize = 56;
/// Where the number of the key stands, in a public key and in a signature.
const ID_BYTES: std::ops::Range<usize> = 2..10;
/// How a signature begins, but for those of very old versions of minisign.
const PREHASHED: &[u8] = b"ED";
const COMMENT_MAX_CHARS: usize = 200;

/// The number that `minisign` gives a key: says which key is meant, proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(u64);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016X}", self.0)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl KeyId {
    fn within(bytes: &[u8]) -> Option<Self> {
        let id = bytes.get(ID_BYTES)?.try_into().ok()?;
        Some(Self(u64::from_le_bytes(id)))
    }
}

/// Checks signatures; one short line that may be shown to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    text: String,
    id: KeyId,
    key: minisign_verify::PublicKey,
}

/// Why a text is not a public key. Does not repeat the text: it may be a secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no public key: one is the line of {KEY_CHARS} characters, beginning with `RW`, that `examctl release keygen` prints"
)]
pub struct NotAPublicKey;

impl FromStr for PublicKey {
    type Err = NotAPublicKey;

    fn from_str(text: &str) -> Result<Self, NotAPublicKey> {
        let text = text.trim();
        if text.len() != KEY_CHARS {
            return Err(NotAPublicKey);
        }
        let key = minisign_verify::PublicKey::from_base64(text).map_err(|_| NotAPublicKey)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| NotAPublicKey)?;
        Ok(Self {
            text: text.to_owned(),
            id: KeyId::within(&bytes).ok_or(NotAPublicKey)?,
            key,
        })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl PublicKey {
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The keys in a text: one a line; empty lines, `#` and minisign's comments are skipped.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, NotAPublicKey> {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .filter(|line| !line.starts_with("untrusted comment:"))
            .map(str::parse)
            .collect()
    }
}

/// A signature as it was found; it proves nothing until [`check_trust`] says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    text: String,
    key_id: KeyId,
}

impl Signature {
    /// Reads the four lines of a signature.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let unreadable = || SignatureError::Unreadable;
        minisign_verify::Signature::decode(text).map_err(|_| unreadable())?;
        let line = text.lines().nth(1).ok_or_else(unreadable)?;
        let bytes = BASE64_STANDARD.decode(line).map_err(|_| unreadable())?;
        if !bytes.starts_with(PREHASHED) {
            return Err(unreadable());
        }
        Ok(Self {
            text: text.to_owned(),
            key_id: KeyId::within(&bytes).ok_or_else(unreadable)?,
        })
    }

    /// The key that it claims to be made with.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// How far a release may be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "trust", rename_all = "snake_case")]
pub enum Trust {
    /// One of the trusted keys signed it.
    Signed {
        key: KeyId,
        /// What the signer wrote beside it, signed as well: when and by whom.
        comment: String,
    },
    /// It is signed, but no key is trusted: nobody knows whether the signature fits.
    Unchecked { key: KeyId },
    /// It is not signed, and no key is trusted.
    Unsigned,
}

impl fmt::Display for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed { key, comment } => {
                write!(formatter, "by the trusted key {key} ({comment})")
            }
            Self::Unchecked { key } => {
                write!(
                    formatter,
                    "by key {key}, as it says; not checked, no trusted key was given"
                )
            }
            Self::Unsigned => formatter.write_str("by nobody"),
        }
    }
}

/// Why a release is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error(
        "it is not signed, and only releases signed by {} are accepted: if it is yours, sign it with `examctl release sign FILE --key KEYFILE`",
        listed(.trusted)
    )]
    Unsigned { trusted: Vec<KeyId> },
    #[error(
        "it is signed by key {found}, and only {} can be trusted: get the release from whoever holds such a key, or, if {found} is to be trusted from now on, add its public key to `{TRUSTED_KEYS}`",
        listed(.trusted)
    )]
    Stranger { found: KeyId, trusted: Vec<KeyId> },
    #[error(
        "it names the trusted key {key}, but the signature does not fit: it was changed after it was signed, or signed by somebody else; do not use it, get it again from where it was signed"
    )]
    DoesNotFit { key: KeyId },
    #[error(
        "its signature cannot be read: get it again from where it was signed, or sign it again with `examctl release sign FILE --key KEYFILE`"
    )]
    Unreadable,
}

fn listed(keys: &[KeyId]) -> String {
    let keys: Vec<String> = keys.iter().map(KeyId::to_string).collect();
    match keys.as_slice() {
        [key] => format!("key {key}"),
        keys => format!("one of the keys {}", keys.join(", ")),
    }
}

/// Whether a manifest may be used: with trusted keys, only if one of them signed exactly this text.
///
/// Without any trusted key everything may, and the answer says how little is known.
pub fn check_trust(
    manifest: &[u8],
    signature: Option<&Signature>,
    trusted: &[PublicKey],
) -> Result<Trust, SignatureError> {
    let ids = || trusted.iter().map(PublicKey::id).collect();
    let signature = match (signature, trusted) {
        (None, []) => return Ok(Trust::Unsigned),
        (Some(signature), []) => {
            return Ok(Trust::Unchecked {
                key: signature.key_id,
            });
        }
        (None, _) => return Err(SignatureError::Unsigned { trusted: ids() }),
        (Some(signature), _) => signature,
    };
    let key = signature.key_id;
    let mut named = trusted
        .iter()
        .filter(|trusted| trusted.id == key)
        .peekable();
    if named.peek().is_none() {
        let trusted = ids();
        return Err(SignatureError::Stranger {
            found: key,
            trusted,
        });
    }
    let proof = minisign_verify::Signature::decode(&signature.text)
        .map_err(|_| SignatureError::Unreadable)?;
    if named.any(|trusted| trusted.key.verify(manifest, &proof, false).is_ok()) {
        let comment = shown(proof.trusted_comment());
        return Ok(Trust::Signed { key, comment });
    }
    Err(SignatureError::DoesNotFit { key })
}

/// What may be printed on a terminal of somebody else's text.
fn shown(comment: &str) -> String {
    comment
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(COMMENT_MAX_CHARS)
        .collect()
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
