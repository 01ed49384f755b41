//! How the system asks us to go.

use std::io;

/// Waits for SIGTERM or Ctrl-C.
///
/// # Errors
/// When the system lets us not listen for them.
#[cfg(unix)]
pub async fn termination() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Waits for Ctrl-C.
///
/// # Errors
/// When the system lets us not listen for it.
#[cfg(not(unix))]
pub async fn termination() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
