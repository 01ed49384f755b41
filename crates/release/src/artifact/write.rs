//! How is an artifact written? The same bytes for the same content, and in its place only when it is whole.

use std::fs::File;
use std::io::{Read, Result};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};
use zstd::stream::write::Encoder;

use crate::artifact::manifest::{FileEntry, MANIFEST_NAME};
use crate::artifact::signature::{SIGNATURE_NAME, Signature};
use crate::artifact::{Artifact, ArtifactError};

const COMPRESSION_LEVEL: i32 = 9;

/// An artifact in the making, beside its place; gone unless it is accepted.
pub(super) struct ArtifactWriter {
    archive: Builder<Encoder<'static, File>>,
    unfinished: Unfinished,
}

impl ArtifactWriter {
    pub(super) fn create(
        path: &Path,
        manifest: &[u8],
        signature: Option<&Signature>,
    ) -> Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let unfinished = Unfinished {
            path: path.to_owned(),
            partial: path.with_extension("partial"),
        };
        let mut encoder = Encoder::new(File::create(&unfinished.partial)?, COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        let mut writer = Self {
            archive: Builder::new(encoder),
            unfinished,
        };
        writer.append(
            MANIFEST_NAME,
            0o644,
            manifest.len() as u64,
            &mut &manifest[..],
        )?;
        if let Some(signature) = signature {
            let text = signature.text();
            writer.append(
                SIGNATURE_NAME,
                0o644,
                text.len() as u64,
                &mut text.as_bytes(),
            )?;
        }
        Ok(writer)
    }

    /// Appends the next file of the manifest.
    pub(super) fn add(&mut self, file: &FileEntry, content: &mut dyn Read) -> Result<()> {
        self.append(&file.path, file.mode, file.size, content)
    }

    /// Nothing of this machine or moment goes into a header.
    fn append(&mut self, name: &str, mode: u32, size: u64, content: &mut dyn Read) -> Result<()> {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(size);
        header.set_mode(mode);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        self.archive
            .append_data(&mut header, name, content.take(size))
    }

    pub(super) fn finish(self) -> Result<Unfinished> {
        self.archive.into_inner()?.finish()?.sync_all()?;
        Ok(self.unfinished)
    }
}

/// An artifact that is written, not yet read back, and not yet in its place.
pub(super) struct Unfinished {
    path: PathBuf,
    partial: PathBuf,
}

impl Unfinished {
    /// Reads all of it back, then puts it into its place.
    pub(super) fn accept(self) -> std::result::Result<Artifact, ArtifactError> {
        let path = self.path.clone();
        let artifact = Artifact::open(&self.partial)?;
        std::fs::rename(&self.partial, &path).map_err(|error| ArtifactError::Unreadable {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Ok(Artifact { path, ..artifact })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After `accept` there is nothing of that name any more.
        std::fs::remove_file(&self.partial).ok();
    }
}
