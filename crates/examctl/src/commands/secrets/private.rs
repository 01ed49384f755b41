//! A text in a file that only its owner can read, and that is not left behind.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use zeroize::Zeroizing;

/// The most that is read back, in bytes.
const SIZE_LIMIT: u64 = 4 << 20;

/// A file in a folder of its own; both are gone, and what was in them overwritten, once it is dropped.
pub(super) struct PrivateText {
    folder: PathBuf,
}

impl PrivateText {
    /// Writes `text` to memory where the system has a place for that, else to the folder for temporary files.
    pub(super) fn new(text: &str) -> std::io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let random = provision::secrets::generate(20).map_err(std::io::Error::other)?;
        let folder = parent.join(format!("examctl-{}", random.value.expose()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        let private = Self { folder };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(private.path())?.write_all(text.as_bytes())?;
        Ok(private)
    }

    /// Runs the person's editor on it and waits; the variables may hold arguments too.
    pub(super) fn edit(&self, editor: &str) -> std::io::Result<ExitStatus> {
        Command::new("/bin/sh")
            .args(["-c", &format!("{editor} \"$1\""), "sh"])
            .arg(self.path())
            .env_remove(provision::secrets::KEY_VARIABLE)
            .status()
    }

    pub(super) fn read(&self) -> std::io::Result<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::new());
        let file = File::open(self.path())?;
        file.take(SIZE_LIMIT).read_to_string(&mut text)?;
        Ok(text)
    }

    /// Leaves the file where it is, as the last place where its text is kept.
    pub(super) fn leave(self) -> PathBuf {
        let path = self.path();
        std::mem::forget(self);
        path
    }

    fn path(&self) -> PathBuf {
        self.folder.join("secrets.yaml")
    }
}

impl Drop for PrivateText {
    fn drop(&mut self) {
        // An editor may have left copies; none of this can be reported from here, and the folder
        // is private in any case.
        for entry in std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
        {
            overwrite(&entry.path()).ok();
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn overwrite(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let size = file.metadata()?.len();
    std::io::copy(&mut std::io::repeat(0).take(size), &mut file)?;
    file.sync_all()
}
