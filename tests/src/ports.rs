//! Which TCP port is free?

use std::collections::HashSet;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::Mutex;

/// Below the range from which Linux takes the local port of an outgoing connection: while a server under test is
/// down, a client that keeps asking can neither take its port nor connect to itself.
const PORTS: Range<u16> = 20_000..32_000;

static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A port of the loopback address that nothing listens on; each call gives another one.
pub fn free_port() -> u16 {
    let mut given = GIVEN.lock().expect("no test panics in here");
    let given = given.get_or_insert_default();
    loop {
        let port = fastrand::u16(PORTS);
        if !given.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            given.insert(port);
            return port;
        }
    }
}
