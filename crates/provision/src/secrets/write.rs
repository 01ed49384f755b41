//! Writing files that must never be half there, and that others must not read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Puts `bytes` in the place of `path` whole or not at all: written beside it, synced, renamed.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // The file that is meant, not the link to it.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let random = getrandom::u64().map_err(|error| std::io::Error::other(error.to_string()))?;
    let beside = path.with_file_name(format!(".{name}.{random:016x}.new"));
    let written = create_private(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path))
        .and_then(|()| sync_folder(path));
    if written.is_err() {
        // Nothing is lost with it, and the first error is the one to tell.
        std::fs::remove_file(&beside).ok();
    }
    written
}

/// A new file, readable by its owner only.
pub(super) fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Folders that are missing are made for their owner only.
pub(super) fn create_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Holds off other writers of the same folder until it is dropped.
pub(super) fn lock_folder(path: &Path) -> std::io::Result<File> {
    let folder = File::open(folder_of(path))?;
    folder.lock()?;
    Ok(folder)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match File::open(folder_of(path)).and_then(|folder| folder.sync_all()) {
        // Not every file system can, and the rename itself is done.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.age");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");

        // A folder cannot be replaced by a file: the rename is what fails.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("kept"), "kept").unwrap();
        replace(&taken, b"new").unwrap_err();
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(taken.join("kept").is_file());
    }
}
