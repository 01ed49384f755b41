//! This machine, through `/bin/sh`.

use std::io::Read as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::command::OUTPUT_LIMIT_BYTES;
use super::pipes::{Stop, converse, wait};
use super::write::put_script;
use super::{Command, Connection, ConnectionError, Output, Put};

/// The machine that runs this program.
#[derive(Debug, Default)]
pub struct Local;

const HOST: &str = "localhost";

/// How long a command that was killed may take to be gone.
const END_LIMIT: Duration = Duration::from_secs(2);

impl Connection for Local {
    fn describe(&self) -> String {
        "this machine".to_owned()
    }

    fn run(&mut self, command: &Command) -> Result<Output, ConnectionError> {
        let mut content = command.stdin.as_slice();
        run_with_input(command, &mut content, None)
    }

    fn put(&mut self, put: &mut Put<'_>) -> Result<(), ConnectionError> {
        let command = Command::new(put_script(put))
            .become_root(put.become_root)
            .timeout(put.timeout);
        let output = run_with_input(&command, put.content, put.progress.as_deref_mut())?;
        if output.success() {
            return Ok(());
        }
        Err(ConnectionError::Write {
            host: HOST.to_owned(),
            path: put.path.to_owned(),
            reason: output.error_text(),
        })
    }

    /// Read by this very process: what only root may read cannot be had this way by another user.
    fn get(&mut self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, ConnectionError> {
        let failed = |reason: String| ConnectionError::Read {
            host: HOST.to_owned(),
            path: path.to_owned(),
            reason,
        };
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        let mut bytes = Vec::new();
        file.take(limit_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| failed(error.to_string()))?;
        if bytes.len() as u64 > limit_bytes {
            return Err(failed(format!("it is larger than {limit_bytes} bytes")));
        }
        Ok(Some(bytes))
    }
}

fn run_with_input(
    command: &Command,
    content: &mut dyn std::io::Read,
    progress: Option<&mut (dyn FnMut(u64) + '_)>,
) -> Result<Output, ConnectionError> {
    let deadline = Instant::now() + command.timeout;
    let unreachable = |reason: String| ConnectionError::Unreachable {
        host: HOST.to_owned(),
        reason,
    };
    let with_sudo = command.become_root && !is_root();
    let mut child = spawn(command, with_sudo).map_err(|error| unreachable(error.to_string()))?;
    let ended = match converse(&mut child, content, progress, deadline) {
        Ok(ended) => ended,
        Err(stop) => {
            end_group(&mut child, with_sudo);
            return Err(stopped(stop, command));
        }
    };
    let output = Output {
        status: ended
            .status
            .code()
            .unwrap_or_else(|| 128 + ended.status.signal().unwrap_or(0)),
        stdout: ended.stdout,
        stderr: ended.stderr,
    };
    match ended.input_error {
        Some(error) if output.success() => Err(unreachable(error.to_string())),
        _ => Ok(output),
    }
}

/// Starts the script in a process group of its own: an interrupt typed in the terminal reaches
/// this program, which decides what may be broken off, and not its children; and a command that
/// is given up is ended with everything it started.
fn spawn(command: &Command, with_sudo: bool) -> std::io::Result<Child> {
    let mut process = if with_sudo {
        let mut sudo = std::process::Command::new("sudo");
        sudo.args(["-n", "--", "/bin/sh"]);
        sudo
    } else {
        std::process::Command::new("/bin/sh")
    };
    process
        .args(["-c", &command.script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Ends a command and what it started. What runs as root can only be ended as root.
fn end_group(child: &mut Child, with_sudo: bool) {
    let group = Pid::from_child(child);
    if with_sudo {
        // sudo passes TERM on to its command, which it may have put into a session of its own.
        let script = format!(
            "kill -s TERM -- -{group}; sleep 0.2; kill -s KILL -- -{group}",
            group = group.as_raw_nonzero()
        );
        std::process::Command::new("sudo")
            .args(["-n", "--", "/bin/sh", "-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok();
    }
    // What has ended already needs no signal.
    kill_process_group(group, Signal::KILL).ok();
    wait(child, Instant::now() + END_LIMIT).ok();
}

fn stopped(stop: Stop, command: &Command) -> ConnectionError {
    let host = HOST.to_owned();
    match stop {
        Stop::TimedOut => ConnectionError::TimedOut {
            host,
            what: command.first_line(),
            limit: command.timeout,
        },
        Stop::TooMuchOutput => ConnectionError::TooMuchOutput {
            host,
            what: command.first_line(),
            limit_bytes: OUTPUT_LIMIT_BYTES,
        },
        Stop::Failed(error) => ConnectionError::Lost {
            host,
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_returns_its_status_and_both_streams() {
        let output = Local
            .run(&Command::new("cat; echo oops >&2; exit 3").stdin("hello\n"))
            .unwrap();
        assert_eq!(
            (output.status, output.text(), output.error_text()),
            (3, "hello".into(), "oops".into())
        );
    }

    #[test]
    fn a_command_past_its_limit_is_given_up() {
        let error = Local
            .run(&Command::new("exec sleep 30").timeout(Duration::from_millis(50)))
            .unwrap_err();
        assert!(matches!(error, ConnectionError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn a_child_that_reads_nothing_of_much_input_is_given_up_too() {
        let input = vec![b'x'; 1024 * 1024];
        let command = Command::new("sleep 30").stdin(input);
        let error = Local
            .run(&command.timeout(Duration::from_millis(50)))
            .unwrap_err();
        assert!(matches!(error, ConnectionError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn much_input_and_output_pass_at_the_same_time() {
        let input: Vec<u8> = (0..=255).cycle().take(3 * 1024 * 1024 + 7).collect();
        let output = Local
            .run(&Command::new("tee /dev/stderr").stdin(input.clone()))
            .unwrap();
        assert!(output.stdout == input && output.stderr == input);
    }

    #[test]
    fn what_a_command_started_ends_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let pid_file = directory.path().join("pid");
        let script = format!("sleep 30 & echo $! > {}; wait", pid_file.display());
        Local
            .run(&Command::new(script).timeout(Duration::from_millis(300)))
            .unwrap_err();
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let status = format!("/proc/{}/stat", pid.trim());
        let deadline = Instant::now() + Duration::from_secs(5);
        // A killed process stays a zombie until whoever inherited it looks.
        while std::fs::read_to_string(&status).is_ok_and(|text| !text.contains(") Z ")) {
            assert!(Instant::now() < deadline, "the child lives on");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_command_is_not_in_the_process_group_of_the_terminal() {
        let output = Local
            .run(&Command::new("cut -d' ' -f5 /proc/$$/stat"))
            .unwrap();
        let own = rustix::process::getpgrp().as_raw_nonzero().to_string();
        assert!(output.success() && output.text() != own, "{own}");
    }

    #[test]
    fn endless_output_is_an_error_that_says_so() {
        let error = Local.run(&Command::new("exec cat /dev/zero")).unwrap_err();
        assert!(error.to_string().contains("more than 16 MiB"), "{error}");
    }

    #[test]
    fn a_short_upload_leaves_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "old").unwrap();
        let path = path.to_str().unwrap();
        let mut content: &[u8] = b"ne";
        let error = Local
            .put(&mut Put {
                content: &mut content,
                size: 3,
                path,
                mode: 0o640,
                owner: None,
                become_root: false,
                timeout: Duration::from_secs(5),
                progress: None,
            })
            .unwrap_err();
        assert!(
            error.to_string().contains("received 2 of 3 bytes"),
            "{error}"
        );
        assert_eq!(Local.get(path, 10).unwrap().unwrap(), b"old");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
