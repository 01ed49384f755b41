//! A host over SSH, straight or through jump hosts: one connection, one channel for each shell.

mod bridge;
mod known_hosts;
mod link;
mod login;
mod route;

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Instant;

use rustix::fd::OwnedFd;
use ssh2::Session;

use super::hosted::{Hosted, Way};
use super::open::OpenOptions;
use super::shell::{Failure, Link, Root};
use super::{Connection, ConnectionError, quote};
use crate::inventory::Host;
use link::{ChannelLink, milliseconds};
use route::{Hop, Route};

/// Opens the connection to a host of the inventory.
pub(super) fn open(
    host: &Host,
    options: &OpenOptions,
    root: Root,
) -> Result<Box<dyn Connection>, ConnectionError> {
    let route = Route::find(host, options)?;
    Ok(Box::new(Hosted::new(Ssh::connect(route, root)?)))
}

/// An open SSH connection.
struct Ssh {
    session: Session,
    socket: OwnedFd,
    route: Route,
    root: Root,
}

impl Ssh {
    fn connect(route: Route, root: Root) -> Result<Self, ConnectionError> {
        let mut before: Option<(&Hop, Session, OwnedFd)> = None;
        for hop in route.hops() {
            let socket = match before.take() {
                None => connect_socket(hop).map_err(|reason| unreachable(hop, None, reason))?,
                Some((jump, session, socket)) => {
                    let address = &hop.address;
                    bridge::open(session, socket, jump.keepalive, address, hop.port)
                        .map_err(|reason| unreachable(hop, Some(jump), reason))?
                }
            };
            let session = log_in(hop, &socket)?;
            before = Some((hop, session, socket));
        }
        let (hop, session, socket) = before.ok_or_else(|| ConnectionError::Settings {
            host: route.name(),
            reason: "there is no host at the end of the way".to_owned(),
        })?;
        let root = match root {
            _ if hop.user == "root" => Root::Already,
            Root::Already => Root::Already,
            Root::Sudo { .. } => Root::Sudo {
                user: hop.user.clone(),
            },
            Root::Password {
                variable, password, ..
            } => Root::Password {
                user: hop.user.clone(),
                variable,
                password,
            },
        };
        Ok(Self {
            session,
            socket,
            route,
            root,
        })
    }
}

impl Way for Ssh {
    fn name(&self) -> String {
        self.route.name()
    }

    fn root(&self) -> Root {
        self.root.clone()
    }

    fn start(
        &mut self,
        words: &[String],
        _as_root: bool,
        deadline: Instant,
    ) -> Result<Box<dyn Link>, Failure> {
        let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
        let keepalive = self.route.target().keepalive;
        let line = words.join(" ");
        let link = ChannelLink::start(&self.session, &self.socket, keepalive, &line, deadline)?;
        Ok(Box::new(link))
    }

    fn again(&self) -> Result<Self, ConnectionError> {
        Self::connect(self.route.clone(), self.root.clone())
    }
}

fn unreachable(hop: &Hop, through: Option<&Hop>, reason: impl Into<String>) -> ConnectionError {
    let mut reason = reason.into();
    if let Some(jump) = through {
        reason = format!("the jump host {} says: {reason}", jump.place());
    }
    ConnectionError::Unreachable {
        host: hop.place(),
        reason: hop.with_notes(reason),
    }
}

fn connect_socket(hop: &Hop) -> Result<OwnedFd, String> {
    let addresses = (hop.address.as_str(), hop.port)
        .to_socket_addrs()
        .map_err(|error| format!("its name cannot be resolved: {error}"))?;
    let mut last = "its name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, hop.connect_timeout) {
            Ok(socket) => {
                // Without this each command waits some 45 ms for Nagle's algorithm.
                socket
                    .set_nodelay(true)
                    .map_err(|error| error.to_string())?;
                return Ok(socket.into());
            }
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                last = format!("no answer within {} s", hop.connect_timeout.as_secs());
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

/// A session with one host of the way: agreed on keys, the host checked, logged in.
fn log_in(hop: &Hop, socket: &OwnedFd) -> Result<Session, ConnectionError> {
    let failed = |reason: String| unreachable(hop, None, reason);
    let mut session = Session::new().map_err(|error| failed(error.to_string()))?;
    session.set_timeout(milliseconds(hop.connect_timeout));
    known_hosts::prefer_known_kinds(&session, hop).map_err(|error| failed(error.to_string()))?;
    let shared = socket
        .try_clone()
        .map_err(|error| failed(error.to_string()))?;
    session.set_tcp_stream(shared);
    session.handshake().map_err(|error| {
        failed(format!(
            "no SSH session within {} s: {}",
            hop.connect_timeout.as_secs(),
            error.message()
        ))
    })?;
    known_hosts::check(&session, hop).map_err(|reason| ConnectionError::HostKey {
        host: hop.place(),
        known_hosts: hop.first_known_hosts(),
        reason: hop.with_notes(reason),
    })?;
    login::log_in(&session, hop).map_err(|reason| ConnectionError::Authentication {
        host: hop.place(),
        reason: hop.with_notes(reason),
    })?;
    let keepalive = u32::try_from(hop.keepalive.as_secs()).unwrap_or(u32::MAX);
    session.set_keepalive(true, keepalive);
    Ok(session)
}
