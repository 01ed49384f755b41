//! Is this file an intact release, from whom, and what are its bytes? Trusts nothing it reads.
//!
//! An artifact is `tar.zst`: `manifest.json` first, then its signature if it has one, then every file
//! that the manifest lists, nothing else. Whoever trusts only some keys gets no further than the
//! signature where it is not by one of them.

mod checksum;
pub mod elf;
pub mod folder;
pub mod manifest;
pub mod pack;
mod read;
pub mod sign;
pub mod signature;
pub mod signing_key;
mod write;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::artifact::manifest::{FileEntry, Manifest, ManifestError};
use crate::artifact::read::{damaged, open_archive, unreadable};
use crate::artifact::signature::{PublicKey, Signature, SignatureError, Trust, check_trust};

/// A release in a file, checked byte by byte when it was opened.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub path: PathBuf,
    pub manifest: Manifest,
    /// Size of the compressed file in bytes.
    pub size_bytes: u64,
    /// The manifest as it lies in the file: a signature is about these bytes.
    manifest_text: Vec<u8>,
    signature: Option<Signature>,
}

/// Why a file is not an intact artifact.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("cannot read {}: {reason}", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "{} is not an artifact: {reason}; `examctl release pack` makes one", .path.display()
    )]
    NotAnArtifact { path: PathBuf, reason: String },
    #[error("{} is cut short or damaged ({reason}); copy it again from where it was packed", .path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} is refused: {reason}", .path.display())]
    Refused { path: PathBuf, reason: String },
    #[error("{}: {source}", .path.display())]
    Manifest {
        path: PathBuf,
        source: ManifestError,
    },
    #[error("{} is refused: {source}", .path.display())]
    Signature {
        path: PathBuf,
        source: SignatureError,
    },
}

impl Artifact {
    /// Opens an artifact and checks all of it: format, limits, paths, sizes and checksums.
    pub fn open(path: &Path) -> Result<Self, ArtifactError> {
        Self::open_trusted(path, &[])
    }

    /// The same, and refuses it after its manifest where one of the lists of keys does not trust it.
    ///
    /// Every host has a list; an empty one trusts everything.
    pub fn open_trusted(path: &Path, trusted: &[&[PublicKey]]) -> Result<Self, ArtifactError> {
        let head = read::verify(path, trusted)?;
        let size_bytes = std::fs::metadata(path)
            .map_err(|error| unreadable(path, &error))?
            .len();
        Ok(Self {
            path: path.to_owned(),
            manifest: head.manifest,
            size_bytes,
            manifest_text: head.manifest_text,
            signature: head.signature,
        })
    }

    /// Whether it is signed as `trusted` asks for; see [`check_trust`].
    pub fn check_trust(&self, trusted: &[PublicKey]) -> Result<Trust, ArtifactError> {
        let path = || self.path.clone();
        // The fields of an artifact are public: what was signed must still be what they say.
        if !Manifest::parse(&self.manifest_text).is_ok_and(|signed| signed == self.manifest) {
            let reason = "its manifest was changed after it was opened".to_owned();
            return Err(ArtifactError::Refused {
                path: path(),
                reason,
            });
        }
        check_trust(&self.manifest_text, self.signature.as_ref(), trusted).map_err(|source| {
            ArtifactError::Signature {
                path: path(),
                source,
            }
        })
    }

    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// Hands the content of one of the manifest's files to `read`.
    ///
    /// The content may have changed since [`Artifact::open`]; the receiver checks it again.
    pub fn with_file<T>(
        &self,
        file: &FileEntry,
        read: impl FnOnce(&mut dyn Read) -> T,
    ) -> Result<T, ArtifactError> {
        let mut archive = open_archive(&self.path)?;
        let damaged = |error| damaged(&self.path, &error);
        for entry in archive.entries().map_err(damaged)?.raw(true) {
            let mut entry = entry.map_err(damaged)?;
            if entry.path_bytes().as_ref() == file.path.as_bytes() {
                return Ok(read(&mut entry));
            }
        }
        Err(ArtifactError::Damaged {
            path: self.path.clone(),
            reason: format!("`{}` is no longer in it", file.path),
        })
    }
}

#[cfg(test)]
mod signed_tests;
#[cfg(test)]
mod tests;
