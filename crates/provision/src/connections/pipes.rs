//! A child process between its pipes: one thread feeds its input and drains both outputs, so that
//! neither side can wait for the other with full buffers and one deadline covers everything.

use std::io::{ErrorKind, Read, Write as _};
use std::process::{Child, ChildStdin, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::ioctl_fionbio;

use super::command::OUTPUT_LIMIT_BYTES;

/// What a child left behind.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Why not all of the input could be read or sent; a child that stops reading is no error.
    pub(super) input_error: Option<std::io::Error>,
}

/// Why a child did not come to its end. It may still run.
pub(super) enum Stop {
    TimedOut,
    TooMuchOutput,
    Failed(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<rustix::io::Errno> for Stop {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Failed(error.into())
    }
}

/// Feeds `content` to a child whose three streams are piped, and waits until it has ended.
pub(super) fn converse(
    child: &mut Child,
    content: &mut dyn Read,
    progress: Option<&mut (dyn FnMut(u64) + '_)>,
    deadline: Instant,
) -> Result<Ended, Stop> {
    let mut input = Input::new(child.stdin.take(), content, progress)?;
    let mut stdout = Drain::new(child.stdout.take())?;
    let mut stderr = Drain::new(child.stderr.take())?;
    loop {
        input.fill();
        let mut waiting: Vec<PollFd<'_>> = Vec::new();
        waiting.extend(input.poll_fd());
        waiting.extend(stdout.poll_fd());
        waiting.extend(stderr.poll_fd());
        if waiting.is_empty() {
            break;
        }
        let pause = Timespec::try_from(remaining(deadline)?).map_err(std::io::Error::other)?;
        match poll(&mut waiting, Some(&pause)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        input.send();
        stdout.receive()?;
        stderr.receive()?;
    }
    Ok(Ended {
        status: wait(child, deadline)?,
        stdout: stdout.bytes,
        stderr: stderr.bytes,
        input_error: input.error,
    })
}

fn remaining(deadline: Instant) -> Result<Duration, Stop> {
    match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(Stop::TimedOut),
        left => Ok(left),
    }
}

/// Waits for the end of a child whose pipes are closed already, which is near as a rule.
pub(super) fn wait(child: &mut Child, deadline: Instant) -> Result<ExitStatus, Stop> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(pause.min(remaining(deadline)?));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

struct Input<'a, 'p> {
    /// `None` once everything is sent or nobody reads it.
    pipe: Option<ChildStdin>,
    content: &'a mut dyn Read,
    progress: Option<&'a mut (dyn FnMut(u64) + 'p)>,
    buffer: Vec<u8>,
    unsent: std::ops::Range<usize>,
    sent: u64,
    error: Option<std::io::Error>,
}

impl<'a, 'p> Input<'a, 'p> {
    fn new(
        pipe: Option<ChildStdin>,
        content: &'a mut dyn Read,
        progress: Option<&'a mut (dyn FnMut(u64) + 'p)>,
    ) -> Result<Self, Stop> {
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe, true)?;
        }
        Ok(Self {
            pipe,
            content,
            progress,
            buffer: vec![0; 64 * 1024],
            unsent: 0..0,
            sent: 0,
            error: None,
        })
    }

    fn poll_fd(&self) -> Option<PollFd<'_>> {
        let pipe = self.pipe.as_ref()?;
        Some(PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::OUT))
    }

    /// Reads what is to be sent next; at its end the pipe is closed.
    fn fill(&mut self) {
        if self.pipe.is_none() || !self.unsent.is_empty() {
            return;
        }
        match self.content.read(&mut self.buffer) {
            Ok(0) => self.pipe = None,
            Ok(read) => self.unsent = 0..read,
            Err(error) => self.fail(error),
        }
    }

    fn send(&mut self) {
        let Some(pipe) = &mut self.pipe else {
            return;
        };
        match pipe.write(&self.buffer[self.unsent.clone()]) {
            Ok(written) => {
                self.unsent.start += written;
                self.sent += written as u64;
                if let Some(progress) = self.progress.as_deref_mut() {
                    progress(self.sent);
                }
            }
            Err(error) if is_passing(&error) => {}
            // A child that ends without reading its input: its exit status says why.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.pipe = None,
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: std::io::Error) {
        self.pipe = None;
        self.error = Some(error);
    }
}

struct Drain<P> {
    /// `None` at its end.
    pipe: Option<P>,
    bytes: Vec<u8>,
    buffer: Vec<u8>,
}

impl<P: Read + AsFd> Drain<P> {
    fn new(pipe: Option<P>) -> Result<Self, Stop> {
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe, true)?;
        }
        Ok(Self {
            pipe,
            bytes: Vec::new(),
            buffer: vec![0; 64 * 1024],
        })
    }

    fn poll_fd(&self) -> Option<PollFd<'_>> {
        let pipe: BorrowedFd<'_> = self.pipe.as_ref()?.as_fd();
        Some(PollFd::from_borrowed_fd(pipe, PollFlags::IN))
    }

    fn receive(&mut self) -> Result<(), Stop> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(());
        };
        match pipe.read(&mut self.buffer) {
            Ok(0) => self.pipe = None,
            Ok(read) if self.bytes.len() + read > OUTPUT_LIMIT_BYTES => {
                return Err(Stop::TooMuchOutput);
            }
            Ok(read) => self.bytes.extend_from_slice(&self.buffer[..read]),
            Err(error) if is_passing(&error) => {}
            // The pipe is gone: what was read is what there is.
            Err(_) => self.pipe = None,
        }
        Ok(())
    }
}

fn is_passing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
