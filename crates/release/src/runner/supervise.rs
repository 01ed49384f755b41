//! Keeps one exam-service running: the whole of `examctl supervise --root DIR`.
//!
//! It starts what `current` names, starts it again when it ends unexpectedly (a little later each
//! time, and not for ever), and ends with it on SIGTERM or SIGINT.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::Mode;
use rustix::process::{Pid, Signal, kill_process, umask};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::pid_file::{PidFile, gather_alive};
use crate::target::admin_address;

/// How long the service may take to finish its requests and write everything down.
const GRACE: Duration = Duration::from_secs(45);
const POLL: Duration = Duration::from_millis(20);
const BACKOFF_FIRST: Duration = Duration::from_millis(250);
const BACKOFF_LAST: Duration = Duration::from_secs(10);
/// A service that ran this long is healthy again: the count of failures starts anew.
const HEALTHY: Duration = Duration::from_secs(30);
const FAILURES_MAX: u32 = 5;
const LOG_MAX_BYTES: u64 = 10 << 20;

/// Why the service is no longer kept running.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    #[error("{} is supervised already, by process {pid}", .root.display())]
    Running { root: PathBuf, pid: u32 },
    #[error("cannot {what}: {reason}")]
    Io { what: String, reason: String },
    #[error("exam-service ended {failures} times in a row, the last time with {last}; its log is {}", .log.display())]
    GaveUp {
        failures: u32,
        last: String,
        log: PathBuf,
    },
}

/// Keeps the service below `root` running until SIGTERM or SIGINT; blocks.
///
/// # Errors
/// Where another process does that already, nothing can be started, or the service ends
/// unexpectedly too often.
pub fn supervise(root: &Path) -> Result<(), SuperviseError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(io("watch for signals"))?;
    }
    // The service's log, its database and its socket are for its own account only.
    umask(Mode::RWXG | Mode::RWXO);
    supervise_until(root, &stop)
}

fn supervise_until(root: &Path, stop: &AtomicBool) -> Result<(), SuperviseError> {
    let paths = Paths::new(root)?;
    if let Some(pid) = gather_alive(&paths.supervisor_pid) {
        return Err(SuperviseError::Running {
            root: paths.root,
            pid,
        });
    }
    let _pid_file = PidFile::write(&paths.supervisor_pid, std::process::id())
        .map_err(io("write run/supervisor.pid"))?;
    end_orphan(&paths)?;
    keep_running(&paths, stop)
}

struct Paths {
    root: PathBuf,
    binary: PathBuf,
    env_file: PathBuf,
    log: PathBuf,
    supervisor_pid: PathBuf,
    service_pid: PathBuf,
}

impl Paths {
    fn new(root: &Path) -> Result<Self, SuperviseError> {
        let root = root
            .canonicalize()
            .map_err(io(&format!("find {}", root.display())))?;
        for folder in ["run", "log"] {
            std::fs::create_dir_all(root.join(folder)).map_err(io("make run/ and log/"))?;
        }
        Ok(Self {
            binary: root.join("current/exam-service"),
            env_file: root.join("exam-service.env"),
            log: root.join("log/exam-service.log"),
            supervisor_pid: root.join("run/supervisor.pid"),
            service_pid: root.join("run/exam-service.pid"),
            root,
        })
    }
}

fn keep_running(paths: &Paths, stop: &AtomicBool) -> Result<(), SuperviseError> {
    let mut failures = 0;
    while !stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        let mut child = start(paths)?;
        let pid_file = match PidFile::write(&paths.service_pid, child.id()) {
            Ok(pid_file) => pid_file,
            Err(error) => {
                // Without it nobody could end this service once its supervisor is gone.
                end(&mut child)?;
                return Err(io("write run/exam-service.pid")(error));
            }
        };
        let Some(status) = wait(&mut child, stop)? else {
            return end(&mut child);
        };
        drop(pid_file);
        failures = if started.elapsed() >= HEALTHY {
            1
        } else {
            failures + 1
        };
        if failures >= FAILURES_MAX {
            let log = paths.log.clone();
            return Err(SuperviseError::GaveUp {
                failures,
                last: status.to_string(),
                log,
            });
        }
        pause(backoff(failures), stop);
    }
    Ok(())
}

