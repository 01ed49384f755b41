//! A host over SSH: one connection, one channel for each command.

use std::io::{ErrorKind, Read};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ssh2::Session;

use super::command::OUTPUT_LIMIT_BYTES;
use super::exchange::{Exchange, Failure, KEEPALIVE_SECONDS};
use super::write::put_script;
use super::{Command, Connection, ConnectionError, Output, Put, known_hosts, login, quote};

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
            Failure::TooMuchOutput => {
                self.socket.shutdown(std::net::Shutdown::Both).ok();
                ConnectionError::TooMuchOutput {
                    host: self.name.clone(),
                    what: command.first_line(),
                    limit_bytes: OUTPUT_LIMIT_BYTES,
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
