//! Accepting connections, and closing a listener without losing a request that reached it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::http::Peer;

/// How many connections one listener holds; more wait in the system's backlog.
pub(super) const CONNECTION_LIMIT: usize = 16_384;
/// How long a client may take to send the head of a request, and how long a connection may be idle before it: longer
/// than the proxy keeps its idle connections to us.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// So many headers a request may have, and so long its head may be in bytes: many times what browsers and proxies send.
const MAX_HEADERS: usize = 64;
const HEADER_LIMIT: usize = 32 * 1024;
/// While draining, how long an idle connection is kept for a request that may be on its way.
const IDLE_LINGER: Duration = Duration::from_secs(1);
/// After an error of `accept` (usually: no file descriptor left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What every connection of a listener shares.
#[derive(Clone)]
pub(super) struct Connections {
    router: Router,
    is_private: bool,
    draining: Arc<AtomicBool>,
    /// Told once when idle connections are to be closed.
    close_idle: watch::Sender<bool>,
    places: Arc<Semaphore>,
    /// How many are open.
    open: watch::Sender<usize>,
}

/// The right to open one connection; given back when dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Counts one connection as open until dropped.
struct OpenConnection {
    _place: Place,
    open: watch::Sender<usize>,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.open.send_modify(|open| *open -= 1);
    }
}

impl Connections {
    pub(super) fn new(router: Router, is_private: bool, limit: usize) -> Self {
        Self {
            router,
            is_private,
            draining: Arc::default(),
            close_idle: watch::Sender::new(false),
            places: Arc::new(Semaphore::new(limit)),
            open: watch::Sender::new(0),
        }
    }

    /// A place for one connection; waits while as many are open as may be.
    pub(super) async fn place(&self) -> Place {
        let permits = Arc::clone(&self.places);
        let Ok(permit) = permits.acquire_owned().await else {
            // Nobody closes the semaphore.
            return std::future::pending().await;
        };
        Place { _permit: permit }
    }

    /// Serves one connection in a task of its own.
    pub(super) fn serve<S>(&self, place: Place, stream: S, address: Option<IpAddr>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let router = self.router.clone();
        let peer = Peer {
            address,
            is_local: self.is_private || address.is_some_and(|address| address.is_loopback()),
            is_private: self.is_private,
            draining: Arc::clone(&self.draining),
        };
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer.clone());
            router.clone().oneshot(request)
        });
        let mut close_idle = self.close_idle.subscribe();
        self.open.send_modify(|open| *open += 1);
        let counted = OpenConnection {
            _place: place,
            open: self.open.clone(),
        };
        tokio::spawn(async move {
            let _counted = counted;
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .max_headers(MAX_HEADERS)
                .max_buf_size(HEADER_LIMIT);
            let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = close_idle.changed() => {
                    // Idle: closed now. Busy: closed after the reply.
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }

    /// Waits until every connection is closed, at most `limit`; returns how many are left.
    ///
    /// Replies carry `Connection: close` from now on. Connections without a request get a moment: their client may
    /// have sent one that has not arrived yet.
    pub(super) async fn drain(&self, limit: Duration) -> usize {
        self.draining.store(true, Ordering::SeqCst);
        let mut open = self.open.subscribe();
        let linger = IDLE_LINGER.min(limit);
        if tokio::time::timeout(linger, open.wait_for(|open| *open == 0))
            .await
            .is_ok()
        {
            return 0;
        }
        self.close_idle.send_replace(true);
        tokio::time::timeout(
            limit.saturating_sub(linger),
            open.wait_for(|open| *open == 0),
        )
        .await
        .ok();
        *self.open.borrow()
    }
}

/// An open port.
pub struct Listening {
    address: SocketAddr,
    connections: Connections,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Listening {
    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, finishes what was accepted, at most for `limit`; returns how many connections are left.
    pub async fn drain(self, limit: Duration) -> usize {
        let began = Instant::now();
        self.stop.send_replace(true);
        finish_accepting(self.accepting, limit).await;
        let rest = limit.saturating_sub(began.elapsed());
        self.connections.drain(rest).await
    }
}

/// Waits until a listener that was told to stop has taken in what had reached it, at most for `limit`.
pub(super) async fn finish_accepting(mut accepting: JoinHandle<()>, limit: Duration) {
    match tokio::time::timeout(limit, &mut accepting).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "accepting connections ended abnormally"),
        Err(_) => {
            tracing::warn!("not every waiting connection could be accepted in the drain time");
            accepting.abort();
        }
    }
}

