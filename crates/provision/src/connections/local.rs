//! This machine, through `/bin/sh`.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::write::put_script;
use super::{Command, Connection, ConnectionError, Output, Put};

/// The machine that runs this program.
#[derive(Debug, Default)]
pub struct Local;

const HOST: &str = "localhost";

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
    let unreachable = |reason: String| ConnectionError::Unreachable {
        host: HOST.to_owned(),
        reason,
    };
    let mut child = spawn(command).map_err(|error| unreachable(error.to_string()))?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    // A child that exits without reading its input closes the pipe; its exit status says why.
    let fed = feed(&mut child, content, progress);
    let status = wait(&mut child, command)?;
    let join = |handle: std::thread::JoinHandle<Vec<u8>>| handle.join().unwrap_or_default();
    let output = Output {
        status: status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
        stdout: join(stdout),
        stderr: join(stderr),
    };
    match fed {
        Err(error) if output.success() && error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(unreachable(error.to_string()))
        }
        _ => Ok(output),
    }
}

fn spawn(command: &Command) -> std::io::Result<Child> {
    let root = !command.become_root || is_root();
    let mut process = if root {
        std::process::Command::new("/bin/sh")
    } else {
        let mut sudo = std::process::Command::new("sudo");
        sudo.args(["-n", "--", "/bin/sh"]);
        sudo
    };
    process
        .args(["-c", &command.script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn feed(
    child: &mut Child,
    content: &mut dyn std::io::Read,
    mut progress: Option<&mut (dyn FnMut(u64) + '_)>,
) -> std::io::Result<()> {
    let Some(mut stdin) = child.stdin.take() else {
        return Ok(());
    };
    let mut buffer = vec![0; 64 * 1024];
    let mut sent = 0;
    loop {
        let read = content.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        stdin.write_all(&buffer[..read])?;
        sent += read as u64;
        if let Some(progress) = progress.as_deref_mut() {
            progress(sent);
        }
    }
}

fn collect(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A read error here means that the pipe is gone: what was read is what there is.
            pipe.read_to_end(&mut bytes).ok();
        }
        bytes
    })
}

fn wait(child: &mut Child, command: &Command) -> Result<ExitStatus, ConnectionError> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() < command.timeout => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            Ok(None) => {
                child.kill().ok();
                child.wait().ok();
                return Err(ConnectionError::TimedOut {
                    host: HOST.to_owned(),
                    what: command.first_line(),
                    limit: command.timeout,
                });
            }
            Err(error) => {
                return Err(ConnectionError::Lost {
                    host: HOST.to_owned(),
                    reason: error.to_string(),
                });
            }
        }
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
