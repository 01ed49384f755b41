//! The store on embedded `SQLite`: a pool of readers and exactly one connection that writes.
//!
//! One writing connection per process, handed out first come first served, keeps transactions from fighting over
//! `SQLite`'s single write lock; another process (the other colour) is met with `busy_timeout`. Everything but the
//! saving of answers first waits in a queue of its own: however many sessions are opened and attempts started, a
//! batch of answers waits for no more than the transaction under way and the one after it.

mod accounts;
mod answers;
mod attempts;
mod calendar;
mod canaries;
mod checkpoints;
mod connect;
mod demo;
mod exams;
mod export;
mod migrations;
mod sessions;
#[cfg(test)]
mod tests;
mod turns;
mod values;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{
    Account, AttemptRecord, Calendar, ExamListing, MigrationStatus, NewAccount, NewToken, Pending,
    Rotation, SaveOutcome, SaveRequest, StartOutcome, StartRequest, Store, StoreError,
};
use crate::exam::{AttemptId, ExamId, Paper, UserId};

use checkpoints::Checkpoints;
pub use demo::{DemoExam, DemoOption, DemoQuestion, DemoSeed};
use turns::Turns;

/// The store on one `SQLite` file.
pub struct SqliteStore {
    readers: SqlitePool,
    writer: SqlitePool,
    /// For every writer but the saving of answers.
    turns: Turns,
    /// Not where the database is only read.
    checkpoints: Option<Checkpoints>,
    /// Papers never change once published, so they are read once.
    papers: RwLock<HashMap<ExamId, Arc<Paper>>>,
}

impl SqliteStore {
    /// Begins a transaction when it is its turn, as [`SqliteStore::begin_urgent_write`] does at once.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait, or the turn does not come in time.
    pub(in crate::store) async fn begin_write(
        &self,
        doing: &'static str,
    ) -> Result<Transaction<'static, Sqlite>, StoreError> {
        // The turn is over once the connection is ours: the next one then waits for it beside the answers.
        let _turn = self.turns.take().await.ok_or(StoreError::Busy { doing })?;
        self.begin_urgent_write(doing).await
    }

    /// Begins a transaction that holds the write lock from its start: what it reads stays true until its commit.
    ///
    /// For the saving of answers and for probes, of which there is one at a time.
    async fn begin_urgent_write(
        &self,
        doing: &'static str,
    ) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(StoreError::during(doing))
    }

    async fn write_heartbeat(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        const DOING: &str = "commit a heartbeat";
        sqlx::query("SELECT 1")
            .execute(&self.readers)
            .await
            .map_err(StoreError::during("read the database"))?;
        let mut transaction = self.begin_urgent_write(DOING).await?;
        sqlx::query("INSERT INTO heartbeat (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = excluded.at")
            .bind(now.timestamp_millis())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(DOING))?;
        transaction
            .commit()
            .await
            .map_err(StoreError::at_commit(DOING))
    }
}

impl Store for SqliteStore {
    fn account_by_login<'a>(&'a self, login: &'a str) -> Pending<'a, Option<Account>> {
        Box::pin(self.read_account_by_login(login))
    }

    fn create_canary<'a>(&'a self, new: &'a NewAccount, now: DateTime<Utc>) -> Pending<'a, bool> {
        Box::pin(self.write_canary(new, now))
    }

    fn canary_by_login<'a>(&'a self, login: &'a str) -> Pending<'a, Option<Account>> {
        Box::pin(self.read_canary(login))
    }

    fn remove_canary<'a>(&'a self, login: &'a str) -> Pending<'a, ()> {
        Box::pin(self.write_canary_removal(login))
    }

    fn account(&self, id: UserId) -> Pending<'_, Option<Account>> {
        Box::pin(self.read_account(id))
    }

    fn open_session(&self, user: UserId, token: NewToken) -> Pending<'_, ()> {
        Box::pin(self.write_session(user, token))
    }

    fn rotate_session<'a>(&'a self, used: &'a str, next: NewToken) -> Pending<'a, Rotation> {
        Box::pin(self.write_rotation(used, next))
    }

    fn close_session<'a>(&'a self, token: &'a str, now: DateTime<Utc>) -> Pending<'a, ()> {
        Box::pin(self.write_session_end(token, now))
    }

    fn exams_of(&self, user: UserId) -> Pending<'_, Vec<ExamListing>> {
        Box::pin(self.read_exams_of(user))
    }

    fn start_attempt(&self, request: StartRequest) -> Pending<'_, StartOutcome> {
        Box::pin(self.write_start(request))
    }

    fn attempt(
        &self,
        id: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<AttemptRecord>> {
        Box::pin(self.read_attempt(id, user, now))
    }

    fn submit_attempt(
        &self,
        id: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<AttemptRecord>> {
        Box::pin(self.write_submission(id, user, now))
    }

    fn save_answers<'a>(
        &'a self,
        requests: &'a [SaveRequest],
        saved_at: DateTime<Utc>,
    ) -> Pending<'a, Vec<SaveOutcome>> {
        Box::pin(self.write_answers(requests, saved_at))
    }

    fn count_open_attempts(&self, now: DateTime<Utc>) -> Pending<'_, i64> {
        Box::pin(self.read_open_attempts(now))
    }

    fn calendar(&self, now: DateTime<Utc>) -> Pending<'_, Calendar> {
        Box::pin(self.read_calendar(now))
    }

    fn probe(&self, now: DateTime<Utc>) -> Pending<'_, ()> {
        Box::pin(self.write_heartbeat(now))
    }

    fn migration_status(&self) -> Pending<'_, MigrationStatus> {
        Box::pin(self.read_migration_status())
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async {
            if let Some(checkpoints) = &self.checkpoints {
                checkpoints.finish().await;
            }
            self.readers.close().await;
            // The last connection to the file, if no other process has it open, also removes the log.
            self.writer.close().await;
            Ok(())
        })
    }
}
