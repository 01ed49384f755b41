//! A host over SSH: one connection, one channel for each command.

use std::io::{ErrorKind, Read, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssh2::{BlockDirections, Channel, Session};

use super::write::put_script;
use super::{Command, Connection, ConnectionError, Output, Put, known_hosts, login, quote};

/// Seconds between keepalive messages.
const KEEPALIVE_SECONDS: u32 = 15;

/// Where and as whom to connect.
pub(super) struct SshTarget {
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) identity_file: Option<PathBuf>,
    pub(super) known_hosts: PathBuf,
    pub(super) home: Option<PathBuf>,
    pub(super) connect_timeout: Duration,
}

/// An open SSH connection.
pub struct Ssh {
    session: Session,
    socket: TcpStream,
    user: String,
    name: String,
}

impl Ssh {
    pub(super) fn connect(target: SshTarget) -> Result<Self, ConnectionError> {
        let host = format!("{}:{}", target.address, target.port);
        let unreachable = |reason: String| ConnectionError::Unreachable {
            host: host.clone(),
            reason,
        };
        let socket = connect_socket(&target).map_err(unreachable)?;
        let mut session = Session::new().map_err(|error| unreachable(error.to_string()))?;
        let limit = u32::try_from(target.connect_timeout.as_millis()).unwrap_or(u32::MAX);
        session.set_timeout(limit);
        let (address, port) = (target.address.as_str(), target.port);
        known_hosts::prefer_known_kinds(&session, &target.known_hosts, address, port)
            .map_err(|error| unreachable(error.to_string()))?;
        let shared = socket
            .try_clone()
            .map_err(|error| unreachable(error.to_string()))?;
        session.set_tcp_stream(shared);
        session.handshake().map_err(|error| {
            unreachable(format!(
                "no SSH session within {} s: {}",
                target.connect_timeout.as_secs(),
                error.message()
            ))
        })?;
        known_hosts::check(&session, &target.known_hosts, address, port).map_err(|reason| {
            ConnectionError::HostKey {
                host: host.clone(),
                known_hosts: target.known_hosts.clone(),
                reason,
            }
        })?;
        let home = target.home.as_deref();
        login::log_in(
            &session,
            &target.user,
            target.identity_file.as_deref(),
            home,
        )
        .map_err(|reason| ConnectionError::Authentication { host, reason })?;
        session.set_keepalive(true, KEEPALIVE_SECONDS);
        Ok(Self {
            session,
            socket,
            name: format!("ssh {}@{}:{}", target.user, target.address, target.port),
            user: target.user,
        })
    }

    fn lost(&self, reason: impl std::fmt::Display) -> ConnectionError {
        ConnectionError::Lost {
            host: self.name.clone(),
            reason: reason.to_string(),
        }
    }

    /// Runs a command whose standard input is `content`.
    fn exchange(
        &mut self,
        command: &Command,
        content: &mut dyn Read,
        progress: Option<&mut (dyn FnMut(u64) + '_)>,
        line: &str,
    ) -> Result<Output, ConnectionError> {
        let deadline = Instant::now() + command.timeout;
        let result = {
            let mut exchange = Exchange {
                session: &self.session,
                socket: &self.socket,
                deadline,
            };
            exchange.run(line, content, progress)
        };
        self.session.set_blocking(true);
        result.map_err(|failure| match failure {
            Failure::TimedOut => {
                // The command may still run: this connection cannot be used for another one.
                self.socket.shutdown(std::net::Shutdown::Both).ok();
                ConnectionError::TimedOut {
                    host: self.name.clone(),
                    what: command.first_line(),
                    limit: command.timeout,
                }
            }
            Failure::Lost(reason) => self.lost(reason),
        })
    }

    fn prefix(&self, become_root: bool) -> &'static str {
        if become_root && self.user != "root" {
            "sudo -n -- "
        } else {
            ""
        }
    }
}

fn connect_socket(target: &SshTarget) -> Result<TcpStream, String> {
    let addresses = (target.address.as_str(), target.port)
        .to_socket_addrs()
        .map_err(|error| format!("its name cannot be resolved: {error}"))?;
    let mut last = "its name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, target.connect_timeout) {
            Ok(socket) => {
                // Without this each command waits some 45 ms for Nagle's algorithm.
                socket
                    .set_nodelay(true)
                    .map_err(|error| error.to_string())?;
                return Ok(socket);
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                last = format!("no answer within {} s", target.connect_timeout.as_secs());
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

impl Connection for Ssh {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn run(&mut self, command: &Command) -> Result<Output, ConnectionError> {
        let prefix = self.prefix(command.become_root);
        if command.stdin.is_empty() {
            // On standard input a script shows in no process list and has no length limit. The
            // braces make the shell read all of it before it starts.
            let script = format!("{{ {}\n}} </dev/null\n", command.script);
            let line = format!("{prefix}/bin/sh -s");
            return self.exchange(command, &mut script.as_bytes(), None, &line);
        }
        let line = format!("{prefix}/bin/sh -c {}", quote(&command.script));
        self.exchange(command, &mut command.stdin.as_slice(), None, &line)
    }

    fn put(&mut self, put: &mut Put<'_>) -> Result<(), ConnectionError> {
        let command = Command::new(put_script(put)).timeout(put.timeout);
        let prefix = self.prefix(put.become_root);
        let line = format!("{prefix}/bin/sh -c {}", quote(&command.script));
        let output = self.exchange(&command, put.content, put.progress.as_deref_mut(), &line)?;
        if output.success() {
            return Ok(());
        }
        Err(ConnectionError::Write {
            host: self.name.clone(),
            path: put.path.to_owned(),
            reason: output.error_text(),
        })
    }

    fn get(&mut self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, ConnectionError> {
        const MISSING: i32 = 44;
        let script = format!(
            "[ -e {path} ] || exit {MISSING}; head -c {} {path}",
            limit_bytes + 1,
            path = quote(path)
        );
        let output = self.run(&Command::new(script))?;
        let failed = |reason: String| ConnectionError::Read {
            host: self.name.clone(),
            path: path.to_owned(),
            reason,
        };
        match output.status {
            0 if output.stdout.len() as u64 > limit_bytes => {
                Err(failed(format!("it is larger than {limit_bytes} bytes")))
            }
            0 => Ok(Some(output.stdout)),
            MISSING => Ok(None),
            _ => Err(failed(output.error_text())),
        }
    }
}

enum Failure {
    TimedOut,
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
struct Exchange<'a> {
    session: &'a Session,
    socket: &'a TcpStream,
    deadline: Instant,
}

impl Exchange<'_> {
    fn run(
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
                        Ok(()) => input_open = false,
                        Err(error) if error.code() == EAGAIN => {}
                        Err(error) => return Err(error.into()),
                    }
                    moved = true;
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

/// Moves what has arrived; whether anything had.
fn drain(stream: &mut impl Read, into: &mut Vec<u8>) -> Result<bool, Failure> {
    let mut buffer = [0; 16 * 1024];
    let mut moved = false;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(moved),
            Ok(read) => {
                into.extend_from_slice(&buffer[..read]);
                moved = true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(moved),
            Err(error) => return Err(Failure::Lost(error.to_string())),
        }
    }
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
