//! Moving what was committed from the write-ahead log into the database file, away from the commits.
//!
//! A commit writes and syncs the log only. Once a second a connection of its own copies the log's pages into the
//! database, which holds nobody up: readers and the writer go on meanwhile. While saves never pause, such a
//! checkpoint does not quite catch up, and the log can only start over when one did: past [`LOG_PAGES`] the writer
//! finishes the rest itself at its next commit, so that the log stays bounded.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

/// How often the log is copied.
const EVERY: Duration = Duration::from_secs(1);
/// From how many pages of 4 KiB on a commit checkpoints by itself: 32 MiB.
pub(super) const LOG_PAGES: u32 = 8192;
/// What the log's file is cut to when it starts over, in bytes.
pub(super) const LOG_BYTES: u32 = LOG_PAGES * 4096;

/// The running task.
#[derive(Debug)]
pub(in crate::store) struct Checkpoints {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// Starts copying. Ends when stopped or dropped.
    pub(super) async fn start(options: &SqliteConnectOptions) -> sqlx::Result<Self> {
        let connection = options.connect().await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(copy_until_stopped(connection, options.clone(), stopped));
        Ok(Self {
            stop,
            task: Mutex::new(Some(task)),
        })
    }

    /// Copies a last time and closes the connection.
    pub(in crate::store) async fn finish(&self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the checkpoints of the database ended abnormally");
        }
    }
}

async fn copy_until_stopped(
    mut connection: SqliteConnection,
    options: SqliteConnectOptions,
    mut stopped: watch::Receiver<bool>,
) {
    let mut is_failing = false;
    loop {
        // An error is also the end: the store was dropped.
        let is_last = tokio::time::timeout(EVERY, stopped.changed()).await.is_ok();
        match copy(&mut connection).await {
            Ok(()) => is_failing = false,
            Err(error) => {
                // Once per failure, not once a second: nothing is lost, the log only grows.
                if !is_failing {
                    tracing::error!(%error, "cannot copy the write-ahead log into the database");
                }
                is_failing = true;
                if let Ok(fresh) = options.connect().await {
                    connection = fresh;
                }
            }
        }
        if is_last {
            break;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "the connection for checkpoints did not close cleanly");
    }
}

/// Copies what can be copied without waiting for anybody.
async fn copy(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(connection)
        .await?;
    Ok(())
}
