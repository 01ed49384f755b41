//! A child process between its pipes: its input is fed and both outputs are drained at once, so
//! that neither side can wait for the other with full buffers.

use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::connections::shell::{Failure, Link, Received};

/// How long a shell whose input is closed may take to be gone.
const END_LIMIT: Duration = Duration::from_secs(1);

/// A running child.
pub(super) struct ProcessLink {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

impl ProcessLink {
    /// Starts a program in a process group of its own: an interrupt typed in the terminal reaches
    /// this program, which decides what may be broken off, and not its children.
    pub(super) fn start(words: &[String]) -> Result<Self, Failure> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Failure::NoShell("there is no command to start".to_owned()))?;
        let failed = |error: std::io::Error| Failure::NoShell(format!("{program}: {error}"));
        let mut child = Command::new(program)
            // What runs on a host is not to read the key to every secret.
            .env_remove(crate::secrets::KEY_VARIABLE)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let link = Self {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            child,
        };
        let set = |pipe: Option<rustix::fd::BorrowedFd<'_>>| {
            pipe.map_or(Ok(()), |pipe| ioctl_fionbio(pipe, true))
        };
        set(link.stdin.as_ref().map(AsFd::as_fd))
            .and_then(|()| set(link.stdout.as_ref().map(AsFd::as_fd)))
            .and_then(|()| set(link.stderr.as_ref().map(AsFd::as_fd)))
            .map_err(|error| failed(error.into()))?;
        Ok(link)
    }

    fn send(&mut self, unsent: &[u8]) -> Result<usize, Failure> {
        let Some(pipe) = &mut self.stdin else {
            return Ok(0);
        };
        match pipe.write(unsent) {
            Ok(sent) => Ok(sent),
            Err(error) if is_passing(&error) => Ok(0),
            // A shell that is gone: what it said on its way says why.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.stdin = None;
                Ok(0)
            }
            Err(error) => Err(Failure::Lost(error.to_string())),
        }
    }

    /// Whether `wake` may have something.
    fn wait_for_bytes(
        &self,
        sending: bool,
        deadline: Instant,
        wake: Option<BorrowedFd<'_>>,
    ) -> Result<bool, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::TimedOut);
        }
        let input = self.stdin.as_ref().filter(|_| sending).map(AsFd::as_fd);
        let outputs = [
            self.stdout.as_ref().map(AsFd::as_fd),
            self.stderr.as_ref().map(AsFd::as_fd),
        ];
        let mut waiting: Vec<PollFd<'_>> = Vec::new();
        waiting.extend(input.map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::OUT)));
        for pipe in outputs.into_iter().flatten() {
            waiting.push(PollFd::from_borrowed_fd(pipe, PollFlags::IN));
        }
        waiting.extend(wake.map(|wake| PollFd::from_borrowed_fd(wake, PollFlags::IN)));
        let lost = |error: &dyn std::fmt::Display| Failure::Lost(error.to_string());
        let pause = Timespec::try_from(left).map_err(|error| lost(&error))?;
        match poll(&mut waiting, Some(&pause)) {
            Ok(_) => Ok(wake.is_some() && waiting.last().is_some_and(is_ready)),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(lost(&error)),
        }
    }
}

fn is_ready(polled: &PollFd<'_>) -> bool {
    !polled.revents().is_empty()
}

impl Link for ProcessLink {
    fn step(
        &mut self,
        unsent: &[u8],
        received: &mut Received,
        deadline: Instant,
        wake: Option<BorrowedFd<'_>>,
    ) -> Result<usize, Failure> {
        loop {
            let sent = if unsent.is_empty() {
                0
            } else {
                self.send(unsent)?
            };
            let mut moved = sent > 0;
            moved |= drain(&mut self.stdout, &mut received.stdout);
            moved |= drain(&mut self.stderr, &mut received.stderr);
            received.ended = self.stdout.is_none() && self.stderr.is_none();
            if Instant::now() >= deadline {
                return Err(Failure::TimedOut);
            }
            if moved || received.ended {
                return Ok(sent);
            }
            if self.wait_for_bytes(!unsent.is_empty(), deadline, wake)? {
                return Ok(0);
            }
        }
    }

    fn close_input(&mut self) -> Result<(), Failure> {
        self.stdin = None;
        Ok(())
    }
}

impl Drop for ProcessLink {
    /// The shell ends when its input does; one that cannot is killed.
    fn drop(&mut self) {
        self.stdin = None;
        self.stdout = None;
        self.stderr = None;
        let deadline = Instant::now() + END_LIMIT;
        let mut pause = Duration::from_millis(1);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() >= deadline {
                kill_process_group(Pid::from_child(&self.child), Signal::KILL).ok();
                self.child.try_wait().ok();
                return;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

/// Moves a buffer of what has arrived; whether there was anything, the end included.
fn drain<P: Read>(pipe: &mut Option<P>, into: &mut Vec<u8>) -> bool {
    let Some(open) = pipe else {
        return false;
    };
    let mut buffer = [0; 16 * 1024];
    match open.read(&mut buffer) {
        Ok(read) if read > 0 => into.extend_from_slice(&buffer[..read]),
        Err(error) if is_passing(&error) => return false,
        // The pipe is gone: what was read is what there is.
        Ok(_) | Err(_) => *pipe = None,
    }
    true
}

fn is_passing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
