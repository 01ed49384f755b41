//! The store on a database: which connections there are, and every verb of the trait.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};

use super::durability::Weakness;
use super::sql::server::BATCHES_AT_ONCE;
use super::sql::{Pool, Reading, Transaction, retrying};
use super::sqlite::{Checkpoints, Turns};
use super::{
    Account, AttemptRecord, Calendar, ExamListing, MigrationStatus, NewAccount, NewSession,
    NewToken, OwnAttempt, Page, Pending, Rotation, SaveOutcome, SaveRequest, StartOutcome,
    StartRequest, Store, StoreError, mysql, postgres, sqlite,
};
use crate::exam::{AttemptId, ExamId, Layout, Paper, SessionId, UserId};
use crate::settings::{Database, Environment};

/// The store on any of the databases.
pub struct DatabaseStore {
    pub(super) connections: Connections,
    /// Which database it is, without what it takes to sign in.
    pub(super) name: String,
    /// What makes it unsafe; only where that is no reason to refuse.
    weaknesses: Vec<Weakness>,
    /// Papers never change once published, so they are read once.
    pub(super) papers: RwLock<HashMap<ExamId, Arc<Paper>>>,
    /// Nor do layouts once an attempt was started; those that saves depend on, without their options.
    pub(super) layouts: RwLock<HashMap<AttemptId, Arc<Layout>>>,
}

/// The connections, by what they are for.
pub(super) struct Connections {
    /// For everything that only reads.
    pub(super) readers: Pool,
    /// For whatever changes something, but not the batches of answers.
    pub(super) writers: Pool,
    /// For the batches of answers: they never wait for a connection that something else has.
    pub(super) batches: Pool,
    /// Where there is but one writing connection: who may ask for it next.
    pub(super) turns: Option<Turns>,
    /// Where the database's log has to be copied by us.
    pub(super) checkpoints: Option<Checkpoints>,
}

impl DatabaseStore {
    /// Opens the database; an `SQLite` file is made when there is none.
    ///
    /// # Errors
    /// When it cannot be opened. When it could lose a commit: always for a file, which we open as it has to be; for a
    /// server in production and staging. Elsewhere that is a warning in the log.
    pub async fn open(database: &Database, environment: Environment) -> Result<Self, StoreError> {
        let (connections, weaknesses) = match database {
            Database::Sqlite(path) => (sqlite::open(path).await?, Vec::new()),
            Database::MySql(url) => mysql::open(url).await?,
            Database::Postgres(url) => postgres::open(url).await?,
        };
        let store = Self::new(database, connections, weaknesses);
        if environment.refuses_weak_databases() && !store.weaknesses.is_empty() {
            store.close().await?;
            return Err(StoreError::WeakDurability {
                database: store.name,
                weaknesses: store.weaknesses,
            });
        }
        for weakness in &store.weaknesses {
            tracing::warn!(database = store.name, %weakness, "the database could lose an acknowledged answer");
        }
        Ok(store)
    }

    /// Opens an existing database for reading only: nothing is created, nothing can be changed.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_read_only(database: &Database) -> Result<Self, StoreError> {
        let (connections, weaknesses) = match database {
            Database::Sqlite(path) => (sqlite::open_read_only(path).await?, Vec::new()),
            Database::MySql(url) => mysql::open_read_only(url).await?,
            Database::Postgres(url) => postgres::open_read_only(url).await?,
        };
        Ok(Self::new(database, connections, weaknesses))
    }

    fn new(database: &Database, connections: Connections, weaknesses: Vec<Weakness>) -> Self {
        Self {
            connections,
            name: database.to_string(),
            weaknesses,
            papers: RwLock::default(),
            layouts: RwLock::default(),
        }
    }

    /// The settings of the database with which an acknowledged answer could be lost.
    pub fn weaknesses(&self) -> &[Weakness] {
        &self.weaknesses
    }

    /// Reads, each statement for itself.
    pub(super) fn reading(&self, doing: &'static str) -> Reading<'_> {
        self.connections.readers.reading(doing)
    }

    /// Begins a transaction when it is its turn.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait, or the turn does not come in time.
    pub(super) async fn begin_write(&self, doing: &'static str) -> Result<Transaction, StoreError> {
        let _turn = match &self.connections.turns {
            // The turn is over once the connection is ours: the next one then waits for it beside the answers.
            Some(turns) => Some(turns.take().await.ok_or(StoreError::Busy { doing })?),
            None => None,
        };
        self.connections.writers.begin(doing).await
    }

    /// Begins a transaction at once: for the saving of answers.
    pub(super) async fn begin_batch(&self, doing: &'static str) -> Result<Transaction, StoreError> {
        self.connections.batches.begin(doing).await
    }

    /// Begins a transaction at once: for probes, of which there is one at a time.
    pub(super) async fn begin_probe(&self, doing: &'static str) -> Result<Transaction, StoreError> {
        let connections = &self.connections;
        match connections.turns {
            Some(_) => connections.batches.begin(doing).await,
            // What opens a connection is where it lives: those for the batches are the writer's.
            None => connections.writers.begin(doing).await,
        }
    }
}

