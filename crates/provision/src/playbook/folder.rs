//! Where files that a playbook names are: on disk, or among those that come with the program.

use std::path::{Path, PathBuf};

use crate::assets::Assets;

/// A folder of a playbook, a role or an included file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    Disk(PathBuf),
    /// Below the shipped playbooks; empty for their own folder.
    Shipped(String),
}

/// A file that was found.
pub(crate) struct Found {
    /// As a person would name it.
    pub(crate) shown: String,
    /// The folder it is in.
    pub(crate) folder: Folder,
    content: Result<Vec<u8>, String>,
}

impl Found {
    pub(crate) fn bytes(self) -> Result<Vec<u8>, String> {
        let shown = self.shown;
        self.content
            .map_err(|reason| format!("cannot read {shown}: {reason}"))
    }

    pub(crate) fn text(self) -> Result<String, String> {
        let shown = self.shown.clone();
        String::from_utf8(self.bytes()?).map_err(|_| format!("{shown} is not text"))
    }
}

impl Folder {
    /// The folder of a file on disk.
    pub(crate) fn of(file: &Path) -> Self {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        Self::Disk(folder.unwrap_or(Path::new(".")).to_owned())
    }

    pub(crate) fn join(&self, name: &str) -> Self {
        match self {
            Self::Disk(folder) => Self::Disk(folder.join(name)),
            Self::Shipped(folder) => Self::Shipped(join(folder, name)),
        }
    }

    /// The file `name` in it; `None` where there is none.
    pub(crate) fn find(&self, name: &str, assets: &Assets) -> Option<Found> {
        match self {
            Self::Disk(folder) => {
                let path = folder.join(name);
                path.is_file().then(|| Found {
                    shown: path.display().to_string(),
                    folder: Self::of(&path),
                    content: std::fs::read(&path).map_err(|error| error.to_string()),
                })
            }
            Self::Shipped(folder) => {
                let path = join(folder, name);
                let content = assets.playbook_file(&path)?;
                let inner = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                Some(Found {
                    shown: format!("playbooks/{path}"),
                    folder: Self::Shipped(inner.to_owned()),
                    content: Ok(content),
                })
            }
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
