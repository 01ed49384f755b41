//! A shell over an SSH channel: fed, drained and timed at once.

use std::io::{ErrorKind, Read, Write as _};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{BorrowedFd, OwnedFd};
use ssh2::{BlockDirections, Channel, Session};

use crate::connections::shell::{Failure, Link, Received};

/// What libssh2 answers where it would have to wait (`LIBSSH2_ERROR_EAGAIN`).
pub(super) const EAGAIN: ssh2::ErrorCode = ssh2::ErrorCode::Session(-37);

/// What it answers when its own limit has passed (`LIBSSH2_ERROR_TIMEOUT`).
const TIMED_OUT: ssh2::ErrorCode = ssh2::ErrorCode::Session(-9);

/// After so many buffers of one output the other one, the input and the clock have their turn.
const DRAIN_READS: usize = 64;

/// The longest wait where the library holds something back for reasons of its own, as it does
/// while keys are exchanged anew.
const HELD_BACK: Duration = Duration::from_millis(10);

impl From<ssh2::Error> for Failure {
    fn from(error: ssh2::Error) -> Self {
        if error.code() == TIMED_OUT {
            Self::TimedOut
        } else {
            Self::Lost(error.message().to_owned())
        }
    }
}

/// A program on the host; the session is not blocking while it is used.
pub(super) struct ChannelLink {
    channel: Channel,
    session: Session,
    socket: OwnedFd,
    keepalive: Duration,
}

impl ChannelLink {
    /// Starts a command line on the host.
    pub(super) fn start(
        session: &Session,
        socket: &OwnedFd,
        keepalive: Duration,
        line: &str,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        session.set_blocking(true);
        session.set_timeout(milliseconds(remaining(deadline)?));
        let started = session.channel_session().and_then(|mut channel| {
            channel.exec(line)?;
            Ok(channel)
        });
        session.set_blocking(false);
        Ok(Self {
            channel: started?,
            session: session.clone(),
            socket: socket
                .try_clone()
                .map_err(|error| Failure::Lost(error.to_string()))?,
            keepalive,
        })
    }

    /// What was sent, and whether the rest waits for the socket.
    fn send(&mut self, unsent: &[u8]) -> Result<(usize, bool), Failure> {
        match self.channel.write(unsent) {
            Ok(sent) => Ok((sent, false)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let outbound = matches!(
                    self.session.block_directions(),
                    BlockDirections::Outbound | BlockDirections::Both
                );
                Ok((0, outbound))
            }
            // A shell that is gone: what it said on its way says why.
            Err(_) if self.channel.eof() => Ok((0, false)),
            Err(error) => Err(Failure::Lost(error.to_string())),
        }
    }

    fn receive(&mut self, received: &mut Received) -> Result<bool, Failure> {
        let mut moved = drain(&mut self.channel.stream(0), &mut received.stdout)?;
        moved |= drain(&mut self.channel.stderr(), &mut received.stderr)?;
        received.ended = self.channel.eof();
        Ok(moved)
    }

    /// Waits until the connection can move bytes, or `wake` has some: whether it may.
    fn wait(
        &self,
        flags: PollFlags,
        longest: Duration,
        wake: Option<BorrowedFd<'_>>,
    ) -> Result<bool, Failure> {
        let lost = |error: &dyn std::fmt::Display| Failure::Lost(error.to_string());
        let pause =
            Timespec::try_from(longest.min(self.keepalive)).map_err(|error| lost(&error))?;
        let mut waiting = vec![PollFd::new(&self.socket, flags)];
        waiting.extend(wake.map(|wake| PollFd::from_borrowed_fd(wake, PollFlags::IN)));
        match poll(&mut waiting, Some(&pause)) {
            Ok(0) if !flags.contains(PollFlags::OUT) => {
                self.session.keepalive_send().ok();
                Ok(false)
            }
            Ok(_) => Ok(waiting[1..].iter().any(|wake| !wake.revents().is_empty())),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(lost(&error)),
        }
    }
}

impl Link for ChannelLink {
    fn step(
        &mut self,
        unsent: &[u8],
        received: &mut Received,
        deadline: Instant,
        wake: Option<BorrowedFd<'_>>,
    ) -> Result<usize, Failure> {
        loop {
            // Also while bytes move: a script that never stops printing is given up as well.
            let left = remaining(deadline)?;
            let (sent, stuck) = if unsent.is_empty() {
                (0, false)
            } else {
                self.send(unsent)?
            };
            if stuck {
                // A packet is half on its way: until it is gone nothing else may be sent, not
                // even what reading may have to answer.
                self.wait(PollFlags::OUT, left, None)?;
                continue;
            }
            let moved = self.receive(received)? || sent > 0;
            if moved || received.ended {
                return Ok(sent);
            }
            // What one output's reading has queued for the other is there without the socket.
            if self.channel.read_window().available > 0 {
                continue;
            }
            let held_back = !unsent.is_empty() && self.channel.write_window().remaining > 0;
            let longest = if held_back { left.min(HELD_BACK) } else { left };
            if self.wait(PollFlags::IN, longest, wake)? {
                return Ok(0);
            }
        }
    }

    fn close_input(&mut self) -> Result<(), Failure> {
        match self.channel.send_eof() {
            Err(error) if error.code() != EAGAIN => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for ChannelLink {
    fn drop(&mut self) {
        // Says goodbye without waiting for an answer.
        self.session.set_blocking(false);
        self.channel.close().ok();
    }
}

pub(super) fn remaining(deadline: Instant) -> Result<Duration, Failure> {
    match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(Failure::TimedOut),
        left => Ok(left),
    }
}

/// At least one: zero means no limit to libssh2.
pub(super) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis())
        .unwrap_or(u32::MAX)
        .max(1)
}

/// Moves some of what has arrived, at most [`DRAIN_READS`] buffers of it; whether anything had.
fn drain(stream: &mut impl Read, into: &mut Vec<u8>) -> Result<bool, Failure> {
    let mut buffer = [0; 16 * 1024];
    let mut moved = false;
    for _ in 0..DRAIN_READS {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                into.extend_from_slice(&buffer[..read]);
                moved = true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(Failure::Lost(error.to_string())),
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_without_end_gives_others_their_turn() {
        let mut taken = Vec::new();
        assert!(drain(&mut std::io::repeat(0), &mut taken).unwrap());
        assert_eq!(taken.len(), DRAIN_READS * 16 * 1024);
    }
}
