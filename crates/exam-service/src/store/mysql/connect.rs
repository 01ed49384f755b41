//! How the server is spoken to: strict, READ COMMITTED, with waits that end.

use std::str::FromStr as _;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, MySqlPool};

use super::durability;
use crate::settings::ServerUrl;
use crate::store::StoreError;
use crate::store::database::Connections;
use crate::store::durability::Weakness;
use crate::store::sql::Pool;
use crate::store::sql::server::{
    ACQUIRE_TIMEOUT, BATCH_CONNECTIONS, CONNECT_TIMEOUT, CONNECTIONS, answers_soon, open_error,
    still_answers,
};

/// What every connection is told first. A value that does not fit is an error; each statement reads what is committed,
/// and a row that is waited for is read as it is then; a lock that lasts is an error, not a wait. MariaDB ends a
/// transaction whose client it cannot hear any more, in seconds, and with it the locks of its attempts; MySQL has no such
/// setting, and reads the last line as a comment.
const SESSION: &str = "
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION innodb_lock_wait_timeout = 5;
SET SESSION foreign_key_checks = 1;
SET SESSION unique_checks = 1 /*M!100300 , SESSION idle_transaction_timeout = 15 */";

/// Opens the database, and says what makes it unsafe.
pub(in crate::store) async fn open(
    url: &ServerUrl,
) -> Result<(Connections, Vec<Weakness>), StoreError> {
    let weaknesses = weaknesses(url).await?;
    let others = open_pool(url, asked_first(CONNECTIONS), SESSION).await?;
    // A batch whose connection turns out to be gone is simply tried again: no question before each of them. Opened when
    // the first one is written: a connection lives on the thread that opens it, and this is to be the writer's.
    let batches = in_session(sizes(BATCH_CONNECTIONS), SESSION).connect_lazy_with(options(url)?);
    Ok((connections(others, batches), weaknesses))
}

/// Opens the database so that nothing can be changed, and says what makes it unsafe.
pub(in crate::store) async fn open_read_only(
    url: &ServerUrl,
) -> Result<(Connections, Vec<Weakness>), StoreError> {
    let weaknesses = weaknesses(url).await?;
    let pool = open_pool(url, asked_first(1), "SET SESSION TRANSACTION READ ONLY").await?;
    Ok((connections(pool.clone(), pool), weaknesses))
}

fn connections(others: MySqlPool, batches: MySqlPool) -> Connections {
    let others = Pool::MySql(others);
    Connections {
        readers: others.clone(),
        writers: others,
        batches: Pool::MySql(batches),
        turns: None,
        checkpoints: None,
    }
}

fn options(url: &ServerUrl) -> Result<MySqlConnectOptions, StoreError> {
    let options = MySqlConnectOptions::from_str(url.expose()).map_err(open_error(url))?;
    Ok(options
        .charset("utf8mb4")
        .collation("utf8mb4_bin")
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging())
}

async fn weaknesses(url: &ServerUrl) -> Result<Vec<Weakness>, StoreError> {
    let options = options(url)?;
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, options.connect());
    let mut connection = connecting
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(open_error(url))?;
    let found = durability::weaknesses(&mut connection)
        .await
        .map_err(StoreError::during("read the settings of the database"))?;
    connection.close().await.map_err(open_error(url))?;
    Ok(found)
}

/// A pool whose connections are asked whether they still answer before they are used.
fn asked_first(connections: u32) -> MySqlPoolOptions {
    sizes(connections).before_acquire(|connection, _| Box::pin(answers_soon(connection)))
}

fn sizes(connections: u32) -> MySqlPoolOptions {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(still_answers(connection)))
}

async fn open_pool(
    url: &ServerUrl,
    pool: MySqlPoolOptions,
    session: &'static str,
) -> Result<MySqlPool, StoreError> {
    in_session(pool, session)
        .connect_with(options(url)?)
        .await
        .map_err(open_error(url))
}

/// Every connection is told `session` first.
fn in_session(pool: MySqlPoolOptions, session: &'static str) -> MySqlPoolOptions {
    pool.after_connect(move |connection, _| {
        Box::pin(async move { begin_session(connection, session).await })
    })
}

async fn begin_session(
    connection: &mut MySqlConnection,
    session: &'static str,
) -> sqlx::Result<()> {
    connection.execute(sqlx::raw_sql(session)).await?;
    Ok(())
}
