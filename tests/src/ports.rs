//! Which TCP port is free?

use std::net::{Ipv4Addr, TcpListener};

/// A port of the loopback address that nothing listened on a moment ago.
///
/// The system hands out another one each time, so that tests running at once do not meet.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("the loopback address has a free port")
        .port()
}
