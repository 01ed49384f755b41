//! Is this file an intact release, and what are its bytes? Trusts nothing it reads.
//!
//! An artifact is `tar.zst`: `manifest.json` first, then every file that it lists, nothing else.

mod checksum;
pub mod elf;
pub mod manifest;
pub mod pack;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use tar::{Archive, Entry, EntryType};
use zstd::stream::read::Decoder;

use crate::artifact::checksum::checksum_of;
use crate::artifact::manifest::{FileEntry, MANIFEST_NAME, Manifest, ManifestError, is_safe_path};

const MANIFEST_MAX_BYTES: u64 = 1 << 20;
/// What may follow the last file: the padding of a tar archive.
const TRAILER_MAX_BYTES: u64 = 1 << 20;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// At most 128 MiB of memory for the window of the compression.
const WINDOW_LOG_MAX: u32 = 27;

/// A release in a file, checked byte by byte when it was opened.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub path: PathBuf,
    pub manifest: Manifest,
    /// Size of the compressed file in bytes.
    pub size_bytes: u64,
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
}

impl Artifact {
    /// Opens an artifact and checks all of it: format, limits, paths, sizes and checksums.
    pub fn open(path: &Path) -> Result<Self, ArtifactError> {
        let manifest = verify(path)?;
        let size_bytes = std::fs::metadata(path)
            .map_err(|error| unreadable(path, &error))?
            .len();
        Ok(Self {
            path: path.to_owned(),
            manifest,
            size_bytes,
        })
    }

    /// Hands the content of one of the manifest's files to `read`.
    ///
    /// The content may have changed since [`Artifact::open`]; the receiver checks it again.
    pub fn with_file<T>(
        &self,
        file: &FileEntry,
        read: impl FnOnce(&mut dyn Read) -> T,
    ) -> Result<T, ArtifactError> {
        let damaged = |reason: String| ArtifactError::Damaged {
            path: self.path.clone(),
            reason,
        };
        let mut archive = open_archive(&self.path)?;
        let entries = archive
            .entries()
            .map_err(|error| damaged(error.to_string()))?;
        for entry in entries {
            let mut entry = entry.map_err(|error| damaged(error.to_string()))?;
            if entry.path_bytes().as_ref() == file.path.as_bytes() {
                return Ok(read(&mut entry));
            }
        }
        Err(damaged(format!("`{}` is no longer in it", file.path)))
    }
}

/// Checks all of an artifact and returns its manifest.
pub fn verify(path: &Path) -> Result<Manifest, ArtifactError> {
    let mut archive = open_archive(path)?;
    let manifest = {
        let damaged = |error: std::io::Error| damaged(path, &error);
        let mut entries = archive.entries().map_err(damaged)?;
        let mut first = match entries.next() {
            Some(entry) => entry.map_err(damaged)?,
            None => return Err(not_an_artifact(path, "it is empty")),
        };
        let manifest = verify_manifest(path, &mut first)?;
        let mut missing = manifest.files.iter();
        for entry in entries {
            verify_file(path, &mut entry.map_err(damaged)?, missing.next())?;
        }
        if let Some(file) = missing.next() {
            return Err(refused(
                path,
                format!("`{}` is listed but missing", file.path),
            ));
        }
        manifest
    };
    verify_end(path, archive.into_inner())?;
    Ok(manifest)
}

type Archived = Archive<Decoder<'static, BufReader<File>>>;

fn open_archive(path: &Path) -> Result<Archived, ArtifactError> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut magic = [0; 4];
    if file.read_exact(&mut magic).is_err() || magic != ZSTD_MAGIC {
        return Err(not_an_artifact(path, "it is not compressed with zstd"));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut decoder = Decoder::new(file).map_err(|error| unreadable(path, &error))?;
    decoder
        .window_log_max(WINDOW_LOG_MAX)
        .map_err(|error| unreadable(path, &error))?;
    Ok(Archive::new(decoder))
}

fn verify_manifest(
    path: &Path,
    entry: &mut Entry<'_, impl Read>,
) -> Result<Manifest, ArtifactError> {
    if entry.path_bytes().as_ref() != MANIFEST_NAME.as_bytes() {
        return Err(not_an_artifact(path, "its first file is not manifest.json"));
    }
    if entry.header().entry_type() != EntryType::Regular || entry.size() > MANIFEST_MAX_BYTES {
        return Err(refused(
            path,
            "manifest.json is not a file of at most 1 MiB".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    entry
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(path, &error))?;
    Manifest::parse(&bytes).map_err(|source| ArtifactError::Manifest {
        path: path.to_owned(),
        source,
    })
}

fn verify_file(
    path: &Path,
    entry: &mut Entry<'_, impl Read>,
    expected: Option<&FileEntry>,
) -> Result<(), ArtifactError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let refused = |reason: String| Err(refused(path, reason));
    if !is_safe_path(&name) {
        return refused(format!(
            "the path `{name}` would leave the release's directory"
        ));
    }
    if entry.header().entry_type() != EntryType::Regular {
        return refused(format!("`{name}` is not a plain file"));
    }
    let Some(expected) = expected.filter(|expected| expected.path == name) else {
        return refused(format!(
            "`{name}` is not where the manifest lists it, or not listed"
        ));
    };
    if entry.size() != expected.size {
        return refused(format!(
            "`{name}` has {} bytes, the manifest says {}",
            entry.size(),
            expected.size
        ));
    }
    let (sha256, size) = checksum_of(entry).map_err(|error| damaged(path, &error))?;
    if size != expected.size || sha256 != expected.sha256 {
        return refused(format!(
            "`{name}` does not have the checksum in the manifest"
        ));
    }
    Ok(())
}

/// Reads on to the end: a file that was cut in its last block must not pass.
fn verify_end(path: &Path, rest: impl Read) -> Result<(), ArtifactError> {
    let mut trailer = Vec::new();
    rest.take(TRAILER_MAX_BYTES)
        .read_to_end(&mut trailer)
        .map_err(|error| damaged(path, &error))?;
    if trailer.iter().any(|byte| *byte != 0) {
        return Err(refused(path, "something follows the last file".to_owned()));
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> ArtifactError {
    ArtifactError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn damaged(path: &Path, error: &std::io::Error) -> ArtifactError {
    ArtifactError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn refused(path: &Path, reason: String) -> ArtifactError {
    ArtifactError::Refused {
        path: path.to_owned(),
        reason,
    }
}

fn not_an_artifact(path: &Path, reason: &str) -> ArtifactError {
    ArtifactError::NotAnArtifact {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
