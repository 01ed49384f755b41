//! Which releases lie in a folder, and what is each of them worth?

use std::path::{Path, PathBuf};

use crate::artifact::signature::{PublicKey, Trust};
use crate::artifact::{Artifact, ArtifactError};

/// What an artifact's name ends with.
const ENDING: &str = ".tar.zst";
/// Files looked at; a folder with more is not one of releases.
const FILES_MAX: usize = 1000;

/// One file that looks like an artifact.
#[derive(Debug)]
pub struct Listed {
    pub path: PathBuf,
    /// The artifact and how far it is trusted, or what is wrong with it.
    pub found: Result<(Artifact, Trust), ArtifactError>,
}

/// All artifacts of a folder by their names, each checked byte by byte.
pub fn list_artifacts(folder: &Path, trusted: &[PublicKey]) -> Result<Vec<Listed>, ArtifactError> {
    let unreadable = |error: std::io::Error| ArtifactError::Unreadable {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(ENDING) && path.is_file() {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(ArtifactError::Refused {
                path: folder.to_owned(),
                reason: format!("it holds more than {FILES_MAX} artifacts"),
            });
        }
    }
    paths.sort();
    let look = |path: PathBuf| {
        let found = Artifact::open_trusted(&path, &[trusted])
            .and_then(|artifact| Ok((artifact.check_trust(trusted)?, artifact)))
            .map(|(trust, artifact)| (artifact, trust));
        Listed { path, found }
    };
    Ok(paths.into_iter().map(look).collect())
}
