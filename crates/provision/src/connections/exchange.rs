//! One command over an SSH channel: fed, drained and timed at once.

use std::io::{ErrorKind, Read, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssh2::{BlockDirections, Channel, Session};

use super::Output;
use super::command::OUTPUT_LIMIT_BYTES;

/// Seconds between keepalive messages.
pub(super) const KEEPALIVE_SECONDS: u32 = 15;

/// Why a command did not come to its end. It may still run.
pub(super) enum Failure {
    TimedOut,
    TooMuchOutput,
    Lost(String),
}

impl From<ssh2::Error> for Failure {
    fn from(error: ssh2::Error) -> Self {
        // LIBSSH2_ERROR_TIMEOUT is -9.
        if error.code() == ssh2::ErrorCode::Session(-9) {
            Self::TimedOut
        } else {
            Self::Lost(error.message().to_owned())
        }
    }
}

/// One command on its way: input is fed and both outputs are drained at the same time, so that
/// neither side can wait for the other with full buffers.
pub(super) struct Exchange<'a> {
    pub(super) session: &'a Session,
    pub(super) socket: &'a TcpStream,
    pub(super) deadline: Instant,
}

impl Exchange<'_> {
    pub(super) fn run(
        &mut self,
        line: &str,
        content: &mut dyn Read,
        progress: Option<&mut (dyn FnMut(u64) + '_)>,
    ) -> Result<Output, Failure> {
        self.session.set_blocking(true);
        self.session.set_timeout(self.remaining_ms()?);
        let mut channel = self.session.channel_session()?;
        channel.exec(line)?;
        self.session.set_blocking(false);
        let mut output = Output {
            status: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        self.pump(&mut channel, content, progress, &mut output)?;
        self.session.set_blocking(true);
        self.session.set_timeout(self.remaining_ms()?);
        channel.close()?;
        channel.wait_close()?;
        output.status = exit_status(&channel)?;
        Ok(output)
    }

    fn pump(
        &self,
        channel: &mut Channel,
        content: &mut dyn Read,
        mut progress: Option<&mut (dyn FnMut(u64) + '_)>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut chunk = vec![0; 32 * 1024];
        let mut waiting: std::ops::Range<usize> = 0..0;
        let (mut sent, mut input_open) = (0_u64, true);
        loop {
            // Also while bytes move: a command that never stops printing is given up as well.
            self.remaining_ms()?;
            let mut moved = drain(&mut channel.stream(0), &mut output.stdout)?;
            moved |= drain(&mut channel.stderr(), &mut output.stderr)?;
            if channel.eof() {
                return Ok(());
            }
            if input_open && waiting.is_empty() {
                let read = content
                    .read(&mut chunk)
                    .map_err(|error| Failure::Lost(format!("reading what to send: {error}")))?;
                waiting = 0..read;
                if read == 0 {
                    match channel.send_eof() {
                        Ok(()) => {
                            input_open = false;
                            moved = true;
                        }
                        Err(error) if error.code() == EAGAIN => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            if !waiting.is_empty() {
                match channel.write(&chunk[waiting.clone()]) {
                    Ok(written) => {
                        moved |= written > 0;
                        waiting.start += written;
                        sent += written as u64;
                        if let Some(progress) = progress.as_deref_mut() {
                            progress(sent);
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    // The command ended without reading all of it: its exit status says why.
                    Err(_) if channel.eof() => {}
                    Err(error) => return Err(Failure::Lost(error.to_string())),
                }
            }
            // What one stream's reading has queued for the other is there without the socket.
            if !moved && channel.read_window().available == 0 && !channel.eof() {
                self.wait_for_host()?;
            }
        }
    }

    /// Waits until the connection can move bytes in the direction it is stuck in.
    fn wait_for_host(&self) -> Result<(), Failure> {
        let remaining = Duration::from_millis(u64::from(self.remaining_ms()?));
        let pause = remaining.min(Duration::from_secs(u64::from(KEEPALIVE_SECONDS)));
        let flags = match self.session.block_directions() {
            BlockDirections::Outbound => PollFlags::OUT,
            BlockDirections::Both => PollFlags::IN | PollFlags::OUT,
            BlockDirections::Inbound | BlockDirections::None => PollFlags::IN,
        };
        let pause = Timespec::try_from(pause).map_err(|error| Failure::Lost(error.to_string()))?;
        let ready = poll(&mut [PollFd::new(self.socket, flags)], Some(&pause));
        match ready {
            Ok(0) => {
                self.session.keepalive_send().ok();
                Ok(())
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(Failure::Lost(error.to_string())),
        }
    }

    fn remaining_ms(&self) -> Result<u32, Failure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match u32::try_from(left.as_millis()).unwrap_or(u32::MAX) {
            0 => Err(Failure::TimedOut),
            milliseconds => Ok(milliseconds),
        }
    }
}

/// What libssh2 answers where it would have to wait (`LIBSSH2_ERROR_EAGAIN`).
const EAGAIN: ssh2::ErrorCode = ssh2::ErrorCode::Session(-37);

/// After so many buffers of one stream the others, the input and the clock have their turn.
const DRAIN_READS: usize = 64;

/// Moves some of what has arrived, at most [`DRAIN_READS`] buffers of it; whether anything had.
fn drain(stream: &mut impl Read, into: &mut Vec<u8>) -> Result<bool, Failure> {
    let mut buffer = [0; 16 * 1024];
    let mut moved = false;
    for _ in 0..DRAIN_READS {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) if into.len() + read > OUTPUT_LIMIT_BYTES => {
                return Err(Failure::TooMuchOutput);
            }
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

/// The exit status; 128 + n where a signal ended the command.
fn exit_status(channel: &Channel) -> Result<i32, Failure> {
    let signal = channel.exit_signal()?.exit_signal;
    match signal.as_deref() {
        None => Ok(channel.exit_status()?),
        Some(name) => Ok(128 + signal_number(name)),
    }
}

fn signal_number(name: &str) -> i32 {
    match name {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "ABRT" => 6,
        "FPE" => 8,
        "KILL" => 9,
        "SEGV" => 11,
        "PIPE" => 13,
        "ALRM" => 14,
        _ => 15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_without_end_gives_others_their_turn_and_is_given_up_at_the_limit() {
        let mut taken = Vec::new();
        assert!(matches!(
            drain(&mut std::io::repeat(0), &mut taken),
            Ok(true)
        ));
        assert_eq!(taken.len(), DRAIN_READS * 16 * 1024);
        let failure = loop {
            if let Err(failure) = drain(&mut std::io::repeat(0), &mut taken) {
                break failure;
            }
        };
        assert!(matches!(failure, Failure::TooMuchOutput));
        assert!(taken.len() <= OUTPUT_LIMIT_BYTES);
    }
}
