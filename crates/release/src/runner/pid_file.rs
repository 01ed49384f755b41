//! Is the process that wrote this file still the one with this number?
//!
//! A pid file holds `PID START`, where START is the tick at which the process started: a number
//! that was given to another process since then does not match.

use std::path::{Path, PathBuf};

use crate::host::lock::{gather_start_ticks, probe_alive};

/// Shell that defines `alive FILE`: succeeds and sets `$pid` when the file's process runs.
pub(super) const ALIVE_SCRIPT: &str = r#"
alive() {
  pid=; started=
  { IFS=' ' read -r pid started < "$1"; } 2>/dev/null
  [ -n "$started" ] || return 1
  stat=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null) || return 1
  set -- $stat
  case "$1" in Z|X|'') return 1;; esac
  [ "${20}" = "$started" ]
}
"#;

/// A pid file that is removed when its writer ends in good order.
pub(super) struct PidFile {
    path: PathBuf,
}

impl PidFile {
    pub(super) fn write(path: &Path, pid: u32) -> std::io::Result<Self> {
        let started = gather_start_ticks(pid).unwrap_or(0);
        let new = path.with_extension("new");
        std::fs::write(&new, format!("{pid} {started}\n"))?;
        std::fs::rename(&new, path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // A file that stays is harmless: its start time matches no other process.
        std::fs::remove_file(&self.path).ok();
    }
}

/// The process that a pid file names, if it is alive.
pub(super) fn gather_alive(path: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(path).ok()?;
    let (pid, started) = text.trim().split_once(' ')?;
    let (pid, started) = (pid.parse().ok()?, started.parse().ok()?);
    probe_alive(pid, started).then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive_in_shell(path: &Path) -> bool {
        let script = format!("{ALIVE_SCRIPT}\nalive {}", path.display());
        std::process::Command::new("/bin/sh")
            .args(["-c", &script])
            .status()
            .unwrap()
            .success()
    }

    #[test]
    fn a_living_process_is_recognised_and_a_reused_number_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.pid");
        assert!(!alive_in_shell(&path));
        let pid = std::process::id();
        let file = PidFile::write(&path, pid).unwrap();
        assert_eq!(gather_alive(&path), Some(pid));
        assert!(alive_in_shell(&path));

        std::fs::write(&path, format!("{pid} 12345")).unwrap();
        assert_eq!(gather_alive(&path), None);
        assert!(!alive_in_shell(&path));
        drop(file);
        assert!(!path.exists());
    }
}