/// Serves `router` on `listener`. A private listener counts every peer as local.
///
/// # Errors
/// When the listener has no address.
pub fn serve_tcp(listener: TcpListener, router: Router, is_private: bool) -> io::Result<Listening> {
    serve_limited(
        listener,
        Connections::new(router, is_private, CONNECTION_LIMIT),
    )
}

fn serve_limited(listener: TcpListener, connections: Connections) -> io::Result<Listening> {
    let address = listener.local_addr()?;
    let stop = watch::Sender::new(false);
    let accepting = tokio::spawn(accept_until_stopped(
        listener,
        connections.clone(),
        stop.subscribe(),
    ));
    Ok(Listening {
        address,
        connections,
        stop,
        accepting,
    })
}

async fn accept_until_stopped(
    listener: TcpListener,
    connections: Connections,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = async {
            let place = connections.place().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, peer)) => serve_stream(&connections, place, stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    if let Err(error) = take_in_waiting(listener, &connections).await {
        tracing::warn!(%error, "cannot accept the connections that wait");
    }
}

/// Takes in who waits in the backlog: they have been told by the system that we are there.
///
/// The system itself is asked, until it has nobody left: the runtime may not know yet that somebody waits.
async fn take_in_waiting(listener: TcpListener, connections: &Connections) -> io::Result<()> {
    let listener = listener.into_std()?;
    loop {
        let place = connections.place().await;
        match listener.accept() {
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                serve_stream(connections, place, TcpStream::from_std(stream)?, peer);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            // This one has given up already; the next may not have.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(error),
        }
    }
}

fn serve_stream(connections: &Connections, place: Place, stream: TcpStream, peer: SocketAddr) {
    // Replies are small and complete: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off Nagle's algorithm");
    }
    connections.serve(place, stream, Some(peer.ip()));
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use axum::routing::get;

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    async fn listener() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.unwrap()
    }

    /// Connects and sends a request, while the runtime stands still.
    fn send(address: SocketAddr) -> std::net::TcpStream {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(REQUEST).unwrap();
        stream
    }

    /// A server of requests that never end, and the client of one that has begun.
    async fn busy(limit: usize) -> (Listening, std::net::TcpStream) {
        let begun = Arc::new(tokio::sync::Notify::new());
        let told = Arc::clone(&begun);
        let router = Router::new().route(
            "/",
            get(async move || {
                told.notify_one();
                std::future::pending::<()>().await;
            }),
        );
        let connections = Connections::new(router, false, limit);
        let listening = serve_limited(listener().await, connections).unwrap();
        let client = send(listening.address());
        begun.notified().await;
        (listening, client)
    }

    #[tokio::test]
    async fn who_waits_in_the_backlog_is_served_before_the_port_closes() {
        let router = Router::new().route("/", get(async || "here"));
        let listener = listener().await;
        let address = listener.local_addr().unwrap();
        let clients: Vec<_> = (0..20).map(|_| send(address)).collect();
        // Told to stop before it was ever told that somebody waits.
        let listening = serve_tcp(listener, router, false).unwrap();
        assert_eq!(listening.drain(Duration::from_secs(10)).await, 0);
        for mut client in clients {
            let mut reply = String::new();
            client.read_to_string(&mut reply).unwrap();
            assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        }
    }

    #[tokio::test]
    async fn a_drain_that_runs_out_of_time_counts_what_is_left() {
        let (listening, _client) = busy(CONNECTION_LIMIT).await;
        assert_eq!(listening.drain(Duration::from_millis(50)).await, 1);
    }

    #[tokio::test]
    async fn a_drain_ends_in_time_when_no_connection_has_room() {
        let (listening, _client) = busy(1).await;
        let _waiting = send(listening.address());
        let drained = listening.drain(Duration::from_millis(50));
        let left = tokio::time::timeout(Duration::from_secs(20), drained).await;
        assert_eq!(left, Ok(1));
    }
}
