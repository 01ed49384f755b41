//! The private interface: a socket file that only our user may open, or a loopback port.

use std::io;
use std::time::Duration;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;

use super::listener::{Listening, serve_tcp};
use crate::settings::AdminAddress;

/// The admin interface could not be opened.
#[derive(Debug, Error)]
#[error("cannot open the admin interface on {address}: {source}")]
pub struct AdminListenError {
    /// Where.
    pub address: AdminAddress,
    /// What the system said.
    pub source: io::Error,
}

/// The open admin interface.
pub enum AdminListening {
    /// On a loopback port.
    Tcp(Listening),
    /// On a socket file.
    #[cfg(unix)]
    Unix(unix::SocketListening),
}

impl AdminListening {
    /// Stops accepting and finishes what was accepted, at most for `limit`.
    pub async fn drain(self, limit: Duration) {
        match self {
            Self::Tcp(listening) => {
                listening.drain(limit).await;
            }
            #[cfg(unix)]
            Self::Unix(listening) => listening.drain(limit).await,
        }
    }
}

/// Opens the admin interface and serves `router` on it.
///
/// # Errors
/// When the address is in use by a living process, or cannot be opened.
pub async fn serve_admin(
    address: &AdminAddress,
    router: Router,
) -> Result<AdminListening, AdminListenError> {
    let opened = match address {
        AdminAddress::Tcp(socket) => match TcpListener::bind(socket).await {
            Ok(listener) => serve_tcp(listener, router, true).map(AdminListening::Tcp),
            Err(error) => Err(error),
        },
        #[cfg(unix)]
        AdminAddress::Unix(path) => unix::serve(path, router).await.map(AdminListening::Unix),
        #[cfg(not(unix))]
        AdminAddress::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
    };
    opened.map_err(|source| AdminListenError {
        address: address.clone(),
        source,
    })
}

#[cfg(unix)]
pub(super) mod unix {
    //! The socket file.

    use std::fs::Permissions;
    use std::io;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use axum::Router;
    use tokio::net::{UnixListener, UnixStream};
    use tokio::sync::watch;
    use tokio::task::JoinHandle;

    use super::super::listener::{CONNECTION_LIMIT, Connections, finish_accepting};

    /// An open socket file.
    pub struct SocketListening {
        path: PathBuf,
        connections: Connections,
        stop: watch::Sender<bool>,
        accepting: JoinHandle<()>,
    }

    impl SocketListening {
        pub(super) async fn drain(self, limit: Duration) {
            let began = Instant::now();
            self.stop.send_replace(true);
            finish_accepting(self.accepting, limit).await;
            let rest = limit.saturating_sub(began.elapsed());
            self.connections.drain(rest).await;
            if let Err(error) = std::fs::remove_file(&self.path) {
                tracing::debug!(%error, "the admin socket was gone already");
            }
        }
    }

    pub(super) async fn serve(path: &Path, router: Router) -> io::Result<SocketListening> {
        remove_stale(path).await?;
        let listener = bind_private(path)?;
        let connections = Connections::new(router, true, CONNECTION_LIMIT);
        let stop = watch::Sender::new(false);
        let accepting = tokio::spawn(accept_until_stopped(
            listener,
            connections.clone(),
            stop.subscribe(),
        ));
        Ok(SocketListening {
            path: path.to_owned(),
            connections,
            stop,
            accepting,
        })
    }

    /// A socket that nobody answers on was left by a killed process; one that answers is somebody's.
    async fn remove_stale(path: &Path) -> io::Result<()> {
        match UnixStream::connect(path).await {
            Ok(_) => Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "another process answers on it",
            )),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                std::fs::remove_file(path)
            }
            // Not there, or no socket: then binding says what is wrong.
            Err(_) => Ok(()),
        }
    }

    /// Binds under another name and renames: under its own name the socket never has other permissions than 0600.
    fn bind_private(path: &Path) -> io::Result<UnixListener> {
        let mut name = path.file_name().map(ToOwned::to_owned).unwrap_or_default();
        name.push(format!(".{}", std::process::id()));
        let temporary = path.with_file_name(name);
        if path.symlink_metadata().is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "there is something else of this name",
            ));
        }
        let listener = UnixListener::bind(&temporary)?;
        std::fs::set_permissions(&temporary, Permissions::from_mode(0o600))?;
        std::fs::rename(&temporary, path)?;
        Ok(listener)
    }

    async fn accept_until_stopped(
        listener: UnixListener,
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
                _ = stop.changed() => return,
                (place, accepted) = accepted => match accepted {
                    Ok((stream, _)) => connections.serve(place, stream, None),
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection on the admin socket");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
    }
}
