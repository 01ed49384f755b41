//! How does an artifact get its signature? It is checked, signed and written anew, whole or not at all.

use std::path::{Path, PathBuf};

use crate::artifact::signature::Signature;
use crate::artifact::signing_key::{SigningKey, SigningKeyError};
use crate::artifact::write::ArtifactWriter;
use crate::artifact::{Artifact, ArtifactError};
use crate::clock::Clock;

/// Who signs, with which key.
#[derive(Clone, Debug)]
pub struct Signer {
    pub key: SigningKey,
    /// `login@machine`; becomes part of what is signed and shown.
    pub who: String,
    pub clock: Clock,
}

/// Why an artifact was not signed; it is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error("cannot write {}: {reason}", .path.display())]
    Write { path: PathBuf, reason: String },
}

impl Signer {
    pub(super) fn sign(&self, id: &str, manifest: &[u8]) -> Result<Signature, SigningKeyError> {
        let comment = format!("{id} signed {} by {}", self.clock.stamp(), self.who);
        self.key.sign(manifest, &comment)
    }
}

/// Signs an intact artifact in its place; a signature that it had is replaced.
///
/// The release keeps its id: the content is the same.
pub fn sign_artifact(path: &Path, signer: &Signer) -> Result<Artifact, SignError> {
    let artifact = Artifact::open(path)?;
    let text = &artifact.manifest_text;
    let signature = signer.sign(&artifact.manifest.id, text)?;
    let failed = |error: std::io::Error| SignError::Write {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut signed = ArtifactWriter::create(path, text, Some(&signature)).map_err(failed)?;
    for file in &artifact.manifest.files {
        artifact
            .with_file(file, |content| signed.add(file, content))?
            .map_err(failed)?;
    }
    Ok(signed.finish().map_err(failed)?.accept()?)
}
