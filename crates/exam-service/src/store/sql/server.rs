//! What the connections to every database server have in common: how many, how long, and whether they still answer.

use std::time::Duration;

use crate::settings::ServerUrl;
use crate::store::StoreError;

/// How long a request waits for a connection before it is answered with 503.
pub(in crate::store) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the server may take to answer at the start.
pub(in crate::store) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections for everything but the batches of answers.
pub(in crate::store) const CONNECTIONS: u32 = 12;
/// How many batches of answers are written at a time: while the disk is busy with the commit of one, the server works on
/// the other.
pub(in crate::store) const BATCHES_AT_ONCE: usize = 2;
/// Each batch has one; the third takes over from one that hangs.
pub(in crate::store) const BATCH_CONNECTIONS: u32 = 3;
/// How long a server may take to say that a connection is good before the connection is thrown away.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// For pools, of a connection that comes back: a server or a network that swallows what is sent would otherwise keep its
/// place for as long as the operating system tries, and a few such connections are all there are.
pub(in crate::store) async fn still_answers<C: sqlx::Connection>(
    connection: &mut C,
) -> sqlx::Result<bool> {
    answers_within(ANSWER_LIMIT, connection).await
}

/// The same before it is used, when somebody waits for it: so many of them may be gone at once that each gets little time.
const ANSWER_SOON_LIMIT: Duration = Duration::from_millis(300);

/// For pools, of a connection that is about to be used.
pub(in crate::store) async fn answers_soon<C: sqlx::Connection>(
    connection: &mut C,
) -> sqlx::Result<bool> {
    answers_within(ANSWER_SOON_LIMIT, connection).await
}

async fn answers_within<C: sqlx::Connection>(
    limit: Duration,
    connection: &mut C,
) -> sqlx::Result<bool> {
    match tokio::time::timeout(limit, connection.ping()).await {
        Ok(answered) => answered.map(|()| true),
        // An error, so that it is dropped and not closed in order: that would wait as well.
        Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
    }
}

pub(in crate::store) fn open_error(url: &ServerUrl) -> impl Fn(sqlx::Error) -> StoreError {
    let database = url.to_string();
    move |source| StoreError::Open {
        database: database.clone(),
        source,
        advice: "Check that the server runs and that DATABASE_URL names its host, port, user, password and database",
    }
}
