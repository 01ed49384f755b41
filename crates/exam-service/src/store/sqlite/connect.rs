//! How the file is opened, and the refusal to work on one that could lose an acknowledged answer.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqlitePool};

use super::checkpoints::{Checkpoints, LOG_BYTES, LOG_PAGES};
use super::turns::Turns;
use crate::store::StoreError;
use crate::store::database::Connections;
use crate::store::durability::Weakness;
use crate::store::sql::Pool;

/// How long one process waits for another's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection before it is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections for reading. They share the cores with everything else: more would not read faster.
const READERS: u32 = 4;
/// How many rows the driver's thread may be ahead of us: it goes to sleep at each row that does not fit.
const ROW_BUFFER: usize = 1024;
/// The pages that the writing connection keeps: the answers of a whole exam day.
const WRITER_CACHE_KIB: u32 = 65_536;

/// Opens the database, creating the file when there is none.
pub(in crate::store) async fn open(path: &Path) -> Result<Connections, StoreError> {
    let options = durable_options(path).create_if_missing(true);
    let for_writing = options
        .clone()
        .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"));
    let writer = Pool::Sqlite(open_pool(path, for_writing, 1).await?);
    let options = options.create_if_missing(false);
    let readers = open_pool(path, options.clone(), READERS).await?;
    let checkpoints = Checkpoints::start(&options)
        .await
        .map_err(|source| open_error(path, source))?;
    Ok(Connections {
        readers: Pool::Sqlite(readers),
        writers: writer.clone(),
        batches: writer,
        turns: Some(Turns::default()),
        checkpoints: Some(checkpoints),
    })
}

/// Opens an existing database for reading only: nothing is created, nothing can be changed.
pub(in crate::store) async fn open_read_only(path: &Path) -> Result<Connections, StoreError> {
    let pool = Pool::Sqlite(read_only_pool(path).await?);
    Ok(Connections {
        readers: pool.clone(),
        writers: pool.clone(),
        batches: pool,
        turns: None,
        checkpoints: None,
    })
}

/// One connection that can only read.
pub(super) async fn read_only_pool(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(|source| open_error(path, source))
}

/// WAL so that readers never wait for the writer, FULL so that a commit survives a power cut.
pub(super) fn durable_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", LOG_PAGES.to_string())
        .pragma("journal_size_limit", LOG_BYTES.to_string())
        .row_buffer_size(ROW_BUFFER)
        .disable_statement_logging()
}

/// A pool whose every connection has been checked.
pub(super) async fn open_pool(
    path: &Path,
    options: SqliteConnectOptions,
    size: u32,
) -> Result<SqlitePool, StoreError> {
    // Once in the open, so that the refusal has its own words...
    let mut first = options
        .connect()
        .await
        .map_err(|source| open_error(path, source))?;
    verify_durability(&mut first, path).await?;
    first
        .close()
        .await
        .map_err(|source| open_error(path, source))?;
    // ... and again for each connection that replaces a broken one.
    let owned_path = path.to_owned();
    SqlitePoolOptions::new()
        .max_connections(size)
        .min_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_release(|connection, _| Box::pin(is_reusable(connection)))
        .after_connect(move |connection, _| {
            let path = owned_path.clone();
            Box::pin(async move {
                verify_durability(connection, &path)
                    .await
                    .map_err(|error| sqlx::Error::Configuration(error.into()))
            })
        })
        .connect_with(options)
        .await
        .map_err(|source| open_error(path, source))
}

/// Whether a connection that was given back is outside of any transaction.
///
/// After a full disk or a failed write `SQLite` has ended the transaction by itself. The driver's own rollback fails
/// then, and it goes on counting a transaction that is not there: such a connection can begin no other one, ever. It
/// is closed, and the pool opens a new one in its place.
async fn is_reusable(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // A transaction that was dropped is rolled back behind our back: the reply to the ping comes after it.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

fn open_error(path: &Path, source: sqlx::Error) -> StoreError {
    StoreError::Open {
        database: name(path),
        source,
        advice: "Check that the directory exists and belongs to the user the service runs as",
    }
}

fn name(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// Reads the pragmas back: asking for them is not having them (a network file system cannot do WAL, for one).
pub(super) async fn verify_durability(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(), StoreError> {
    let weak = |setting, actual: String, required, advice| {
        Err(StoreError::WeakDurability {
            database: name(path),
            weaknesses: vec![Weakness {
                setting,
                actual,
                required,
                advice,
            }],
        })
    };
    let doing = StoreError::during("read the pragmas of the database");
    let row = sqlx::query("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await
        .map_err(&doing)?;
    let journal_mode: String = row.try_get(0).map_err(&doing)?;
    if journal_mode != "wal" {
        return weak(
            "journal_mode",
            journal_mode,
            "wal",
            "Put the file on a local disk: network file systems cannot do it.",
        );
    }
    let mut number = async |pragma: &'static str| -> Result<i64, StoreError> {
        let row = sqlx::query(pragma)
            .fetch_one(&mut *connection)
            .await
            .map_err(&doing)?;
        row.try_get(0).map_err(&doing)
    };
    let synchronous = number("PRAGMA synchronous").await?;
    if synchronous < 2 {
        return weak(
            "synchronous",
            synchronous.to_string(),
            "2 (FULL) or more",
            "The service sets it: something overrides it.",
        );
    }
    let foreign_keys = number("PRAGMA foreign_keys").await?;
    if foreign_keys != 1 {
        return weak(
            "foreign_keys",
            foreign_keys.to_string(),
            "1",
            "The service sets it: something overrides it.",
        );
    }
    let busy_timeout = number("PRAGMA busy_timeout").await?;
    if busy_timeout < 1000 {
        return weak(
            "busy_timeout",
            busy_timeout.to_string(),
            "1000 ms or more",
            "The service sets it: something overrides it.",
        );
    }
    Ok(())
}