/// How long to wait after the n-th failure in a row.
fn backoff(failures: u32) -> Duration {
    BACKOFF_FIRST
        .saturating_mul(1 << failures.saturating_sub(1).min(16))
        .min(BACKOFF_LAST)
}

fn start(paths: &Paths) -> Result<Child, SuperviseError> {
    let log = open_log(&paths.log).map_err(io("open log/exam-service.log"))?;
    let error_log = log.try_clone().map_err(io("open log/exam-service.log"))?;
    Command::new(&paths.binary)
        .arg("--env-file")
        .arg(&paths.env_file)
        .arg("serve")
        .env(
            "EXAM_ADMIN_LISTEN",
            admin_address(&paths.root.to_string_lossy()),
        )
        .current_dir(&paths.root)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(error_log)
        .spawn()
        .map_err(io(&format!("start {}", paths.binary.display())))
}

/// The log to append to; one that has grown too large becomes `.1` first.
fn open_log(path: &Path) -> std::io::Result<File> {
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOG_MAX_BYTES) {
        std::fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// Waits for the service to end; `None` when it was asked to stop first.
fn wait(child: &mut Child, stop: &AtomicBool) -> Result<Option<ExitStatus>, SuperviseError> {
    loop {
        if let Some(status) = child.try_wait().map_err(io("wait for exam-service"))? {
            return Ok(Some(status));
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

/// Asks the service to end, waits for it, and kills it only when it does not.
fn end(child: &mut Child) -> Result<(), SuperviseError> {
    terminate(child.id());
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if child
            .try_wait()
            .map_err(io("wait for exam-service"))?
            .is_some()
        {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
    child.kill().map_err(io("kill exam-service"))?;
    child.wait().map_err(io("wait for exam-service"))?;
    Ok(())
}

/// Ends a service whose supervisor was killed: two of them would fight for one port.
fn end_orphan(paths: &Paths) -> Result<(), SuperviseError> {
    let Some(pid) = gather_alive(&paths.service_pid) else {
        return Ok(());
    };
    terminate(pid);
    let asked = Instant::now();
    while gather_alive(&paths.service_pid).is_some() {
        if asked.elapsed() > GRACE {
            let what = format!("end process {pid}, left over from a supervisor that was killed");
            return Err(SuperviseError::Io {
                what,
                reason: "it does not end".to_owned(),
            });
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

fn terminate(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself in this moment: that is what was wanted.
        kill_process(pid, Signal::TERM).ok();
    }
}

fn pause(length: Duration, stop: &AtomicBool) {
    let started = Instant::now();
    while started.elapsed() < length && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(POLL);
    }
}

fn io(what: &str) -> impl FnOnce(std::io::Error) -> SuperviseError {
    let what = what.to_owned();
    move |error| SuperviseError::Io {
        what,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_waited_for_longer_but_never_too_long() {
        let waits: Vec<u128> = (1..=4).map(|n| backoff(n).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000]);
        assert_eq!(backoff(1000), BACKOFF_LAST);
    }

    #[test]
    fn a_service_that_cannot_start_is_an_error_and_leaves_no_pid_file() {
        let root = tempfile::tempdir().unwrap();
        let error = supervise_until(root.path(), &AtomicBool::new(false)).unwrap_err();
        assert!(
            error.to_string().contains("current/exam-service"),
            "{error}"
        );
        assert!(!root.path().join("run/supervisor.pid").exists());
    }

    #[test]
    fn a_service_that_cannot_be_noted_is_not_left_running() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("run/exam-service.new")).unwrap();
        std::fs::create_dir(root.path().join("current")).unwrap();
        let binary = root.path().join("current/exam-service");
        std::os::unix::fs::symlink("/bin/true", binary).unwrap();
        let error = supervise_until(root.path(), &AtomicBool::new(false)).unwrap_err();
        assert!(
            error.to_string().contains("write run/exam-service.pid"),
            "{error}"
        );
    }
}
