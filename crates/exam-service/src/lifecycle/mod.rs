//! When the public port is open: standby, serving, draining, and the way out.

mod admin_socket;
mod listener;
mod signals;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

pub use admin_socket::{AdminListenError, AdminListening, serve_admin};
pub use listener::{Listening, serve_tcp};
pub use signals::termination;

/// Where the service stands towards the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicState {
    /// Only the admin interface answers.
    Standby,
    /// The public port is open.
    Serving,
    /// The port is closed to new connections; accepted requests are being finished.
    Draining,
}

impl PublicState {
    /// The word used in `/admin/status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Serving => "serving",
            Self::Draining => "draining",
        }
    }

    fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Serving,
            2 => Self::Draining,
            _ => Self::Standby,
        }
    }
}

/// Why the public port could not be opened.
#[derive(Debug, Error)]
pub enum PromoteError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}. Is another instance serving there?")]
    Bind {
        /// The public address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Too late.
    #[error("the service is shutting down and opens no port any more")]
    ShuttingDown,
}

enum Port {
    Closed,
    Open(Listening),
    /// Closed for good.
    Finished,
}

struct Inner {
    address: SocketAddr,
    router: Router,
    drain_timeout: Duration,
    state: AtomicU8,
    /// Held through a whole transition: promote and standby never overlap.
    port: Mutex<Port>,
}

/// Opens and closes the public port. Clones control the same port.
#[derive(Clone)]
pub struct Lifecycle(Arc<Inner>);

impl Lifecycle {
    /// A service in standby that will serve `router` on `address`.
    pub fn new(address: SocketAddr, router: Router, drain_timeout: Duration) -> Self {
        let state = AtomicU8::new(PublicState::Standby as u8);
        Self(Arc::new(Inner {
            address,
            router,
            drain_timeout,
            state,
            port: Mutex::new(Port::Closed),
        }))
    }

    /// Where the service stands.
    pub fn state(&self) -> PublicState {
        PublicState::from_number(self.0.state.load(Ordering::SeqCst))
    }

    /// The address that is really listened on (the port may have been chosen by the system).
    pub async fn local_address(&self) -> Option<SocketAddr> {
        match &*self.0.port.lock().await {
            Port::Open(listening) => Some(listening.address()),
            _ => None,
        }
    }

    /// Opens the public port; done when it listens. Harmless when it is open.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the service is going down.
    pub async fn promote(&self) -> Result<(), PromoteError> {
        let inner = Arc::clone(&self.0);
        // In a task of its own: a caller that hangs up must not leave a transition half done.
        run_to_end(async move {
            let mut port = inner.port.lock().await;
            match &*port {
                Port::Open(_) => return Ok(()),
                Port::Finished => return Err(PromoteError::ShuttingDown),
                Port::Closed => {}
            }
            let bind_error = |source| PromoteError::Bind {
                address: inner.address,
                source,
            };
            let listener = TcpListener::bind(inner.address).await.map_err(bind_error)?;
            let listening = serve_tcp(listener, inner.router.clone(), false).map_err(bind_error)?;
            tracing::info!(address = %listening.address(), "the public port is open");
            *port = Port::Open(listening);
            inner.set_state(PublicState::Serving);
            Ok(())
        })
        .await
        .unwrap_or(Err(PromoteError::ShuttingDown))
    }

    /// Closes the public port and finishes what was accepted, at most for the drain time. Harmless when it is closed.
    pub async fn standby(&self) {
        self.close(false).await;
    }

    /// As [`Lifecycle::standby`], for good.
    pub async fn finish(&self) {
        self.close(true).await;
    }

    async fn close(&self, for_good: bool) {
        let inner = Arc::clone(&self.0);
        run_to_end(async move {
            let mut port = inner.port.lock().await;
            let after = if for_good || matches!(*port, Port::Finished) {
                Port::Finished
            } else {
                Port::Closed
            };
            if let Port::Open(listening) = std::mem::replace(&mut *port, after) {
                inner.set_state(PublicState::Draining);
                tracing::info!("the public port is closed; finishing what was accepted");
                let left_open = listening.drain(inner.drain_timeout).await;
                if left_open > 0 {
                    tracing::warn!(
                        connections = left_open,
                        "the drain time is over with connections still open"
                    );
                }
                inner.set_state(PublicState::Standby);
                tracing::info!("drained");
            }
        })
        .await;
    }
}

impl Inner {
    fn set_state(&self, state: PublicState) {
        self.state.store(state as u8, Ordering::SeqCst);
    }
}

/// Runs `future` even if whoever waits for it goes away; `None` if it panicked.
async fn run_to_end<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    match tokio::spawn(future).await {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::error!(%error, "a change of state ended abnormally");
            None
        }
    }
}
