//! How is an artifact read without trusting it? In order, within limits, and no further than allowed.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use tar::{Archive, Entry, EntryType};
use zstd::stream::read::Decoder;

use crate::artifact::ArtifactError;
use crate::artifact::checksum::checksum_of;
use crate::artifact::manifest::{FileEntry, MANIFEST_NAME, Manifest, is_safe_path};
use crate::artifact::signature::{
    PublicKey, SIGNATURE_NAME, Signature, SignatureError, check_trust,
};

const MANIFEST_MAX_BYTES: u64 = 1 << 20;
const SIGNATURE_MAX_BYTES: u64 = 4096;
/// What may follow the last file: the padding of a tar archive.
const TRAILER_MAX_BYTES: u64 = 1 << 20;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// At most 128 MiB of memory for the window of the compression.
const WINDOW_LOG_MAX: u32 = 27;

/// What of an artifact is read, and judged, before its files are.
pub(super) struct Head {
    pub(super) manifest: Manifest,
    pub(super) manifest_text: Vec<u8>,
    pub(super) signature: Option<Signature>,
}

/// Checks all of an artifact; its files only where every list of keys trusts it.
pub(super) fn verify(path: &Path, trusted: &[&[PublicKey]]) -> Result<Head, ArtifactError> {
    let mut archive = open_archive(path)?;
    let head = {
        let damaged = |error: std::io::Error| damaged(path, &error);
        // Raw: what comes before a file to describe it is an entry of its own here, and refused.
        let mut entries = archive.entries().map_err(damaged)?.raw(true);
        let mut next = || entries.next().transpose().map_err(damaged);
        let Some(mut first) = next()? else {
            return Err(not_an_artifact(path, "it is empty"));
        };
        let (manifest, manifest_text) = read_manifest(path, &mut first)?;
        let mut entry = next()?;
        let mut signature = None;
        if let Some(found) = &mut entry
            && found.path_bytes().as_ref() == SIGNATURE_NAME.as_bytes()
        {
            signature = Some(read_signature(path, found)?);
            entry = next()?;
        }
        for trusted in trusted {
            check_trust(&manifest_text, signature.as_ref(), trusted).map_err(|source| {
                ArtifactError::Signature {
                    path: path.to_owned(),
                    source,
                }
            })?;
        }
        let mut missing = manifest.files.iter();
        while let Some(mut file) = entry {
            verify_file(path, &mut file, missing.next())?;
            entry = next()?;
        }
        if let Some(file) = missing.next() {
            let reason = format!("`{}` is listed but missing", file.path);
            return Err(refused(path, reason));
        }
        Head {
            manifest,
            manifest_text,
            signature,
        }
    };
    verify_end(path, archive.into_inner())?;
    Ok(head)
}

type Archived = Archive<Decoder<'static, BufReader<File>>>;

pub(super) fn open_archive(path: &Path) -> Result<Archived, ArtifactError> {
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

fn read_manifest(
    path: &Path,
    entry: &mut Entry<'_, impl Read>,
) -> Result<(Manifest, Vec<u8>), ArtifactError> {
    if entry.path_bytes().as_ref() != MANIFEST_NAME.as_bytes() {
        return Err(not_an_artifact(path, "its first file is not manifest.json"));
    }
    let text = read_whole(path, entry, MANIFEST_NAME, MANIFEST_MAX_BYTES)?;
    let manifest = Manifest::parse(&text).map_err(|source| ArtifactError::Manifest {
        path: path.to_owned(),
        source,
    })?;
    Ok((manifest, text))
}

fn read_signature(
    path: &Path,
    entry: &mut Entry<'_, impl Read>,
) -> Result<Signature, ArtifactError> {
    let bytes = read_whole(path, entry, SIGNATURE_NAME, SIGNATURE_MAX_BYTES)?;
    String::from_utf8(bytes)
        .map_err(|_| SignatureError::Unreadable)
        .and_then(|text| Signature::parse(&text))
        .map_err(|source| ArtifactError::Signature {
            path: path.to_owned(),
            source,
        })
}

/// A small file that is needed as a whole.
fn read_whole(
    path: &Path,
    entry: &mut Entry<'_, impl Read>,
    name: &str,
    max_bytes: u64,
) -> Result<Vec<u8>, ArtifactError> {
    if entry.header().entry_type() != EntryType::Regular || entry.size() > max_bytes {
        let reason = format!("{name} is not a file of at most {max_bytes} bytes");
        return Err(refused(path, reason));
    }
    let mut bytes = Vec::new();
    entry
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(path, &error))?;
    Ok(bytes)
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
        let reason = format!("`{name}` does not have the checksum in the manifest");
        return Err(ArtifactError::Damaged {
            path: path.to_owned(),
            reason,
        });
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

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> ArtifactError {
    ArtifactError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

pub(super) fn damaged(path: &Path, error: &std::io::Error) -> ArtifactError {
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
