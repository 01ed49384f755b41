//! A socket that leads through a jump host.
//!
//! libssh2 speaks to sockets only. So a thread carries bytes between one end of a pair of sockets
//! and a channel that the jump host connects onwards; the other end is what the next session
//! takes for its host. The thread ends when either side does.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd as _, OwnedFd};
use ssh2::{BlockDirections, Channel, Session};

/// Bytes on their way in one direction, at most.
const CHUNK_BYTES: usize = 32 * 1024;
/// As in `link`: the longest wait where the library holds something back.
const HELD_BACK: Duration = Duration::from_millis(10);

/// Starts a bridge over a session that is used for nothing else. `socket` is the session's own.
pub(super) fn open(
    session: Session,
    socket: OwnedFd,
    keepalive: Duration,
    address: &str,
    port: u16,
) -> Result<OwnedFd, String> {
    let channel = session
        .channel_direct_tcpip(address, port, None)
        .map_err(|error| error.message().to_owned())?;
    session.set_blocking(false);
    let (near, far) = UnixStream::pair().map_err(|error| error.to_string())?;
    far.set_nonblocking(true)
        .map_err(|error| error.to_string())?;
    let mut bridge = Bridge {
        channel,
        near: far,
        onwards: Chunk::default(),
        back: Chunk::default(),
        session,
        socket,
        keepalive,
    };
    std::thread::Builder::new()
        .name("jump host".to_owned())
        .spawn(move || {
            // Either side ends it; whoever reads the other end then sees its end.
            bridge.run().ok();
            bridge.channel.close().ok();
        })
        .map_err(|error| error.to_string())?;
    Ok(near.into())
}

#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    at: usize,
}

impl Chunk {
    fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Reads the next bytes. `Ok(None)`: there are none yet; `Ok(Some(0))`: there will be none.
    fn fill(&mut self, from: &mut impl Read) -> std::io::Result<Option<usize>> {
        self.bytes.resize(CHUNK_BYTES, 0);
        self.at = 0;
        let read = passing(from.read(&mut self.bytes));
        self.bytes
            .truncate(read.as_ref().map_or(0, |read| read.unwrap_or(0)));
        read
    }

    /// Writes some of it; whether any was taken.
    fn drain(&mut self, into: &mut impl Write) -> std::io::Result<bool> {
        let written = passing(into.write(&self.bytes[self.at..]))?.unwrap_or(0);
        self.at += written;
        Ok(written > 0)
    }
}

fn passing(result: std::io::Result<usize>) -> std::io::Result<Option<usize>> {
    match result {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

struct Bridge {
    // The channel ends before its session.
    channel: Channel,
    near: UnixStream,
    onwards: Chunk,
    back: Chunk,
    session: Session,
    socket: OwnedFd,
    keepalive: Duration,
}

impl Bridge {
    fn run(&mut self) -> std::io::Result<()> {
        loop {
            let mut moved = false;
            if self.onwards.is_empty() {
                match self.onwards.fill(&mut self.near)? {
                    Some(0) => return Ok(()),
                    read => moved |= read.is_some(),
                }
            }
            let mut half_sent = false;
            if !self.onwards.is_empty() {
                let sent = self.onwards.drain(&mut self.channel)?;
                moved |= sent;
                half_sent = !sent
                    && matches!(
                        self.session.block_directions(),
                        BlockDirections::Outbound | BlockDirections::Both
                    );
            }
            // Reading may have to answer, which cannot be while a packet is half on its way.
            if !half_sent && self.back.is_empty() {
                let read = self.back.fill(&mut self.channel)?;
                moved |= read.is_some_and(|read| read > 0);
                if self.back.is_empty() && self.channel.eof() {
                    return Ok(());
                }
            }
            if !self.back.is_empty() {
                moved |= self.back.drain(&mut self.near)?;
            }
            if !moved {
                self.wait(half_sent)?;
            }
        }
    }

    /// Waits for what can move something, and for nothing else: no busy loop.
    fn wait(&self, half_sent: bool) -> std::io::Result<()> {
        if !half_sent && self.back.is_empty() && self.channel.read_window().available > 0 {
            return Ok(());
        }
        let mut near = PollFlags::empty();
        near.set(PollFlags::IN, self.onwards.is_empty());
        near.set(PollFlags::OUT, !self.back.is_empty());
        let mut far = PollFlags::empty();
        far.set(PollFlags::OUT, half_sent);
        let wants_more = self.back.is_empty() || !self.onwards.is_empty();
        far.set(PollFlags::IN, !half_sent && wants_more);
        let held_back =
            !half_sent && !self.onwards.is_empty() && self.channel.write_window().remaining > 0;
        let longest = if held_back { HELD_BACK } else { self.keepalive };
        let pause = Timespec::try_from(longest).map_err(std::io::Error::other)?;
        let mut waiting = [
            PollFd::from_borrowed_fd(self.near.as_fd(), near),
            PollFd::from_borrowed_fd(self.socket.as_fd(), far),
        ];
        match poll(&mut waiting, Some(&pause)) {
            Ok(0) if !half_sent => {
                self.session.keepalive_send().ok();
                Ok(())
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
