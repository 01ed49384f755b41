//! A TCP path that can be slow, and can break.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Passes connections on to another address until it is cut.
///
/// ```no_run
/// use integration_tests::chaos::Relay;
/// let relay = Relay::to("127.0.0.1:22".parse().unwrap());
/// relay.delay(std::time::Duration::from_millis(10)); // each way: 20 ms of round trip
/// // ... connect to 127.0.0.1, port relay.port() ...
/// relay.cut(); // open connections end, new ones are closed at once
/// relay.restore();
/// ```
pub struct Relay {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cut: AtomicBool,
    stopped: AtomicBool,
    delay_milliseconds: AtomicU64,
    /// How often the open connections were forgotten.
    forgotten: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// Listens on a free loopback port for connections to `target`.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        let port = listener
            .local_addr()
            .expect("a listener has an address")
            .port();
        let state = Arc::new(State::default());
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                if !accepting.cut.load(Ordering::SeqCst) {
                    accepting.connect(client, target);
                }
            }
        });
        Self { port, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds back what passes from now on, in each direction.
    pub fn delay(&self, delay: Duration) {
        let milliseconds = u64::try_from(delay.as_millis()).expect("a short delay");
        self.state
            .delay_milliseconds
            .store(milliseconds, Ordering::SeqCst);
    }

    /// Breaks all connections, and all that are tried from now on.
    pub fn cut(&self) {
        self.state.cut.store(true, Ordering::SeqCst);
        for stream in self.state.open.lock().unwrap().drain(..) {
            // It may have been closed by its owner: then it is as broken as it should be.
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// Forgets all open connections, as a firewall that was restarted: they stay open, and nothing that is sent over
    /// them arrives. New ones pass.
    pub fn forget(&self) {
        self.state.forgotten.fetch_add(1, Ordering::SeqCst);
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.state.cut.store(false, Ordering::SeqCst);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut();
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees that it should stop.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl State {
    fn connect(self: &Arc<Self>, client: TcpStream, target: SocketAddr) {
        let Ok(server) = TcpStream::connect(target) else {
            return;
        };
        let born = self.forgotten.load(Ordering::SeqCst);
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            // Without it, small packets wait for each other and the relay adds more than its delay.
            to.set_nodelay(true).expect("an open socket");
            let state = Arc::clone(self);
            std::thread::spawn(move || state.copy(from, to, born));
        }
        let mut open = self.open.lock().unwrap();
        open.extend([client, server]);
        // A cut between the check of the caller and here must find these two as well.
        if self.cut.load(Ordering::SeqCst) {
            for stream in open.drain(..) {
                stream.shutdown(Shutdown::Both).ok();
            }
        }
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream, born: u64) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read) = from.read(&mut buffer) {
            let delay = self.delay_milliseconds.load(Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(delay));
            if self.forgotten.load(Ordering::SeqCst) != born {
                if read == 0 {
                    return;
                }
                continue;
            }
            if read == 0 || to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn echo_server() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn round_trip(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        stream.write_all(b"ping")?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn a_cut_ends_open_and_new_connections_until_it_is_restored() {
        let relay = Relay::to(echo_server());
        let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port())).unwrap();
        let mut before = connect();
        assert_eq!(round_trip(&mut before).unwrap(), *b"ping");

        relay.cut();
        round_trip(&mut before).unwrap_err();
        round_trip(&mut connect()).unwrap_err();

        relay.restore();
        assert_eq!(round_trip(&mut connect()).unwrap(), *b"ping");
    }

    #[test]
    fn a_forgotten_connection_stays_open_and_carries_nothing_while_new_ones_do() {
        let relay = Relay::to(echo_server());
        let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port())).unwrap();
        let mut before = connect();
        assert_eq!(round_trip(&mut before).unwrap(), *b"ping");
        relay.forget();
        let limit = Some(Duration::from_millis(50));
        before.set_read_timeout(limit).unwrap();
        let error = round_trip(&mut before).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
        assert_eq!(round_trip(&mut connect()).unwrap(), *b"ping");
    }

    #[test]
    fn a_delay_counts_in_both_directions() {
        let relay = Relay::to(echo_server());
        relay.delay(Duration::from_millis(30));
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port())).unwrap();
        let started = Instant::now();
        round_trip(&mut stream).unwrap();
        assert!(started.elapsed() >= Duration::from_millis(60));
    }
}
