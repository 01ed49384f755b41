//! Accepting connections, and closing a listener without losing a request that reached it.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::http::Peer;

/// How many connections one listener holds; more wait in the system's backlog.
const CONNECTION_LIMIT: usize = 16_384;
/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
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
}

impl Connections {
    pub(super) fn new(router: Router, is_private: bool) -> Self {
        Self {
            router,
            is_private,
            draining: Arc::default(),
            close_idle: watch::Sender::new(false),
            places: Arc::new(Semaphore::new(CONNECTION_LIMIT)),
        }
    }

    /// Serves one connection in a task of its own. Waits while as many are open as may be.
    pub(super) async fn serve<S>(&self, stream: S, is_loopback: bool)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        let router = self.router.clone();
        let peer = Peer {
            is_local: self.is_private || is_loopback,
            draining: Arc::clone(&self.draining),
        };
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer.clone());
            router.clone().oneshot(request)
        });
        let mut close_idle = self.close_idle.subscribe();
        tokio::spawn(async move {
            let _place = place;
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT);
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

    fn open(&self) -> usize {
        CONNECTION_LIMIT - self.places.available_permits()
    }

    /// Waits until every connection is closed, at most `limit`; returns how many are left.
    ///
    /// Replies carry `Connection: close` from now on. Connections without a request get a moment: their client may
    /// have sent one that has not arrived yet.
    pub(super) async fn drain(&self, limit: Duration) -> usize {
        self.draining.store(true, Ordering::SeqCst);
        let all_closed = async {
            let every_place = u32::try_from(CONNECTION_LIMIT).unwrap_or(u32::MAX);
            if let Ok(places) = self.places.acquire_many(every_place).await {
                drop(places);
            }
        };
        let mut all_closed = pin!(all_closed);
        if tokio::time::timeout(IDLE_LINGER.min(limit), all_closed.as_mut())
            .await
            .is_ok()
        {
            return 0;
        }
        self.close_idle.send_replace(true);
        match tokio::time::timeout(limit.saturating_sub(IDLE_LINGER), all_closed).await {
            Ok(()) => 0,
            Err(_) => self.open(),
        }
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
        self.stop.send_replace(true);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "accepting connections ended abnormally");
        }
        self.connections.drain(limit).await
    }
}

/// Serves `router` on `listener`. A private listener counts every peer as local.
///
/// # Errors
/// When the listener has no address.
pub fn serve_tcp(listener: TcpListener, router: Router, is_private: bool) -> io::Result<Listening> {
    let address = listener.local_addr()?;
    let connections = Connections::new(router, is_private);
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
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => serve_stream(&connections, stream, peer).await,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    // Whoever is in the backlog has been told by the system that we are there: take them in before closing.
    while let Some((stream, peer)) = accept_waiting(&listener) {
        serve_stream(&connections, stream, peer).await;
    }
}

/// A connection that waits in the backlog, if there is one.
fn accept_waiting(listener: &TcpListener) -> Option<(tokio::net::TcpStream, SocketAddr)> {
    match listener.poll_accept(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(accepted)) => Some(accepted),
        _ => None,
    }
}

async fn serve_stream(connections: &Connections, stream: tokio::net::TcpStream, peer: SocketAddr) {
    // Replies are small and complete: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off Nagle's algorithm");
    }
    connections.serve(stream, peer.ip().is_loopback()).await;
}