impl Store for DatabaseStore {
    fn account_by_login<'a>(&'a self, login: &'a str) -> Pending<'a, Option<Account>> {
        Box::pin(self.read_account_by_login(login))
    }

    fn create_canary<'a>(&'a self, new: &'a NewAccount, now: DateTime<Utc>) -> Pending<'a, bool> {
        Box::pin(retrying(move || self.write_canary(new, now)))
    }

    fn canary_by_login<'a>(&'a self, login: &'a str) -> Pending<'a, Option<Account>> {
        Box::pin(self.read_canary(login))
    }

    fn remove_canary<'a>(&'a self, login: &'a str) -> Pending<'a, ()> {
        Box::pin(retrying(move || self.write_canary_removal(login)))
    }

    fn account(&self, id: UserId) -> Pending<'_, Option<Account>> {
        Box::pin(self.read_account(id))
    }

    fn open_session(&self, new: NewSession) -> Pending<'_, SessionId> {
        Box::pin(retrying(move || self.write_session(new.clone())))
    }

    fn rotate_session<'a>(&'a self, used: &'a str, next: NewToken) -> Pending<'a, Rotation> {
        Box::pin(retrying(move || self.write_rotation(used, next.clone())))
    }

    fn close_session<'a>(
        &'a self,
        token: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<SessionId>> {
        Box::pin(retrying(move || self.write_session_end(token, now)))
    }

    fn exams_of(&self, user: UserId) -> Pending<'_, Vec<ExamListing>> {
        Box::pin(self.read_exams_of(user))
    }

    fn attempts_of<'a>(&'a self, user: UserId, page: &'a Page) -> Pending<'a, Vec<OwnAttempt>> {
        Box::pin(self.read_attempts_of(user, page))
    }

    fn start_attempt(&self, request: StartRequest) -> Pending<'_, StartOutcome> {
        Box::pin(retrying(move || self.write_start(request.clone())))
    }

    fn attempt(
        &self,
        id: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<AttemptRecord>> {
        Box::pin(retrying(move || self.read_attempt(id, user, now)))
    }

    fn submit_attempt(
        &self,
        id: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<AttemptRecord>> {
        Box::pin(retrying(move || self.write_submission(id, user, now)))
    }

    fn batches_at_once(&self) -> usize {
        match self.connections.batches {
            Pool::Sqlite(_) => 1,
            Pool::MySql(_) | Pool::Postgres(_) => BATCHES_AT_ONCE,
        }
    }

    fn save_answers<'a>(
        &'a self,
        requests: &'a [SaveRequest],
        saved_at: DateTime<Utc>,
    ) -> Pending<'a, Vec<SaveOutcome>> {
        Box::pin(retrying(move || self.write_answers(requests, saved_at)))
    }

    fn count_open_attempts(&self, now: DateTime<Utc>) -> Pending<'_, i64> {
        Box::pin(self.read_open_attempts(now))
    }

    fn calendar(&self, now: DateTime<Utc>) -> Pending<'_, Calendar> {
        Box::pin(self.read_calendar(now))
    }

    fn probe(&self, now: DateTime<Utc>) -> Pending<'_, ()> {
        Box::pin(retrying(move || self.write_heartbeat(now)))
    }

    fn database_version(&self) -> Pending<'_, String> {
        Box::pin(self.read_version())
    }

    fn migration_status(&self) -> Pending<'_, MigrationStatus> {
        Box::pin(self.read_migration_status())
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async {
            let connections = &self.connections;
            if let Some(checkpoints) = &connections.checkpoints {
                checkpoints.finish().await;
            }
            connections.readers.close().await;
            // The last connection to a file, if no other process has it open, also removes its log.
            connections.batches.close().await;
            connections.writers.close().await;
            Ok(())
        })
    }
}
