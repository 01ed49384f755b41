//! How the server is spoken to: READ COMMITTED, commits on the disk, with waits that end.

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgPool};

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

/// What every connection is told first. Each statement reads what is committed; a lock that lasts is an error, not a
/// wait; a transaction that nobody goes on with ends. A stricter `synchronous_commit` of the server stays.
const SESSION: &str = "
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET lock_timeout = '5s';
SET idle_in_transaction_session_timeout = '15s';
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')";

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
    let pool = open_pool(
        url,
        asked_first(1),
        "SET default_transaction_read_only = on",
    )
    .await?;
    Ok((connections(pool.clone(), pool), weaknesses))
}

fn connections(others: PgPool, batches: PgPool) -> Connections {
    let others = Pool::Postgres(others);
    Connections {
        readers: others.clone(),
        writers: others,
        batches: Pool::Postgres(batches),
        turns: None,
        checkpoints: None,
    }
}

fn options(url: &ServerUrl) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url.expose()).map_err(open_error(url))?;
    Ok(options
        .application_name("exam-service")
        .disable_statement_logging())
}

async fn weaknesses(url: &ServerUrl) -> Result<Vec<Weakness>, StoreError> {
    let options = options(url)?;
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, options.connect());
    let mut connection = connecting
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(open_error(url))?;
    begin_session(&mut connection, SESSION)
        .await
        .map_err(open_error(url))?;
    let found = durability::weaknesses(&mut connection)
        .await
        .map_err(StoreError::during("read the settings of the database"))?;
    connection.close().await.map_err(open_error(url))?;
    Ok(found)
}

/// A pool whose connections are asked whether they still answer before they are used.
fn asked_first(connections: u32) -> PgPoolOptions {
    sizes(connections).before_acquire(|connection, _| Box::pin(answers_soon(connection)))
}

fn sizes(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(still_answers(connection)))
}

async fn open_pool(
    url: &ServerUrl,
    pool: PgPoolOptions,
    session: &'static str,
) -> Result<PgPool, StoreError> {
    in_session(pool, session)
        .connect_with(options(url)?)
        .await
        .map_err(open_error(url))
}

/// Every connection is told `session` first.
fn in_session(pool: PgPoolOptions, session: &'static str) -> PgPoolOptions {
    pool.after_connect(move |connection, _| {
        Box::pin(async move { begin_session(connection, session).await })
    })
}

async fn begin_session(connection: &mut PgConnection, session: &'static str) -> sqlx::Result<()> {
    connection.execute(sqlx::raw_sql(session)).await?;
    Ok(())
}
